"""A face out of a film over HTTP: brought, looked at, made in steps that outlive a killed worker, previewed, named, hired, thrown away."""

import re
from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fakes.brought_films import changed_film, usable_film, wall
from fakes.casting_hands import CASTING, face_of, files_of_at_most, rows, words, workshop
from fakes.dashboard_person import Hands, field, send
from fakes.portraits import photograph
from fakes.shop_history import Shop

from app.casting.make_faces import cast_next
from app.casting.own_faces import face_folder
from app.wiring import House
from avatar_pipeline.cast import Audition, CastFace, cast
from avatar_pipeline.cast_film import FILM_BYTES_MAX, SeenFilm, see_film, write_loop
from tenants.audit import AuditFilter, audit_entries
from tenants.work_line import SILENT_SECONDS

FORM = f"{CASTING}/new/film"
CHARACTER = {"material": "drawn", "declared": "on", "made_by": "Kestrel & Co"}
PERSON = {"material": "photograph", "person": "Eileen Collins", "chat": "on"}


async def bring_film(member: httpx.AsyncClient, film: bytes, **fields: str) -> httpx.Response:
    token = field((await member.get(FORM)).text, "csrf_token")
    return await member.post(FORM, data={"csrf_token": token, **(fields or CHARACTER)}, files={"film": ("me.mp4", film)})


class Killed(BaseException):
    """The worker's process is gone: nothing of ours is told."""


class Crew:
    """The theatre's three steps, counted; a kill comes in the middle of the one that is named."""

    def __init__(self, killed_in: str = "") -> None:
        self.done: list[str] = []
        self.killed_in = killed_in

    def see(self, film: Path, progress: Callable[[float], None]) -> SeenFilm:
        self._begin("see")
        return see_film(film, progress)

    def cast(self, seen: Audition, name: str, out: Path, *, progress: Callable[[float], None]) -> CastFace:
        self._begin("cast")
        return cast(seen, name, out, progress=progress)

    def loop(self, film: Path, seen: Audition, around: tuple[int, int], out: Path, progress: Callable[[float], None]) -> None:
        self._begin("loop")
        write_loop(film, seen, around, out, progress)

    def _begin(self, step: str) -> None:
        if step == self.killed_in:
            raise Killed
        self.done.append(step)


async def test_a_film_becomes_a_face_though_its_worker_is_killed_at_every_step(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:
    face_id = face_of(await bring_film(member, usable_film()))
    page, folder = f"{CASTING}/{face_id}", face_folder(house.settings.data_folder, face_id)
    assert "In line" in words((await member.get(page)).text)
    for step, done in (("cast", ["see"]), ("loop", ["cast"])):
        crew = Crew(step)
        with pytest.raises(Killed):
            cast_next(replace(workshop(house), see_film=crew.see, cast=crew.cast, write_loop=crew.loop))
        assert crew.done == done
        hands.now += timedelta(seconds=SILENT_SECONDS + 1)
    crew = Crew()
    assert cast_next(replace(workshop(house), see_film=crew.see, cast=crew.cast, write_loop=crew.loop)) == 1
    assert (crew.done, rows(shop)[0].state) == (["loop"], "made")
    assert {path.name for path in (folder / "made-1").iterdir()} == {"chat.rig", "film.rig", "poster.webp", "loop.mp4", "loop.pictures"}
    assert not list(folder.glob("steps-*"))

    shown = (await member.get(page)).text
    assert "No graphics card is at work here" in words(shown)
    assert "Adjust lips" not in shown
    (film,) = re.findall(r'<video src="([^"]+)"', shown)
    answer = await member.get(film, headers={"Range": "bytes=0-99"})
    assert (answer.status_code, answer.headers["content-type"], len(answer.content)) == (206, "video/mp4", 100)
    assert (await member.get(f"{page}/adjust")).status_code == 409
    assert (await send(member, page, f"{page}/name", name="Eileen", voice="heart")).headers["location"] == f"{page}?done=named"
    assert {path.name for path in folder.iterdir()} == {"made-1"}  # the film is gone with its sound
    assert film in (await member.get(CASTING)).text
    job = re.search(r'href="(/dashboard/hire/[\w-]+)"', (await member.get("/dashboard/hire")).text)
    assert job is not None
    assert f'value="{face_id}"' in (await member.get(job[1])).text

    await send(member, page, f"{page}/delete")
    assert (rows(shop), folder.exists()) == ([], False)
    with shop.database.tenant_session(shop.tenant_id) as session:
        told = {one.action: one.detail for one in audit_entries(session, AuditFilter(), limit=40)}
    assert (told["casting.begun"]["film"], told["casting.begun"]["declared"][:5]) == ("Kestrel & Co", "drawn")


async def test_a_film_without_a_face_is_refused_on_its_page_and_another_can_be_brought(member: httpx.AsyncClient, house: House) -> None:
    face_id = face_of(await bring_film(member, changed_film(wall)))
    assert cast_next(workshop(house)) == 1
    shown = (await member.get(f"{CASTING}/{face_id}")).text
    assert ("No human face was found in most of the film" in words(shown), f'action="{CASTING}/{face_id}/picture"' in shown) == (True, True)
    assert {path.name for path in face_folder(house.settings.data_folder, face_id).iterdir()} == {"film"}


async def test_a_filmed_person_agrees_before_the_film_is_looked_at(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:
    until = (hands.now + timedelta(days=90)).date().isoformat()
    face_id = face_of(await bring_film(member, usable_film(), **PERSON, until=until))
    shown = words((await member.get(f"{CASTING}/{face_id}")).text)
    assert ("Nothing is made of the film before the person has agreed" in shown, "Eileen Collins's consent" in shown) == (True, True)
    crew = Crew("see")
    assert cast_next(replace(workshop(house), see_film=crew.see)) == 0
    assert rows(shop)[0].state == "awaiting_consent"


@pytest.mark.parametrize(
    ("film", "status", "said"),
    [
        (b"", 422, "The file is empty"),
        (photograph(), 422, "no film we can read"),
        (b"#EXTM3U\nfile:///etc/hostname", 422, "no film we can read"),
        (bytes(FILM_BYTES_MAX + 200_000), 413, "more than 100 MB"),
    ],
    ids=["empty", "picture", "playlist", "huge"],
)
async def test_what_is_no_film_is_refused_beside_the_field_and_nothing_is_kept(
    member: httpx.AsyncClient, shop: Shop, house: House, film: bytes, status: int, said: str
) -> None:
    answer = await bring_film(member, film)
    assert (answer.status_code, said in words(answer.text), 'id="film-error"' in answer.text) == (status, True, True)
    assert (rows(shop), list(house.settings.data_folder.glob("faces/*"))) == ([], [])


async def test_the_form_tells_its_limits_and_what_is_missing(member: httpx.AsyncClient, shop: Shop, house: House) -> None:
    told = words((await member.get(FORM)).text)
    assert {one in told for one in ("2 to 30 seconds", "at most 100 MB", "at most 14 days", "No graphics card is at work here")} == {True}
    answer = await bring_film(member, usable_film(), material="drawn", declared="on")
    assert (answer.status_code, "Say who made the character" in words(answer.text)) == (422, True)
    answer = await bring_film(member, usable_film(), **PERSON, until="1999-01-01")
    assert (answer.status_code, 'id="until-error"' in answer.text, 'value="Eileen Collins"' in answer.text) == (422, True, True)
    with files_of_at_most(20_000):
        answer = await bring_film(member, usable_film())
    assert (answer.status_code, "the disk is full or away" in words(answer.text)) == (507, True)
    assert (rows(shop), list(house.settings.data_folder.glob("faces/*"))) == ([], [])


async def test_only_who_may_hire_brings_films(kim: httpx.AsyncClient) -> None:
    assert (await kim.get(FORM)).status_code == 403
