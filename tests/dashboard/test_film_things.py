"""Named things and pictures: written once, called in scripts, right everywhere; pictures come in behind the gates that portraits pass."""

import io
import re
import struct
import zlib
from datetime import datetime
from html import unescape

import httpx
import numpy as np
import pytest
from fakes.dashboard_person import field, send
from fakes.shop_history import Shop
from PIL import Image

from app.studio.films import film, films
from app.studio.pictures import lay_pictures
from app.studio.publish_film import approve_film
from app.studio.renders import renders_of
from app.studio.resolve_script import resolved
from app.studio.tables import FilmRender
from avatar_pipeline.shoot import ProductCard, read_script
from tenants.identifiers import to_public

THINGS = "/dashboard/films/things"
TEA = {"name": "tea", "kind": "product", "title": "Lantern Tea", "say": "our lantern tea", "detail": "$8.00", "note": "100 g"}


def picture(size: tuple[int, int] = (320, 240), kind: str = "PNG", mode: str = "RGB", **saved: object) -> bytes:
    noise = np.random.default_rng(3).integers(0, 255, (size[1], size[0], len(mode)), dtype=np.uint8)
    file = io.BytesIO()
    Image.fromarray(noise, mode).save(file, kind, **saved)
    return file.getvalue()


def bomb() -> bytes:
    """A PNG of a few bytes that says it has 10,000 million pixels."""
    head = struct.pack(">IIBBBBB", 100_000, 100_000, 8, 2, 0, 0, 0)
    parts = [(b"IHDR", head), (b"IDAT", zlib.compress(b"\0" * 100)), (b"IEND", b"")]
    return b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + kind + body + struct.pack(">I", zlib.crc32(kind + body)) for kind, body in parts
    )


async def handed_in(member: httpx.AsyncClient, content: bytes, name: str = "wall.png") -> httpx.Response:
    token = field((await member.get(f"{THINGS}/new")).text, "csrf_token")
    return await member.post(f"{THINGS}/pictures", data={"csrf_token": token}, files={"file": (name, content, "image/png")})


async def files_shown(member: httpx.AsyncClient) -> list[str]:
    return re.findall(rf'src="{THINGS}/pictures/([^"]+)"', (await member.get(THINGS)).text)


async def test_a_thing_is_named_called_changed_and_every_film_follows(
    member: httpx.AsyncClient, shop: Shop, now: datetime, tmp_path
) -> None:
    assert "Nothing has been named yet." in (await member.get(THINGS)).text
    await handed_in(member, picture())
    (file,) = await files_shown(member)
    assert (await send(member, f"{THINGS}/new", **TEA, picture=file)).headers["location"] == f"{THINGS}?done=kept"
    assert (await send(member, f"{THINGS}/new", name="@店", kind="place", title="The shop", picture=file)).status_code == 303
    fields = {
        "title": "Tea", "employee": to_public("emp", shop.employee_id), "shape": "1:1", "count": "1", "s0_text": "Taste @tea. @店很好.",
        "s0_card": "product", "s0_product_named": "tea", "s0_wall_picture": "@店",
    }  # fmt: skip
    unknown = await send(member, "/dashboard/films/new", **(fields | {"s0_text": "Taste @coffee."}))
    assert (unknown.status_code, "Nothing is called @coffee here." in unescape(unknown.text)) == (422, True)
    assert "@tea, @店" in unescape(unknown.text)
    answer = await send(member, "/dashboard/films/new", **fields, do="preview")
    assert answer.status_code == 303, unescape(answer.text)
    path = answer.headers["location"].partition("?")[0]
    with shop.database.tenant_session(shop.tenant_id) as session:
        (one,) = films(session)
        (asked,) = renders_of(session, one.film_id)
        row = session.get_one(FilmRender, (shop.tenant_id, asked.render_id))
        row.state = "done"
        session.flush()
        approve_film(session, film_id=one.film_id, by="per_test", now=now)
        lay_pictures(session, row.script, tmp_path)
        script = read_script(row.script, tmp_path)
    (scene,) = script.scenes
    assert (scene.text, scene.wall.picture) == ("Taste our lantern tea. The shop很好.", tmp_path / file)
    assert scene.card == ProductCard("Lantern Tea", "$8.00", "100 g", tmp_path / file)
    with Image.open(tmp_path / file) as laid:
        assert laid.size == (320, 240)
    form = (await member.get(f"{path}/edit")).text
    assert ('value="tea" selected' in form, 'value="@店" selected' in form) == (True, True)
    own = re.search(rf'href="({THINGS}/cpt_[^"]+)">@tea', (await member.get(THINGS)).text)
    assert own is not None
    assert "Called by Tea." in (await member.get(own[1])).text
    assert (await send(member, own[1], **(TEA | {"name": "leaf"}))).status_code == 422
    assert (await send(member, own[1], **(TEA | {"detail": "$9.00"}))).status_code == 303
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert (film(session, one.film_id).state, resolved(session, one.script)["scenes"][0]["product"]["price"]) == ("draft", "$9.00")
    assert (await send(member, own[1], f"{own[1]}/delete")).status_code == 409
    assert (await send(member, own[1], f"{THINGS}/pictures/{file}/delete")).status_code == 409
    member.cookies.set("tillhand_language", "zh")
    assert "已命名的内容" in (await member.get(THINGS)).text


@pytest.mark.parametrize(
    ("wrong", "places"),
    [({"name": "two words"}, {"name"}), ({"title": ""}, {"title"}), ({"say": "call @me"}, {"say"}), ({"kind": "place"}, {"picture"}),
     ({"detail": "x" * 61, "kind": "robot"}, {"detail", "kind"})],
)  # fmt: skip
async def test_what_is_wrong_with_a_name_stands_beside_its_field(
    member: httpx.AsyncClient, wrong: dict[str, str], places: set[str]
) -> None:
    answer = await send(member, f"{THINGS}/new", **(TEA | wrong))
    assert (answer.status_code, set(re.findall(r'id="(\w+)-fault"', answer.text))) == (422, places)


async def test_pictures_of_every_kind_come_in_upright_and_plain(member: httpx.AsyncClient) -> None:
    turned = Image.Exif()
    turned[0x0112] = 6  # lies on its side
    for content in (
        picture(kind="JPEG", exif=turned.tobytes()), picture(mode="CMYK", kind="JPEG"), picture(mode="RGBA"), picture((4000, 2000), "JPEG"),
    ):  # fmt: skip
        assert (await handed_in(member, content)).status_code == 303
    bodies = [(await member.get(f"{THINGS}/pictures/{file}")).content for file in await files_shown(member)]
    assert sorted(Image.open(io.BytesIO(body)).size for body in bodies) == [(240, 320), (320, 240), (320, 240), (1920, 960)]
    assert all(Image.open(io.BytesIO(body)).getexif() == {} for body in bodies)
    assert len(await files_shown(member)) == 4
    await handed_in(member, picture(mode="CMYK", kind="JPEG"))
    assert len(await files_shown(member)) == 4  # the same once more is the same picture


@pytest.mark.parametrize(
    ("content", "why"),
    [(b"", "The file is empty."), (b"%PDF-1.7", "no picture we can read"),
     (picture()[:900], "damaged or cut short"), (bomb(), "million pixels"),
     (picture((2000, 200)), "long strip. Cut out the part"), (picture((90, 90)), "at least 160"),
     (picture(kind="GIF", save_all=True, append_images=[Image.new("RGB", (320, 240))]), "animated")],
)  # fmt: skip
async def test_a_picture_that_cannot_be_shown_says_why_and_nothing_is_kept(member: httpx.AsyncClient, content: bytes, why: str) -> None:
    answer = await handed_in(member, content)
    assert (answer.status_code, why in unescape(answer.text)) == (422, True), unescape(re.sub("<[^>]+>", " ", answer.text))[-500:]
    assert await files_shown(member) == []
