"""Get ready while the panel is still opening: wake the mind and load the voice, so that the first answer does not wait for them."""

import logging
from uuid import UUID

import anyio.to_thread

from app.conversations.mind import greet
from app.speaking.desk import Desk
from tenants.employee import EmployeeView

log = logging.getLogger(__name__)


def warm_up(desk: Desk, tenant_id: UUID, employee: EmployeeView) -> None:
    """Start getting ready in the background; what goes wrong is logged and shows again when it matters."""
    desk.aside(_get_ready(desk, tenant_id, employee))


async def _get_ready(desk: Desk, tenant_id: UUID, employee: EmployeeView) -> None:
    try:
        attention = await anyio.to_thread.run_sync(desk.minds.attend, tenant_id, employee.employee_id, limiter=desk.thinking)
        await anyio.to_thread.run_sync(attention.mind.embed, ["hello"], "query", limiter=desk.thinking)
        for said in greet(attention.mind):
            async for _piece in desk.voicer.voiced(said.text, desk.voice(employee.voice_id)):
                pass
    except Exception as error:  # noqa: BLE001 - the task edge: getting ready is a courtesy and may fail
        log.warning("an employee could not get ready", extra={"error_class": type(error).__name__})
