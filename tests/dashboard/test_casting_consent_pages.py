"""A person's consent over HTTP: another picture under the same one, what is left when it is taken back, another face, a new consent."""

import re
from dataclasses import replace
from datetime import timedelta
from html import unescape

import httpx
from fakes.casting_hands import CASTING, bring, cast_at_once, face_of, files_of_at_most, rows, words, workshop
from fakes.dashboard_person import Hands, field, send
from fakes.portraits import photograph, saved
from fakes.shop_history import Shop

from app.casting.make_faces import cast_next
from app.casting.own_faces import face_folder
from app.studio.likeness import consents
from app.wiring import House
from tenants.audit import AuditFilter, audit_entries
from tenants.employee import employees

RECORDING = {"recording": ("me.mp4", b"\0\0\0\x18ftyp" + b"film" * 100)}


async def asked(member: httpx.AsyncClient, hands: Hands, picture: bytes) -> str:
    """A photograph is brought and its person asked; gives the face's page."""
    until = (hands.now + timedelta(days=90)).date().isoformat()
    person = {"material": "photograph", "person": "Eileen Collins", "films": "on", "chat": "on", "until": until}
    return f"{CASTING}/{face_of(await bring(member, picture, **person))}"


async def agree(member: httpx.AsyncClient, page: str) -> None:
    """The person reads, the recording is noted, and what is said in it is written down."""
    shown = (await member.get(page)).text
    sentence = unescape(re.search(r"<blockquote[^>]*>([^<]+)<", shown)[1])  # type: ignore[index]
    token = field(shown, "csrf_token")
    await member.post(f"{page}/consent/recording", data={"csrf_token": token}, files=RECORDING)
    answer = await send(member, page, f"{page}/consent/check", heard=sentence, same_face="on")
    assert answer.headers["location"] == f"{page}?done=active"


async def bring_another(member: httpx.AsyncClient, page: str, picture: bytes, **fields: str) -> httpx.Response:
    token = field((await member.get(page)).text, "csrf_token")
    return await member.post(f"{page}/picture", data={"csrf_token": token, **fields}, files={"picture": ("new.jpg", picture)})


async def test_a_picture_that_did_not_do_is_replaced_under_the_same_consent(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:  # fmt: skip
    page = await asked(member, hands, photograph()[:90_000])
    await agree(member, page)
    assert cast_next(workshop(house)) == 1
    shown = words((await member.get(page)).text)
    assert ("damaged or cut short" in shown, "The consent of Eileen Collins stays as it is" in shown, rows(shop)[0].state) == (
        True,
        True,
        "refused",
    )

    for picture, fields, status, said in (
        (photograph(), {}, 422, "Confirm what it shows"),
        (b"", {"same": "on"}, 422, "The file is empty"),
        (b"no picture", {"same": "on"}, 422, "no picture we can read"),
        (bytes(25_200_000), {"same": "on"}, 413, "more than 25 MB"),
    ):
        answer = await bring_another(member, page, picture, **fields)
        assert (answer.status_code, said in words(answer.text), rows(shop)[0].state) == (status, True, "refused"), words(answer.text)
    with files_of_at_most(40_000):
        answer = await bring_another(member, page, photograph(), same="on")
    assert (answer.status_code, "All is as it was before" in words(answer.text), rows(shop)[0].state) == (507, True, "refused")
    folder = face_folder(house.settings.data_folder, page.rsplit("/", 1)[1])
    assert (folder / "portrait").read_bytes() == photograph()[:90_000]

    answer = await bring_another(member, page, photograph(), same="on")
    assert (answer.headers["location"], rows(shop)[0].state) == (f"{page}?done=replaced", "waiting")
    assert cast_next(replace(workshop(house), cast=cast_at_once)) == 1
    assert (rows(shop)[0].state, rows(shop)[0].problem, (folder / "portrait").read_bytes() == photograph()) == ("made", None, True)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert [one.state for one in consents(session)] == ["active"]  # one consent, asked for once
        [told] = [one.detail for one in audit_entries(session, AuditFilter(), limit=40) if one.action == "casting.picture_replaced"]
    assert told["declared"] == "shows the person whose picture was brought first"


async def test_another_machine_does_not_make_the_face_of_the_old_picture(member: httpx.AsyncClient, shop: Shop, house: House) -> None:
    """A worker whose own folder still holds what was replaced elsewhere fetches the new one instead."""
    page = f"{CASTING}/{face_of(await bring(member, saved('JPEG', quality=60)))}"
    path, fetched = face_folder(house.settings.data_folder, page.rsplit("/", 1)[1]) / "portrait", []
    present = path.read_bytes()
    path.write_bytes(photograph()[:90_000])

    def fetch(wanted):
        if wanted == path and not path.is_file():
            fetched.append(wanted)
            path.write_bytes(present)
        return wanted.is_file()

    assert cast_next(replace(workshop(house), cast=cast_at_once, fetch=fetch)) == 1
    assert (fetched, rows(shop)[0].state) == ([path], "made")


async def test_who_lost_a_face_is_told_of_gets_another_and_gets_it_back_by_a_new_consent(
    member: httpx.AsyncClient, shop: Shop, house: House, hands: Hands
) -> None:  # fmt: skip
    page = await asked(member, hands, photograph())
    face_id = page.rsplit("/", 1)[1]
    await agree(member, page)
    assert cast_next(replace(workshop(house), cast=cast_at_once)) == 1
    await send(member, page, f"{page}/name", name="Eileen", voice="heart")
    with shop.database.tenant_session(shop.tenant_id) as session:
        worker = next(one for one in employees(session) if not one.is_retired)
    own = next(one for one in re.findall(r'href="(/dashboard/employees/[^"/]+)"', (await member.get("/dashboard/team")).text))
    answer = await send(member, f"{own}/face", f"{own}/face", face=face_id)
    assert answer.headers["location"] == f"{own}?done=changed", words(answer.text)
    assert "has no face in chat now" not in words((await member.get(own)).text)

    async with httpx.AsyncClient(transport=member._transport, base_url=house.settings.widget_url) as shopper:
        poster = await shopper.get(f"/w/faces/{face_id}/poster.webp")
        assert (poster.status_code, poster.headers["cache-control"]) == (200, "private, no-cache")
        kept = {"If-None-Match": poster.headers["etag"]}
        assert (await shopper.get(f"/w/faces/{face_id}/poster.webp", headers=kept)).status_code == 304
        await send(member, page, f"{page}/consent/revoke")
        assert (await shopper.get(f"/w/faces/{face_id}/poster.webp", headers=kept)).status_code == 404  # at once, whatever was kept
    assert (await member.get(f"{page}/files/1/chat.rig")).status_code == 404
    shown = (await member.get(page)).text
    assert ("How it talks" in words(shown), f'href="{own}/face"' in shown) == (False, True)
    assert "Has no face in chat now" in words((await member.get("/dashboard/team")).text)
    file = (await member.get(own)).text
    assert (f"{worker.name} has no face in chat now" in words(file), f"{page}#consent" in file) == (True, True)

    offered = (await member.get(f"{own}/face")).text
    assert (f'value="{face_id}"' in offered, f'value="{worker.face_id}"' in offered) == (False, True)
    for wrong in (face_id, "nobody"):
        assert (await send(member, f"{own}/face", f"{own}/face", face=wrong)).status_code == 422
    await send(member, f"{own}/face", f"{own}/face", face=worker.face_id)
    with shop.database.tenant_session(shop.tenant_id) as session:
        now_worn = next(one for one in employees(session) if one.employee_id == worker.employee_id)
        changes = [one.detail for one in audit_entries(session, AuditFilter(), limit=40) if one.action == "employee.face_changed"]
    assert now_worn == worker  # name, voice, contract and words too
    assert {(one["from"], one["to"]) for one in changes} == {(worker.face_id, face_id), (face_id, worker.face_id)}
    hands.now += timedelta(minutes=1)  # two consents of one millisecond have no first and second
    until = (hands.now + timedelta(days=30)).date().isoformat()
    answer = await send(member, page, f"{page}/consent/new", until=until, language="en")
    assert (answer.status_code, 'id="channels-error"' in answer.text) == (422, True)
    answer = await send(member, page, f"{page}/consent/new", chat="on", until=until, language="en")
    assert answer.headers["location"] == f"{page}?done=asked#consent"
    answer = await send(member, page, f"{page}/consent/new", chat="on", until=until, language="en")
    assert (answer.status_code, "a consent already" in words(answer.text)) == (409, True)
    await agree(member, page)
    assert (rows(shop)[0].state, "Can be hired" in words((await member.get(CASTING)).text)) == ("named", True)
    assert (await send(member, f"{own}/face", f"{own}/face", face=face_id)).status_code == 303


async def test_only_who_may_hire_changes_a_face(member: httpx.AsyncClient, kim: httpx.AsyncClient) -> None:
    own = next(one for one in re.findall(r'href="(/dashboard/employees/[^"/]+)"', (await member.get("/dashboard/team")).text))
    assert (await kim.get(f"{own}/face")).status_code == 403
