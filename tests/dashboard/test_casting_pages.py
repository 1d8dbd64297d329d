"""Faces of a shop's own over HTTP: brought, judged, made, adjusted, named, hired, deleted; consent, quota, who may."""

import re
from dataclasses import replace
from datetime import date, timedelta
from html import unescape
from pathlib import Path

import httpx
import pytest
from fakes.casting_hands import CASTING, Ticking, bring, cast_at_once, face_of, files_of_at_most, rows, words, workshop
from fakes.dashboard_person import Hands, field, send
from fakes.portraits import catalogue_portrait, photograph, saved, turned
from fakes.shop_history import Shop
from sqlalchemy import select

from app.casting.castings import FACES_MAX
from app.casting.make_faces import CASTINGS, cast_next, forget_unfinished
from app.casting.own_faces import face_folder, shop_of_face
from app.casting.tables import Casting
from app.studio.likeness import LikenessNotAllowed, must_be_allowed
from app.wiring import House
from avatar_pipeline.voice import Voice
from tenants.audit import AuditFilter, audit_entries
from tenants.identifiers import new_id, to_public
from tenants.work_line import SILENT_SECONDS

RECORDING = {"recording": ("me.mp4", b"\0\0\0\x18ftyp" + b"film" * 100)}


async def test_a_drawing_becomes_a_face_that_is_adjusted_previewed_named_hired_and_served(
    member: httpx.AsyncClient, neighbour: Shop, shop: Shop, house: House, hands: Hands
) -> None:
    face_id = face_of(await bring(member, turned(), "IMG_1.jpg"))
    page = f"{CASTING}/{face_id}"
    assert "In line" in words((await member.get(page)).text)
    cast_next(replace(workshop(house), clock=Ticking(house), is_closing=lambda: True))  # looked at; then the worker goes home
    await send(member, page, f"{page}/stop")
    await handles_are_dragged_by_numbers(member, page)
    await the_disk_is_full_and_a_worker_is_killed(member, house, hands, face_id)
    (row,) = rows(shop)
    assert (row.state, row.tries, row.made_version, [one["handle"] for one in row.drags]) == ("made", 2, 1, ["lip_corner_left", "chin"])

    shown = (await member.get(page)).text
    assert {one in words(shown) for one in ("Ready to be named", "The lips are parted")} == {True}
    assert re.search(r"Most alike: \w+ of the catalogue, \d+ % the same", words(shown))
    addresses = {unescape(one).partition("?")[0] for one in re.findall(r'(?:src|data-rig)="(/dashboard/casting/[^"]+)"', shown)}
    assert {one.rsplit("/", 1)[1] for one in addresses} == {"poster.webp", "chat.rig", "found.webp"}
    assert {(await member.get(one)).status_code for one in addresses} == {200}
    assert (await member.get(f"/dashboard/portraits/{face_id}.webp")).status_code == 404  # nobody can hire it yet

    await it_is_named_hired_and_served(member, house, face_id)
    answer = await send(member, page, f"{page}/delete")
    assert (answer.status_code, "Part with them first" in words(answer.text), ">Eileen</a>" in answer.text) == (409, True, True)
    with shop.database.tenant_session(shop.tenant_id) as session:
        actions = {one.action: one.detail for one in audit_entries(session, AuditFilter(), limit=40)}
    assert {"casting.begun", "casting.asked", "casting.named"} <= set(actions)
    assert actions["casting.begun"]["declared"] == "drawn or generated, shows no real person"
    await theirs_is_refused(house, neighbour)


async def handles_are_dragged_by_numbers(member: httpx.AsyncClient, page: str) -> None:
    """Without a script, as numbers; what is wrong stands beside its handle and what was typed stays."""
    assert (await member.get(f"{page}/adjust")).text.count("data-handle=") == 12
    answer = await send(member, f"{page}/adjust", chin_down="400", jaw_left_right="much")
    assert (answer.status_code, answer.text.count("field-error"), 'value="400"' in answer.text) == (422, 2, True)
    answer = await send(member, f"{page}/adjust", chin_down="6", lip_corner_left_right="-2,5")
    assert answer.headers["location"] == page


async def the_disk_is_full_and_a_worker_is_killed(member: httpx.AsyncClient, house: House, hands: Hands, face_id: str) -> None:
    """Nothing half-written is left, the page says why, and what a killed worker had begun is begun anew by another."""
    page, folder = f"{CASTING}/{face_id}", face_folder(house.settings.data_folder, face_id)
    with files_of_at_most(130_000):
        cast_next(replace(workshop(house), cast=cast_at_once))
    failed = words((await member.get(page)).text)
    assert ("The face cannot be written" in failed, "Make it again" in failed) == (True, True)
    assert {path.name for path in folder.iterdir()} == {"portrait", "found.webp", "upright.webp", "layers.webp"}
    await send(member, page, f"{page}/again")
    assert CASTINGS.claim(house.database, house.clock()) is not None
    (folder / ".making-killed").mkdir()
    hands.now += timedelta(seconds=SILENT_SECONDS - 1)
    assert cast_next(workshop(house)) == 0
    hands.now += timedelta(seconds=2)
    assert cast_next(workshop(house)) == 1
    assert {path.name for path in folder.iterdir()} == {"portrait", "found.webp", "upright.webp", "layers.webp", "made-1"}


async def it_is_named_hired_and_served(member: httpx.AsyncClient, house: House, face_id: str) -> None:
    """Among the faces when hiring, in every portrait, in the widget; the picture that was brought is gone."""
    page = f"{CASTING}/{face_id}"
    answer = await send(member, page, f"{page}/name", name="7", voice="heart")
    assert (answer.status_code, 'id="name-error"' in answer.text) == (422, True)
    answer = await send(member, page, f"{page}/name", name="Eileen", voice="willow")
    assert answer.headers["location"] == f"{page}?done=named"
    assert {path.name for path in face_folder(house.settings.data_folder, face_id).iterdir()} == {"made-1"}
    job = re.search(r'href="(/dashboard/hire/[\w-]+)"', (await member.get("/dashboard/hire")).text)
    assert job is not None
    assert f'value="{face_id}"' in (await member.get(job[1])).text
    answer = await send(member, job[1], face=face_id, voice="", pace="", name="", greeting="Hello!", brief="")
    assert answer.status_code == 303, words(answer.text)
    assert (await member.get(f"/dashboard/portraits/{face_id}.webp")).headers["content-type"] == "image/webp"
    async with httpx.AsyncClient(transport=member._transport, base_url=house.settings.widget_url) as shopper:
        for name in ("poster.webp", "badge.webp", "chat.rig", "idle.json"):
            assert (await shopper.get(f"/w/faces/{face_id}/{name}")).status_code == 200, name
        assert (await shopper.get(f"/w/faces/{to_public('fce', new_id(house.clock()))}/poster.webp")).status_code == 404


async def theirs_is_refused(house: House, neighbour: Shop) -> None:
    """Another shop brings the same picture: the face is reserved, and nobody says whose it is."""
    from app.casting.castings import Brought, begin_casting
    from app.casting.uploads import fingerprint_of, keep_picture

    with neighbour.database.tenant_session(neighbour.tenant_id) as session:
        brought = Brought("drawn", fingerprint_of(saved("JPEG", quality=70)), 1)
        casting_id = begin_casting(session, brought, by="per_test", now=house.clock())
    keep_picture(saved("JPEG", quality=70), house.settings.data_folder, casting_id)
    assert cast_next(workshop(house)) == 1
    (row,) = rows(neighbour)
    assert (row.state, row.nearest["is_theirs"], row.nearest["percent"] >= 85) == ("refused", True, True)
    assert row.likeness is None


async def test_a_face_of_the_catalogue_is_nobody_elses(member: httpx.AsyncClient, house: House) -> None:
    face_id = face_of(await bring(member, catalogue_portrait()))
    cast_next(workshop(house))
    page = words((await member.get(f"{CASTING}/{face_id}")).text)
    assert ("belongs to somebody else" in page, "Most alike: Nadia of the catalogue" in page) == (True, True)


async def test_a_chinese_person_reads_chinese(member: httpx.AsyncClient, hands: Hands) -> None:
    until = (hands.now + timedelta(days=90)).date().isoformat()
    form = (await member.get(f"{CASTING}/new")).text
    assert re.findall(r'<option value="(\w+)" lang="\1"( selected)?>', form) == [("en", " selected"), ("zh", ""), ("ja", ""), ("fr", "")]
    asked = {"material": "photograph", "person": "罗宾", "films": "on", "until": until}
    page = f"{CASTING}/{face_of(await bring(member, photograph(), language='zh', **asked))}"
    shown = (await member.get(page)).text
    assert re.search(r'<blockquote class="casting-sentence" lang="zh">我是罗宾。我同意Kestrel Coffee', shown)
    year, month, day = (int(part) for part in until.split("-"))
    assert f"直到{year}年{month}月{day}日为止" in shown  # the chosen day, though the consent ends at the midnight after it
    await send(member, page, f"{page}/consent/words", language="fr")
    assert re.search(r'<blockquote[^>]* lang="fr">Je m’appelle 罗宾', (await member.get(page)).text)
    answer = await send(member, page, f"{page}/consent/words", language="tlh")
    assert (answer.status_code, "Choose a language the person can read" in words(answer.text)) == (409, True)
    member.cookies.set("tillhand_language", "zh")
    assert '<option value="zh" lang="zh" selected>' in (await member.get(f"{CASTING}/new")).text


async def test_a_real_person_agrees_first_and_may_take_it_back(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:  # fmt: skip
    until = (hands.now + timedelta(days=90)).date().isoformat()
    answer = await bring(member, photograph(), material="photograph", person="Eileen Collins", films="on", chat="on", until=until)
    face_id = face_of(answer)
    page, consent = f"{CASTING}/{face_id}", f"{CASTING}/{face_id}/consent"
    assert cast_next(workshop(house)) == 0
    shown = (await member.get(page)).text
    assert "Nothing is made of the picture before the person has agreed" in words(shown)
    assert (await member.get(f"{page}/files/0/found.webp")).status_code == 404
    sentence = unescape(re.search(r"<blockquote[^>]*>([^<]+)<", shown)[1])  # type: ignore[index]
    token = field(shown, "csrf_token")
    answer = await member.post(f"{consent}/recording", data={"csrf_token": token}, files=RECORDING)
    assert answer.headers["location"] == f"{page}?done=recorded"
    answer = await send(member, page, f"{consent}/words")
    assert answer.headers["location"] == f"{page}?done=drawn"  # the wrong recording was noted: back to a request
    answer = await member.post(f"{consent}/recording", data={"csrf_token": token}, files={"recording": ("me.mp4", b"a letter, no film")})
    assert (answer.status_code, "This is no film we can read" in words(answer.text)) == (422, True)
    await member.post(f"{consent}/recording", data={"csrf_token": token}, files=RECORDING)
    answer = await send(member, page, f"{consent}/check", heard="Something else", same_face="on")
    assert (answer.status_code, "four words were not heard" in words(answer.text), rows(shop)[0].state) == (422, True, "awaiting_consent")
    assert ("Something else</textarea>" in answer.text, "the recording still counts" in words(answer.text)) == (True, True)
    again = unescape(re.search(r"<blockquote[^>]*>([^<]+)<", (await member.get(page)).text)[1])  # type: ignore[index]
    assert again != sentence  # since new words were drawn for the wrong recording
    answer = await send(member, page, f"{consent}/check", heard=again, same_face="on")  # typed again; nothing is recorded anew
    assert (answer.headers["location"], rows(shop)[0].state) == (f"{page}?done=active", "waiting")
    chosen = date.fromisoformat(until)
    assert f"In force until {chosen.day} {chosen:%B %Y}. In chat · In films" in words((await member.get(page)).text)
    answer = await send(member, page, f"{consent}/revoke")
    assert answer.headers["location"] == f"{page}?done=revoked"
    assert (cast_next(workshop(house)), rows(shop)[0].state) == (0, "awaiting_consent")
    with shop.database.tenant_session(shop.tenant_id) as session, pytest.raises(LikenessNotAllowed):
        must_be_allowed(session, face_id=face_id, channel="chat", now=hands.now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        session.scalars(select(Casting)).one().state = "named"
    for shown in ((await member.get(page)).text, (await member.get(CASTING)).text):
        assert ("Waits for consent" in shown, "Can be hired" in shown, "Hire with this face" in shown) == (True, False, False)
    async with httpx.AsyncClient(transport=member._transport, base_url=house.settings.widget_url) as shopper:
        left = [await shopper.get(f"/w/faces/{face_id}/{name}") for name in ("poster.webp", "badge.webp")]  # the outline of nobody
        assert {(one.status_code, one.headers["content-type"], one.content[:4]) for one in left} == {(404, "image/webp", b"RIFF")}


async def test_stopped_quota_privacy_and_who_may(
    member: httpx.AsyncClient, kim: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:  # fmt: skip
    assert (await kim.get(CASTING)).status_code == 403
    assert "at most 14 days, and then thrown away" in words((await member.get(f"{CASTING}/new")).text)
    face_id = face_of(await bring(member, photograph()))
    page = f"{CASTING}/{face_id}"
    await send(member, page, f"{page}/stop")
    assert (rows(shop)[0].state, cast_next(workshop(house))) == ("stopped", 0)
    with shop.database.tenant_session(shop.tenant_id) as session:
        first = session.scalars(select(Casting)).one()
        columns = {column.key: getattr(first, column.key) for column in Casting.__table__.columns}
        session.add_all(Casting(**(columns | {"casting_id": new_id(hands.now)})) for _ in range(FACES_MAX - 1))
    answer = await bring(member, photograph())
    assert (answer.status_code, "Delete one first" in words(answer.text)) == (409, True)
    hands.now += timedelta(days=15)
    assert forget_unfinished(workshop(house)) == FACES_MAX
    assert (rows(shop), list(house.settings.data_folder.glob("faces/*"))) == ([], [])
    assert shop_of_face(house.database, face_id) is None


async def test_the_preview_speaks_with_the_voice_that_was_chosen(member: httpx.AsyncClient, house: House, tmp_path: Path) -> None:
    from app.dashboard.casting_speech import speech_path

    path = speech_path(replace(house, voice=Voice, media_folder=tmp_path), "heart")
    assert path.stat().st_size > 100_000
    face_id = face_of(await bring(member, photograph()))
    speech = (await member.get(f"{CASTING}/{face_id}/speech.json?voice=heart")).json()
    assert (len(speech["sentences"]) > 1, speech["sentences"][0]["score"]["format"]) == (True, "tillhand-score/1")
    assert (await member.get(f"{CASTING}/{face_id}/speech.json?voice=nobody")).status_code == 404
    found = re.search(r'data-engine="([^"]+)"', (await member.get(f"{CASTING}/{face_id}")).text)
    assert found is None  # nothing is made yet, so nothing is played
