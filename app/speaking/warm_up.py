"""Get ready while the panel is still opening: wake the mind, load the voice and read the papers, so that no first answer waits."""

from functools import partial
from uuid import UUID

import anyio.to_thread

from app.conversations.mind import greet
from app.conversations.read_ahead import AT_A_TIME, read_ahead
from app.speaking.desk import Desk
from app.speaking.pronunciations import with_sayings
from tenants.employee import EmployeeView


def warm_up(desk: Desk, tenant_id: UUID, employee: EmployeeView, *, is_interview: bool = False) -> None:
    """Start getting ready in the background, once per process and employee; it costs nothing when they are ready."""
    if desk.is_first_call_of(tenant_id, employee.employee_id):
        desk.aside(_get_ready(desk, tenant_id, employee, is_interview))


async def _get_ready(desk: Desk, tenant_id: UUID, employee: EmployeeView, is_interview: bool) -> None:
    attend = partial(desk.minds.attend, tenant_id, employee.employee_id, is_interview=is_interview)
    attention = await anyio.to_thread.run_sync(attend, limiter=desk.thinking)
    await anyio.to_thread.run_sync(attention.mind.embed, ["hello"], "query", limiter=desk.thinking)
    voice = with_sayings(desk.voice(employee.voice_id), attention.own_sayings)
    worn = "neutral"
    for said in greet(attention.mind):
        async for piece in desk.voicer.voiced(said.text, voice, worn=worn):
            worn = piece.feels
    start = 0
    while await anyio.to_thread.run_sync(read_ahead, attention.mind.index, start, limiter=desk.thinking):
        start += AT_A_TIME  # a few at a time: whoever asks meanwhile comes in between
