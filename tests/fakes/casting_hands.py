"""Hands for casting over HTTP: a portrait brought as a browser brings it, the worker's workshop, a small disk, a clock that goes on."""

import re
import resource
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import timedelta
from html import unescape
from pathlib import Path

import httpx
from fakes.dashboard_person import field
from fakes.shop_history import Shop
from sqlalchemy import select

from app.casting.make_faces import Workshop
from app.casting.tables import Casting
from app.studio.likeness import must_be_covered
from app.wiring import House
from avatar_pipeline.cast import Audition, CastFace

CASTING = "/dashboard/casting"
DRAWN = {"material": "drawn", "declared": "on"}


def words(html: str) -> str:
    return unescape(re.sub(r"\s+", " ", re.sub(r"<[^>]+>", " ", html)))


async def bring(member: httpx.AsyncClient, picture: bytes, name: str = "portrait.png", **fields: str) -> httpx.Response:
    token = field((await member.get(f"{CASTING}/new")).text, "csrf_token")
    return await member.post(f"{CASTING}/new", data={"csrf_token": token, **(fields or DRAWN)}, files={"picture": (name, picture)})


def workshop(house: House) -> Workshop:
    return Workshop(house.database, house.settings.data_folder, house.clock, must_be_covered)


def face_of(answer: httpx.Response) -> str:
    assert answer.status_code == 303, words(answer.text)
    return answer.headers["location"].partition("?")[0].rsplit("/", 1)[1]


def rows(shop: Shop) -> list[Casting]:
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = list(session.scalars(select(Casting)))
        session.expunge_all()
        return found


def cast_at_once(seen: Audition, name: str, out: Path, *, progress: Callable[[float], None]) -> CastFace:
    """Writes rigs as large as real ones without the seconds of making them."""
    progress(0.5)
    paths = [out / ending for ending in ("a.rig", "a.film.rig", "a.webp")]
    for path, size in zip(paths, (115_000, 200_000, 14_000), strict=True):
        path.write_bytes(bytes(size))
    return CastFace(name, name, *paths)


@contextmanager
def files_of_at_most(size_bytes: int) -> Iterator[None]:
    """A disk that takes no more than so much of a file: the kernel refuses the write, as it does on a full one."""
    soft, hard = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size_bytes, hard))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, (soft, hard))


class Ticking:
    """A clock that goes on two seconds each time it is read."""

    def __init__(self, house: House) -> None:
        self.now = house.clock()

    def __call__(self):
        self.now += timedelta(seconds=2)
        return self.now
