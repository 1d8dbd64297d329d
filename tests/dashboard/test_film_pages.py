"""The pages about films: written scene by scene without a script, faults beside their fields, approved, published, watched by anybody."""

import re
from html import unescape
from pathlib import Path
from uuid import UUID

import httpx
import pytest
from fakes.dashboard_person import field, send, sign_in
from fakes.furnished_shop import lay_grey_film, publish_a_film
from fakes.shop_history import Shop

from app.studio.films import film, films
from app.studio.renders import media_path, renders_of
from app.wiring import House
from billing.links import click_link
from tenants.audit import AuditFilter, audit_entries
from tenants.identifiers import from_public, to_public

FILMS = "/dashboard/films"
FORM = {"title": "Spring", "shape": "9:16", "captions": "on", "count": "1", "s0_text": "Hello.", "s0_framing": "close", "s0_card": "none"}


def words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


@pytest.fixture
def form(shop: Shop) -> dict[str, str]:
    return FORM | {"employee": to_public("emp", shop.employee_id)}


async def test_the_first_film_is_one_button_away(member: httpx.AsyncClient) -> None:
    page = (await member.get(FILMS)).text
    assert ("No film has been written yet." in page, page.count(f'href="{FILMS}/new"')) == (True, 1)


async def test_scenes_come_move_and_go_and_nothing_typed_is_lost(member: httpx.AsyncClient, form: dict[str, str], shop: Shop) -> None:
    page = (await send(member, f"{FILMS}/new", **form, do="add")).text
    assert re.findall(r'id="scene-(\d)"', page) == ["0", "1"]
    two = form | {"count": "2", "s1_text": "Good bye.", "s1_card": "product", "s1_product_title": "Tea <b>"}
    page = (await send(member, f"{FILMS}/new", **two, do="up-1")).text
    said = [unescape(text) for text in re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page)]
    assert (said, field(page, "s0_product_title") if 'type="hidden" name="s0' in page else "Tea &lt;b&gt;" in page) == (
        ["Good bye.", "Hello."],
        True,
    )
    page = (await send(member, f"{FILMS}/new", **two, do="remove-0")).text
    assert re.findall(r"<textarea[^>]*>([^<]*)</textarea>", page) == ["Good bye."]
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert films(session) == []


async def test_each_fault_stands_beside_its_field_and_what_was_typed_stays(member: httpx.AsyncClient, form: dict[str, str]) -> None:
    answer = await send(member, f"{FILMS}/new", **(form | {"title": "", "s0_text": "!!", "s0_card": "coupon", "s0_coupon_qr": "on"}))
    assert answer.status_code == 422
    assert set(re.findall(r'id="([\w-]+)-fault"', answer.text)) == {"title", "target_url", "0-text", "0-coupon_title", "0-coupon_code"}
    assert (">!!</textarea>" in answer.text, 'name="s0_coupon_qr" checked' in answer.text) == (True, True)


async def test_a_kept_film_has_a_link_of_its_own_and_what_it_brings_is_its_work(
    member: httpx.AsyncClient, form: dict[str, str], shop: Shop, now
) -> None:  # fmt: skip
    coupon = {"s0_card": "coupon", "s0_coupon_title": "Ten off", "s0_coupon_code": "TEN", "s0_coupon_qr": "on"}
    answer = await send(member, f"{FILMS}/new", **(form | coupon | {"target_url": "https://kestrel.example/", "do": "preview"}))
    assert answer.status_code == 303, words(answer.text)
    path = answer.headers["location"].partition("?")[0]
    film_id = from_public("wrk", path.rsplit("/", 1)[1])
    with shop.database.tenant_session(shop.tenant_id) as session:
        kept, (waiting,) = film(session, film_id), renders_of(session, film_id)
        click_link(session, slug=kept.link_slug or "", visitor_id=None, now=now)
        actions = {one.action for one in audit_entries(session, AuditFilter(), limit=20)}
    assert kept.script["scenes"][0]["coupon"]["link"] == f"http://127.0.0.1:8700/l/{kept.link_slug}"
    assert (waiting.state, waiting.kind) == ("waiting", "preview")
    assert {"film.written", "film.render_asked"} <= actions
    page = (await member.get(path)).text
    assert ("in line" in words(page), "/stop" in page) == (True, True)
    answer = await send(member, f"{path}/edit", **(form | coupon | {"target_url": "https://kestrel.example/", "version": "1"}))
    assert answer.headers["location"] == f"{path}?done=kept"
    answer = await send(member, f"{path}/edit", **(form | {"version": "1"}))
    assert (answer.status_code, "Somebody else changed this film" in answer.text) == (422, True)


def furnished(shop: Shop, house: House, now) -> tuple[UUID, Path, str]:
    """A published film with a file that players can read parts of."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = publish_a_film(session, shop.employee_id, now)
        path = media_path(house.settings.data_folder, shop.tenant_id, renders_of(session, film_id)[0])
        key = film(session, film_id).public_key
    path.parent.mkdir(parents=True)
    path.write_bytes(bytes(range(200)))
    path.with_suffix(".vtt").write_text("WEBVTT\n")
    assert key is not None
    return film_id, path, key


async def test_anybody_with_the_address_may_watch_until_it_is_taken_away(
    member: httpx.AsyncClient, shop: Shop, house: House, now
) -> None:  # fmt: skip
    film_id, _, key = furnished(shop, house, now)
    own = f"{FILMS}/{to_public('wrk', film_id)}"
    async with httpx.AsyncClient(transport=member._transport, base_url=str(member.base_url)) as stranger:
        page = (await stranger.get(f"/films/{key}")).text
        assert "Face and voice were made by AI" in words(page)
        part = await stranger.get(f"/films/{key}/film.mp4", headers={"Range": "bytes=10-19"})
        assert (part.status_code, part.content) == (206, bytes(range(10, 20)))
        assert (await stranger.get(f"/films/{key}/film.vtt")).text == "WEBVTT\n"
        assert (await stranger.get(f"/films/{key}/film.srt")).status_code == 404
        assert (await stranger.get(own)).status_code == 303
        answer = await send(member, own, f"{own}/withdraw")
        assert answer.status_code == 303
        assert {(await stranger.get(address)).status_code for address in (f"/films/{key}", f"/films/{key}/film.mp4")} == {404}


async def test_a_players_poster_is_shown_to_whoever_may_see_the_film_and_made_where_there_is_none(
    member: httpx.AsyncClient, neighbour: Shop, shop: Shop, house: House, now
) -> None:  # fmt: skip
    film_id, path, key = furnished(shop, house, now)
    own = f"{FILMS}/{to_public('wrk', film_id)}"
    inside = re.search(r'poster="([^"]+)"', (await member.get(own)).text)
    assert inside is not None
    async with httpx.AsyncClient(transport=member._transport, base_url=str(member.base_url)) as stranger:
        pages = [(await stranger.get(f"/films/{key}{ending}")).text for ending in ("", "/embed")]
        assert [re.findall(r'poster="([^"]+)"', page) for page in pages] == [[f"/films/{key}/film.jpg"]] * 2
        told = dict(re.findall(r'<meta property="og:(\w+)" content="([^"]*)">', pages[0]))
        address = f"{house.settings.public_url}/films/{key}"  # whole, for whoever unfurls a link reads no page around it
        assert (told["url"], told["image"]) == (address, f"{address}/film.jpg")
        assert f"<h1>{told['title']}</h1>" in pages[0]
        assert (await stranger.get(f"/films/{key}/film.jpg")).status_code == 404  # the file is no film yet
        assert (path.with_suffix(".jpg").exists(), len(list(path.parent.iterdir()))) == (False, 2)
        lay_grey_film(path)
        answer = await stranger.get(f"/films/{key}/film.jpg")
        assert (answer.headers["content-type"], answer.content[:2]) == ("image/jpeg", b"\xff\xd8")
        assert (await member.get(inside[1])).content == answer.content == path.with_suffix(".jpg").read_bytes()
        assert (await stranger.get(inside[1])).status_code == 303
        await send(member, own, f"{own}/withdraw")
        assert (await stranger.get(f"/films/{key}/film.jpg")).status_code == 404
        assert (await sign_in(stranger, neighbour.email)).status_code == 303
        assert (await stranger.get(inside[1])).status_code == 404


async def test_a_film_is_carried_away_talked_about_and_deleted_with_its_files(
    member: httpx.AsyncClient, shop: Shop, house: House, now
) -> None:  # fmt: skip
    film_id, path, _ = furnished(shop, house, now)
    own = f"{FILMS}/{to_public('wrk', film_id)}"
    assert ("Welcome to Kestrel" in (listed := (await member.get(FILMS)).text), "0:05" in listed) == (True, True)
    page = (await member.get(own)).text
    media = re.search(r'href="([^"]+\.mp4\?download=1)"', page)
    assert media is not None
    answer = await member.get(unescape(media[1]))
    assert (answer.content, answer.headers["content-disposition"]) == (path.read_bytes(), 'attachment; filename="Welcome-to-Kestrel.mp4"')
    await send(member, own, f"{own}/comment", body="Warmer, <please>.")
    assert "Warmer, &lt;please&gt;." in (await member.get(own)).text
    answer = await send(member, own, f"{own}/delete")
    assert (answer.headers["location"], path.exists()) == (f"{FILMS}?done=deleted", False)
    assert (await member.get(own)).status_code == 404


async def test_the_pages_are_read_in_chinese(member: httpx.AsyncClient, shop: Shop, house: House, now) -> None:
    film_id, _, key = furnished(shop, house, now)
    member.cookies.set("tillhand_language", "zh")
    assert "已发布" in (await member.get(f"{FILMS}/{to_public('wrk', film_id)}")).text
    assert "数字员工" in (await member.get(f"/films/{key}")).text
