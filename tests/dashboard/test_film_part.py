"""Editing a part: the page says what would be made again, only that is made, and what is left is proven the same. Kills and full disks."""

import re
import resource
import signal
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import send
from fakes.shop_history import Shop
from sqlalchemy import select

from app.flows import VERBS
from app.studio.films import films
from app.studio.render_films import Studio, render_next
from app.studio.renders import SCALES, takes_folder
from app.studio.tables import FilmRender
from app.wiring import House, voice_of
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.voice import Voice
from billing.contract_terms import ContractTerms
from billing.sign_contract import sign_contract
from tenants.hire_employee import Applicant, add_applicant
from tenants.identifiers import from_public, to_public
from tenants.outbox import deliver_due
from tenants.work_line import SILENT_SECONDS

FILMS = "/dashboard/films"
FORM = {
    "title": "Parts", "shape": "1:1", "captions": "on", "count": "2", "s0_text": "Good morning to you all. We have a new roast today.",
    "s0_card": "none", "s1_text": "Come and see.", "s1_card": "none",
}  # fmt: skip
TERMS = ContractTerms(currency="USD", share_ppm=80_000, period_time_zone="UTC")
NADIA = Applicant("Nadia", "Presenter", "nadia", "heart", "Hello.", "Shows what is new.")


class Killed(BaseException):
    """What no handler of the product catches: the process is gone."""


@contextmanager
def disk_that_takes(most_bytes: int) -> Iterator[None]:
    """A disk that takes no more than so much of a file: the kernel refuses the write, as it does on a full one."""
    before, handler = resource.getrlimit(resource.RLIMIT_FSIZE), signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)
        signal.signal(signal.SIGXFSZ, handler)


def row_of(studio: Studio, path: str) -> FilmRender:
    """The render of a film that was worked at last."""
    film_id = from_public("wrk", path.rsplit("/", 1)[1])
    with studio.database.intake_session() as session:
        found = session.scalars(select(FilmRender).where(FilmRender.film_id == film_id).order_by(FilmRender.touched_at.desc())).first()
        assert found is not None
        session.expunge_all()
        return found


def tenant_of_path(studio: Studio, path: str) -> UUID:
    return row_of(studio, path).tenant_id


def kept_and_made(studio: Studio, path: str) -> tuple[str, int, int]:
    found = row_of(studio, path)
    return found.state, found.takes_kept, found.takes_made


class Hand:
    """A clock somebody else can push."""

    def __init__(self, now: datetime) -> None:
        self.now = now

    def __call__(self) -> datetime:
        self.now += timedelta(seconds=1)
        return self.now


@pytest.fixture
def house(house: House) -> House:
    """What would be made anew depends on the voice, so this house has one."""
    return replace(house, voice=lambda name: voice_of(name, threads=1))


@pytest.fixture
def studio(house: House, now: datetime) -> Iterator[Studio]:
    """The studio of this house, which makes its films small here."""
    voices: dict[str, Voice] = {}
    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCALES, "preview", 0.2)
        yield Studio(
            house.database, house.settings.data_folder, lambda name: voices.setdefault(name, voice_of(name, threads=1)),
            lambda mark, name: FilmPapers(mark, "Tillhand", name), Hand(now),
        )  # fmt: skip


@pytest.fixture
async def path(member: httpx.AsyncClient, shop: Shop, now: datetime) -> str:
    """A film of three sentences that waits for its preview; gives its page."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        employee_id = add_applicant(session, NADIA, now=now - timedelta(days=9)).employee_id
        sign_contract(session, employee_id=employee_id, terms=TERMS, accepted_by="Robin Vale", now=now - timedelta(days=9))
    deliver_due(shop.database, VERBS, clock=lambda: now - timedelta(days=8))
    FORM["employee"] = to_public("emp", employee_id)
    answer = await send(member, f"{FILMS}/new", **FORM, do="preview")
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].partition("?")[0]


def words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


def spans(html: str) -> list[tuple[str, str]]:
    """Every sentence of the list of parts, and what is said of it."""
    found = re.findall(
        r'<li class="(?:is-kept|is-new)"><span>([^<]*)(?:<span[^>]*>[0-9a-f]{12}</span>)?</span><span[^>]*>([^<]*)</span>', html
    )
    return [(unescape(text).strip(), state) for text, state in found]


async def test_only_the_changed_sentence_is_made_and_the_rest_is_proven_the_same(
    member: httpx.AsyncClient, path: str, studio: Studio
) -> None:
    assert render_next(studio) == 1
    assert "would be made again" not in (page := (await member.get(path)).text), words(page)
    changed = FORM | {"s1_text": "Come in and see.", "version": "1"}
    assert (await send(member, f"{path}/edit", **changed)).status_code == 303
    page = (await member.get(path)).text
    assert ('data-new="1" data-takes="3"' in page, "1 of 3 sentences. The others stay" in words(page)) == (True, True)
    told = [("Good morning to you all.", "stays"), ("We have a new roast today.", "stays"), ("Come in and see.", "made again")]
    assert spans(page) == told
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    page = (await member.get(path)).text
    assert "2 of 3 sentences are the same as before, byte for byte" in words(page)
    assert spans(page) == [(text, state.replace("stays", "the same")) for text, state in told]
    assert kept_and_made(studio, path) == ("done", 2, 1)


async def test_a_film_made_in_full_size_alone_is_foretold_in_that_size(
    member: httpx.AsyncClient, path: str, studio: Studio, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(SCALES, "full", 0.2)
    with studio.database.tenant_session(tenant_of_path(studio, path)) as session:
        session.scalars(select(FilmRender)).one().kind = "full"
    assert render_next(studio) == 1
    assert (await send(member, f"{path}/edit", **(FORM | {"s1_text": "Come in and see.", "version": "1"}))).status_code == 303
    page = (await member.get(path)).text
    assert 'data-new="1" data-takes="3"' in page
    assert "What would be made again in full size" in page
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    await send(member, f"{path}/edit", **(FORM | {"s1_text": "Come and look.", "version": "2"}))
    assert "What would be made again for a preview" in (await member.get(path)).text


async def test_another_mood_makes_its_scene_again_and_no_other_and_is_kept_in_the_form(
    member: httpx.AsyncClient, path: str, studio: Studio
) -> None:
    assert render_next(studio) == 1
    changed = FORM | {"s0_mood": "text", "s1_mood": "sorry", "version": "1"}
    assert (await send(member, f"{path}/edit", **changed)).status_code == 303
    told = [("Good morning to you all.", "stays"), ("We have a new roast today.", "stays"), ("Come and see.", "made again")]
    assert spans((await member.get(path)).text) == told
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    assert spans((await member.get(path)).text) == [(text, state.replace("stays", "the same")) for text, state in told]
    assert kept_and_made(studio, path) == ("done", 2, 1)
    form = (await member.get(f"{path}/edit")).text
    assert re.findall(r'<option value="(\w+)" selected>(?=As the words say|Sorry)', form) == ["text", "sorry"]
    with studio.database.tenant_session(tenant_of_path(studio, path)) as session:
        [kept] = films(session)
    assert [kept.script["format"], *(scene.get("mood") for scene in kept.script["scenes"])] == ["tillhand-script/2", None, "sorry"]
    await send(member, f"{path}/edit", **(FORM | {"s1_mood": "text", "version": "2"}))
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    assert kept_and_made(studio, path) == ("done", 3, 0)


async def test_another_gesture_makes_its_own_sentence_again_and_is_kept_in_the_form(
    member: httpx.AsyncClient, path: str, studio: Studio
) -> None:
    assert render_next(studio) == 1
    changed = FORM | {"s0_gesture": "nod", "s0_gesture_sentence": "last", "s1_gesture": "none", "version": "1"}
    assert (await send(member, f"{path}/edit", **changed)).status_code == 303
    told = [("Good morning to you all.", "stays"), ("We have a new roast today.", "made again"), ("Come and see.", "stays")]
    assert spans((await member.get(path)).text) == told
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    assert spans((await member.get(path)).text) == [(text, state.replace("stays", "the same")) for text, state in told]
    assert kept_and_made(studio, path) == ("done", 2, 1)
    form = (await member.get(f"{path}/edit")).text
    assert re.findall(r'<option value="(\w+)" selected>(?:Nod|None|the \w+ sentence)', form) == ["nod", "last", "none", "1"]
    with studio.database.tenant_session(tenant_of_path(studio, path)) as session:
        [kept] = films(session)
    assert (kept.script["format"], kept.script["scenes"][0]["gesture"]) == ("tillhand-script/2", {"kind": "nod", "sentence": "last"})
    missing = await send(member, f"{path}/edit", **(FORM | {"s0_gesture": "tilt", "s0_gesture_sentence": "3", "version": "2"}))
    assert (missing.status_code, "This scene has no sentence number 3." in words(missing.text)) == (422, True)
    assert 'aria-describedby="0-gesture_sentence-fault"' in missing.text


async def test_a_worker_that_dies_half_way_leaves_nothing_half_written_and_another_goes_on(
    member: httpx.AsyncClient, path: str, studio: Studio
) -> None:
    takes = takes_folder(studio.data_folder, tenant_of_path(studio, path))

    def dies_after_the_first_sentence() -> bool:
        if len(list(takes.glob("*.npz"))) == 1:
            raise Killed
        return False

    with pytest.raises(Killed):
        render_next(replace(studio, is_closing=dies_after_the_first_sentence))
    assert "made" in words((await member.get(path)).text)
    assert render_next(studio) == 0  # whoever has it may still be alive
    assert isinstance(studio.clock, Hand)
    studio.clock.now += timedelta(seconds=SILENT_SECONDS)
    assert render_next(studio) == 1
    assert kept_and_made(studio, path) == ("done", 1, 2)
    assert list(takes.glob("*.part")) == []


async def test_a_store_that_refuses_without_a_reason_is_said_and_the_log_has_its_words(
    member: httpx.AsyncClient, path: str, studio: Studio, caplog: pytest.LogCaptureFixture
) -> None:
    def refuses(_: object) -> None:
        raise FileNotFoundError("The specified bucket does not exist")

    assert render_next(replace(studio, share=refuses)) == 1
    page = words((await member.get(path)).text)
    assert "The film cannot be written: the disk refuses." in page
    assert "The specified bucket does not exist" in caplog.text


async def test_where_the_disk_is_full_it_says_so_nothing_stays_and_it_is_made_later(
    member: httpx.AsyncClient, path: str, studio: Studio
) -> None:
    with disk_that_takes(20_000):
        assert render_next(studio) == 1
    page = words((await member.get(path)).text)
    assert "It could not be made." in page
    assert ("cannot be written" in page, kept_and_made(studio, path)) == (True, ("failed", 0, 0))
    assert str(studio.data_folder) not in page, "where this machine keeps things is nobody else's business"
    folder = takes_folder(studio.data_folder, tenant_of_path(studio, path))
    assert [one.name for one in folder.glob("*") if one.suffix == ".part"] == []
    await send(member, path, f"{path}/render", size="preview")
    assert render_next(studio) == 1
    assert (kept_and_made(studio, path))[0] == "done"
