"""A film for each row of a table: looked at first, bad rows left out, made from kept sentences, stopped, taken up, carried away."""

import io
import re
import zipfile
from collections.abc import Iterator
from dataclasses import replace
from datetime import datetime, timedelta
from html import unescape
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import field, send
from fakes.shop_history import Shop

from app.studio.batch_rows import filled_for, judge_rows
from app.studio.film_offers import OWN_CODE_PLACE
from app.studio.films import film
from app.studio.publish_film import approve_film
from app.studio.render_films import Studio, render_next
from app.studio.renders import SCALES, renders_of
from app.studio.tables import FilmRender
from app.wiring import House
from avatar_pipeline.inspect_film import Check, Matter, Outcome
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.voice import Voice
from billing.offers import OfferTerms, create_offer
from billing.read_offers import CodesWanted, coupons_of, offer
from tenants.database import tenant_of
from tenants.identifiers import from_public, to_public

FILMS = "/dashboard/films"
FORM = {
    "title": "For you", "shape": "1:1", "count": "2", "s0_text": "Hello {name}.", "s0_card": "none", "s1_text": "This is yours.",
    "s1_card": "coupon", "s1_coupon_own": "on", "s1_coupon_title": "Ten off",
}  # fmt: skip
PASSED = (Check(Matter.LABEL, Outcome.PASSED, {"strength": 20.0}),)


@pytest.fixture(scope="module")
def voice() -> Voice:
    return Voice("heart")


@pytest.fixture
def studio(house: House, voice: Voice, now: datetime) -> Iterator[Studio]:
    """The studio of this house, which makes its films small here; a film that says a bad word does not pass."""
    ticks = iter(range(1_000_000))

    def clock() -> datetime:
        return now + timedelta(seconds=next(ticks))

    def inspect(shot, papers) -> tuple[Check, ...]:
        if "Eve" in str(papers.script):
            return (Check(Matter.WORDS, Outcome.FAILED, {"sentences": 1.0, "wrong": 1.0, "sentence": "Hello Eve."}, "aligner"),)
        return PASSED

    with pytest.MonkeyPatch.context() as patch:
        patch.setitem(SCALES, "full", 0.2)
        yield Studio(
            house.database, house.settings.data_folder, lambda _: voice, lambda mark, name: FilmPapers(mark, "Tillhand", name), clock,
            inspect=inspect,
        )  # fmt: skip


def three_coupons(shop: Shop, now: datetime, most: int = 3) -> UUID:
    terms = OfferTerms("Ten off", "USD", most, now - timedelta(days=1), now + timedelta(days=60), percent_ppm=100_000)
    with shop.database.tenant_session(shop.tenant_id) as session:
        return create_offer(session, employee_id=shop.employee_id, offer=terms, now=now, by="per_test")


async def written(member: httpx.AsyncClient, shop: Shop, offer_id: UUID, now: datetime) -> str:
    """An approved film with a name and an own code to fill in; gives its page."""
    fields = {**FORM, "employee": to_public("emp", shop.employee_id), "s1_coupon_offer": to_public("off", offer_id), "do": "preview"}
    answer = await send(member, f"{FILMS}/new", **fields)
    assert answer.status_code == 303, answer.text
    path = answer.headers["location"].partition("?")[0]
    film_id = from_public("wrk", path.rsplit("/", 1)[1])
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert film(session, film_id).script["scenes"][1]["coupon"]["code"] == OWN_CODE_PLACE
        (seen,) = renders_of(session, film_id)
        row = session.get_one(FilmRender, (tenant_of(session), seen.render_id))
        row.state, row.finished_at = "done", now
        session.flush()
        approve_film(session, film_id=film_id, by="per_test", now=now)
    return path


async def handed_in(member: httpx.AsyncClient, path: str, table: bytes) -> httpx.Response:
    token = field((await member.get(f"{path}/tables/new")).text, "csrf_token")
    return await member.post(f"{path}/tables/new", data={"csrf_token": token}, files={"file": ("guests.csv", table, "text/csv")})


def rows_seen(html: str) -> dict[int, str]:
    return {int(number): state for number, state in re.findall(r'data-row="(\d+)" data-state="(\w+)"', html)}


async def test_every_good_row_becomes_a_film_with_its_own_code(
    member: httpx.AsyncClient, shop: Shop, studio: Studio, now: datetime
) -> None:
    offer_id = three_coupons(shop, now)
    path = await written(member, shop, offer_id, now)
    assert "Hand in a table" in (await member.get(path)).text
    assert (await member.get(f"{path}/tables/example.csv")).text.splitlines() == ["\ufeffname", "Ada"]
    table = b"Name,Town\nAda,Rome\n,Paris\nBob {x},Oslo\nAda,Rome\nBo,Oslo,more\nEve,Bern\nCy,Ghent\nDee,Lima\n"
    answer = await handed_in(member, path, table)
    assert answer.status_code == 303, answer.text
    own = answer.headers["location"]
    page = (await member.get(own)).text
    bad = {int(number): unescape(why) for number, why in re.findall(r'data-bad-row="(\d+)">.*?<td>[^<]*</td><td>([^<]*)</td></tr>', page)}
    assert list(bad) == [3, 4, 5, 6]
    assert ("is empty" in bad[3], "braces" in bad[4], "Row 2 says the same" in bad[5], "Cells: 3, columns: 2." in bad[6]) == (True,) * 4
    assert "Make 4 films" in page
    answer = await send(member, own, f"{own}/start", c_name=field(page, "c_name"))
    assert answer.headers["location"] == f"{own}?done=started"
    assert (await send(member, own, f"{own}/start", c_name="0")).status_code == 303
    assert rows_seen((await member.get(own)).text) == {
        2: "waiting",
        3: "left_out",
        4: "left_out",
        5: "left_out",
        6: "left_out",
    } | dict.fromkeys((7, 8, 9), "waiting")
    assert render_next(studio) == 1
    answer = await send(member, own, f"{own}/stop")
    page = (await member.get(own)).text
    assert (rows_seen(page)[2], rows_seen(page)[7], "Go on with 3 films" in page) == ("done", "cancelled", True)
    assert render_next(studio) == 0
    await send(member, own, f"{own}/resume")
    while render_next(studio):
        pass
    page = (await member.get(own)).text
    assert {number: rows_seen(page)[number] for number in (2, 7, 8, 9)} == {2: "done", 7: "not_passed", 8: "done", 9: "failed"}
    assert "All 3 coupons of the offer Ten off have been handed out." in page
    assert "This sentence is not what is heard (by laying the script over the sound): Hello Eve." in page
    with shop.database.tenant_session(shop.tenant_id) as session:
        codes = [one.code for one in coupons_of(session, CodesWanted(offer_id, "", "", None), limit=9, now=now)]
        assert offer(session, offer_id=offer_id, now=now).funnel.issued == 3
    assert (len(set(codes)), all(code in page for code in codes)) == (3, True)
    archive = zipfile.ZipFile(io.BytesIO((await member.get(f"{own}/films.zip")).content))
    assert archive.testzip() is None
    assert sorted(archive.namelist()) == ["002-Ada.mp4", "002-Ada.vtt", "008-Cy.mp4", "008-Cy.vtt", "films.csv"]
    told = next(line for line in archive.read("films.csv").decode().splitlines() if "Eve,not_passed" in line)
    assert "is not what is heard" in told
    assert (await send(member, own, f"{own}/delete")).status_code == 303
    assert (await member.get(own)).status_code == 404


async def test_the_same_person_in_another_table_keeps_the_code_they_have(
    member: httpx.AsyncClient, shop: Shop, studio: Studio, now: datetime
) -> None:
    offer_id = three_coupons(shop, now)
    path = await written(member, shop, offer_id, now)
    codes = []
    for _ in range(2):
        own = (await handed_in(member, path, b"name\nAda\n")).headers["location"]
        await send(member, own, f"{own}/start", c_name="0")
        assert render_next(replace(studio, is_closing=lambda: False)) == 1
        codes += re.findall(r'<span><span class="code">([^<]+)</span>', (await member.get(own)).text)
    assert (len(codes), len(set(codes))) == (2, 1)


@pytest.mark.parametrize(
    ("table", "why"),
    [
        (b"", "The file is empty."), (b"name\n", "The table has no rows."), (b"name\n\xff\xfe\xfd\n", "letters cannot be read"),
        (b"name\n" + b"Ada\n" * 501, "501 rows"), (b"PK\x03\x04\x00\x00\n\n", "no table that can be read"),
        (b"name\n" + b"x" * 2_000_001, "more than 2 MB"), (b",".join([b"c"] * 41) + b"\nAda\n", "at most 40"),
    ],
)  # fmt: skip
async def test_a_file_that_is_no_table_is_told_what_to_do(
    member: httpx.AsyncClient, shop: Shop, now: datetime, table: bytes, why: str
) -> None:
    answer = await handed_in(member, await written(member, shop, three_coupons(shop, now), now), table)
    assert (answer.status_code, why in unescape(answer.text)) == (422, True), unescape(re.sub("<[^>]+>", " ", answer.text))[-900:]


async def test_no_file_a_row_cut_short_and_a_mood_that_is_none_are_told_apart(member: httpx.AsyncClient, shop: Shop, now: datetime) -> None:
    path = await written(member, shop, three_coupons(shop, now), now)
    answer = await send(member, f"{path}/tables/new")
    assert (answer.status_code, "Choose a file first." in answer.text) == (422, True)
    by_row = {"format": "tillhand-script/2", "scenes": [{"text": "Hello {name}.", "mood": "{tone}"}]}
    cells = [("Ada", "glad"), ("Bo", "merry"), ("Cy",), ("\N{PARTY POPPER}", "glad")]
    judged = judge_rows(by_row, ("name", "tone"), cells, {"name": 0, "tone": 1}, shop.tenant_id)
    assert [(row.number, row.problem == "") for row in judged] == [(2, True), (3, False), (4, False), (5, False)]
    assert ("merry" in judged[1].problem, "Cells: 1, columns: 2." in judged[2].problem, "no letter" in judged[3].problem) == (
        True,
        True,
        True,
    )
    assert [filled_for(by_row, row.values)["scenes"][0]["mood"] for row in judged[:2]] == ["glad", "merry"]


async def test_a_draft_goes_to_nobody_and_a_column_called_otherwise_is_chosen(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop, now: datetime
) -> None:
    path = await written(member, shop, three_coupons(shop, now), now)
    own = (await handed_in(kim, path, "客人;城市\n小明;上海\n".encode("utf-8-sig"))).headers["location"]
    page = (await kim.get(own)).text
    assert ("choose a column" in page, "/start" in page, 'id="c_1-fault">No column has this name.' in page) == (True, False, True)
    page = (await kim.get(f"{own}?c_name=0")).text
    assert ("小明" in page, "Make 1 film" in page, "No column has this name." in page) == (True, True, False)
    fields = {**FORM, "employee": to_public("emp", shop.employee_id), "version": "1", "s1_coupon_code": "TEN"}
    assert (await send(kim, f"{path}/edit", **fields)).status_code == 303
    answer = await send(kim, own, f"{own}/start", c_name="0")
    assert (answer.status_code, "Approve the film first" in answer.text) == (422, True)
    member.cookies.set("tillhand_language", "zh")
    assert "客人" in (await member.get(own)).text
