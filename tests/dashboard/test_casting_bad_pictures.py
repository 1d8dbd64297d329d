"""Every bad picture at casting's door: told in plain words beside the field or on the face's page, and nothing half-written stays."""

import re
from dataclasses import replace

import httpx
import pytest
from fakes.casting_hands import CASTING, Ticking, bring, face_of, files_of_at_most, rows, words, workshop
from fakes.portraits import animated, bomb, cut_out, photograph, saved
from fakes.shop_history import Shop

from app.casting.make_faces import cast_next
from app.casting.own_faces import face_folder
from app.wiring import House


@pytest.mark.parametrize(
    ("picture", "said"),
    [
        (b"", "The file is empty"),
        (b"this is no picture", "no picture we can read"),
        (animated(), "animated or has several pages"),
        (bomb(), "more than 50 million pixels"),
        (bomb(300)[:30], "no picture we can read"),
        (b"\xff\xd8" + bytes(26_000_000), "more than 25 MB"),
    ],
    ids=["empty", "no-picture", "animated", "bomb", "corrupt", "huge"],
)
async def test_what_cannot_become_a_face_is_refused_in_plain_words_beside_the_field(
    member: httpx.AsyncClient, shop: Shop, house: House, picture: bytes, said: str
) -> None:
    answer = await bring(member, picture)
    assert (answer.status_code, said in words(answer.text)) == (413 if len(picture) > 25_100_000 else 422, True), words(answer.text)[-900:]
    assert (rows(shop), list(house.settings.data_folder.glob("faces/*"))) == ([], [])


async def test_a_picture_cut_short_inside_is_told_on_its_page_and_leaves_no_face(member: httpx.AsyncClient, house: House) -> None:
    face_id = face_of(await bring(member, photograph()[:90_000]))
    assert cast_next(workshop(house)) == 1
    page = words((await member.get(f"{CASTING}/{face_id}")).text)
    told = [one in page for one in ("damaged or cut short", "Bring another picture", "Make it again")]
    assert told == [True, True, False]  # the same file again would end the same way
    assert [path.name for path in face_folder(house.settings.data_folder, face_id).iterdir()] == ["portrait"]


async def test_without_saying_what_it_shows_nothing_is_kept(member: httpx.AsyncClient, shop: Shop) -> None:
    answer = await bring(member, photograph(), material="drawn")
    assert (answer.status_code, "Confirm that it shows no real person" in answer.text) == (422, True)
    answer = await bring(member, photograph(), material="photograph", person="Eileen <Collins>")
    faults = set(re.findall(r'id="(\w+)-error"', answer.text))
    assert (faults, 'value="Eileen &lt;Collins&gt;"' in answer.text, rows(shop)) == ({"channels", "until"}, True, [])


async def test_where_the_disk_is_full_nothing_half_written_stays(member: httpx.AsyncClient, shop: Shop, house: House) -> None:
    with files_of_at_most(40_000):
        answer = await bring(member, saved("JPEG", quality=97))
    assert (answer.status_code, "the disk is full or away" in words(answer.text)) == (507, True)
    assert (rows(shop), list(house.settings.data_folder.glob("faces/*"))) == ([], [])


@pytest.mark.parametrize("picture", [saved("JPEG", mode="CMYK"), cut_out()], ids=["cmyk", "transparent"])
async def test_printers_and_cut_out_pictures_are_looked_at_like_any_other(
    member: httpx.AsyncClient, shop: Shop, house: House, picture: bytes
) -> None:
    """Only looked at: the job is stopped at its first step, which any of them reaches."""
    face_id = face_of(await bring(member, picture))
    assert cast_next(replace(workshop(house), clock=Ticking(house), is_closing=lambda: True)) == 1
    (row,) = rows(shop)
    assert (row.state, row.tries) == ("waiting", 0)
    assert (await member.get(f"{CASTING}/{face_id}/files/0/found.webp")).status_code == 200
