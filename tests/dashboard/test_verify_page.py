"""The public page that says what a film proves: for everybody, in both languages, and within its bounds."""

import httpx
import pytest
from fakes.page_language import english_in
from fakes.shop_history import Shop
from fakes.small_films import small_film

from app.studio.house_papers import papers_for
from app.studio.uploads import FILM_BYTES_MAX
from app.studio.works import begin_work
from app.wiring import House


async def bring(visitor: httpx.AsyncClient, content: bytes, name: str = "clip.mp4") -> httpx.Response:
    return await visitor.post("/verify", files={"film": (name, content, "video/mp4")})


async def test_a_shops_film_is_named_by_its_mark_and_signature(visitor, house: House, shop: Shop, now, tmp_path):
    with house.database.tenant_session(shop.tenant_id) as session:
        work = begin_work(session, employee_id=shop.employee_id, title="Spring <film>", now=now)
    film = small_film(tmp_path / "film.mp4", papers_for(house.settings, now, mark_id=work.mark_id)).read_bytes()
    answer = await bring(visitor, film, "my <clip>.mp4")
    assert answer.status_code == 200
    for said in ("Made here, and unchanged", work.film, "Spring &lt;film&gt;", "Kestrel Coffee &amp; Snacks", "my &lt;clip&gt;.mp4"):
        assert said in answer.text
    assert list((house.settings.data_folder / "visiting").iterdir()) == [], "nothing of it is kept"


async def test_it_speaks_chinese_too(visitor, tmp_path):
    visitor.cookies.set("tillhand_language", "zh")
    assert english_in((await visitor.get("/verify")).text, ()) == []
    refused = await bring(visitor, b"no film at all")
    assert "这不是影片" in refused.text
    assert english_in(refused.text, ()) == []


@pytest.mark.parametrize("content", [b"", b"no film at all", b"\0\0\0\x20ftypisom" + b"x" * 500])
async def test_what_is_no_film_is_answered_beside_the_field(visitor, content):
    answer = await bring(visitor, content)
    assert answer.status_code == 422
    assert 'role="alert"' in answer.text
    assert 'aria-invalid="true"' in answer.text


async def test_without_a_film_it_asks_for_one(visitor):
    assert "Check a film" in (await visitor.get("/verify")).text
    assert (await visitor.post("/verify", data={"film": "words"})).status_code == 422
    assert (
        await visitor.post("/verify", content=b"rubbish", headers={"content-type": "multipart/form-data; boundary=x"})
    ).status_code < 500


async def test_a_film_too_large_is_refused_before_it_is_read(visitor):
    async def endless():
        raise AssertionError("not one byte is asked for")
        yield b""

    headers = {"content-length": str(FILM_BYTES_MAX * 2), "content-type": "multipart/form-data; boundary=x"}
    answer = await visitor.post("/verify", content=endless(), headers=headers)
    assert answer.status_code == 413
    assert "100 MB" in answer.text
    unmeasured = await visitor.post("/verify", content=endless(), headers={"content-type": "multipart/form-data; boundary=x"})
    assert unmeasured.status_code == 411


async def test_a_program_that_asks_on_and_on_waits(visitor):
    answers = [(await bring(visitor, b"x")).status_code for _ in range(8)]
    assert answers[:6] == [422] * 6
    assert answers[6:] == [429, 429]
