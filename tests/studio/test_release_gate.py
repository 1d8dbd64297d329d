"""The release gate: prices against the list, a second making where that may help, and no publication without an inspection that passed."""

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime, timedelta
from pathlib import Path
from uuid import UUID

import numpy as np
import pytest
from fakes.shop_history import Shop, open_shop, routed

from app.studio.check_prices import ListedPrice, prices_that_differ
from app.studio.errors import FilmRefused
from app.studio.films import Draft, create_film
from app.studio.inspect_render import Papers, inspect_papers
from app.studio.release_gate import Inspected, first_try_yield, inspection_of, keep_inspection, must_be_released
from app.studio.render_films import Studio, render_next
from app.studio.renders import ask_render, renders_of
from avatar_pipeline.inspect_film import Check, Matter, Outcome
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.scenes.take import Acted
from avatar_pipeline.shoot import Shot, TakeStore
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.voice import Voice
from tenants.database import Database

BY = "per_test"
LIST = (
    ListedPrice("Kestrel Kettle", 4_500, "USD"),
    ListedPrice("Filter Paper", 650, "USD"),
    ListedPrice("Grinder", 120_000, "USD"),
    ListedPrice("Roasted Almonds 80 g", 340, "USD"),
    ListedPrice("灯笼茶", 880, "CNY"),
    ListedPrice("咖啡豆", 4_500, "CNY"),
    ListedPrice("緑茶", 1_200, "JPY"),
)
LATE = Check(Matter.SYNC, Outcome.FAILED, {"late_ms": 130.0, "agreement": 0.5, "shut": 3.0, "asked": 9.0}, "late")
IN_TIME = Check(Matter.SYNC, Outcome.PASSED, {"late_ms": 3.0, "agreement": 0.7, "shut": 9.0, "asked": 9.0})


@pytest.fixture
def shop(database: Database, tenant_id: UUID, now: datetime) -> Shop:
    return open_shop(routed(database), tenant_id, now=now - timedelta(days=19), email="robin@kestrel.example")


def script(text: str, **product: str) -> dict[str, object]:
    return {"shape": "1:1", "scenes": [{"text": text, **({"product": product} if product else {})}]}


@pytest.mark.parametrize(
    ("text", "named", "wrong"),
    [
        ("The Kestrel kettle costs $45.", 1, []),
        ("The Kestrel kettle costs $54.", 1, [("$54", "Kestrel Kettle", 4_500)]),
        ("The kettle is 45 dollars, filter papers are $6.50.", 2, []),
        ("Yours for $9.99.", 1, [("$9.99", "", None)]),
        ("Our espresso costs $2.80.", 1, [("$2.80", "", None)]),
        ("Roasted almonds are $3.40.", 1, []),
        ("Take $10 off, save $5, and orders over $50 go free.", 0, []),
        ("The grinder is $1,200. The Kestrel kettle is €45.", 2, [("€45", "Kestrel Kettle", 4_500)]),
        ("Come at 9.30 and bring 2 friends.", 0, []),
        ("灯笼茶只要8.80元，咖啡豆四十五元一袋。", 2, []),
        ("灯笼茶九块，满100元减20元。", 1, [("九块", "灯笼茶", 880)]),
        ("￥45.00 的咖啡豆，现在优惠20元。", 1, []),
        ("一百二十元的咖啡豆", 1, [("一百二十元", "咖啡豆", 4_500)]),
        ("緑茶は1,200円です。", 1, []),
        ("緑茶は1,300円です。500円引き！", 1, [("1,300円", "緑茶", 1_200)]),
        ("赢取万元大奖！两点四十见。", 0, []),
        ("The Kestrel kettle is back, and it costs 54.00 a piece.", 1, [("54.00", "Kestrel Kettle", 4_500)]),
        ("The kettle costs just 45. Filter paper for only 6.50, almonds for 3.90!", 3, [("3.90", "Roasted Almonds 80 g", 340)]),
        ("The kettle costs 20 percent less, be here for 9.30, it takes just 2.5 minutes and costs 45 dollars.", 1, []),
        ("The kettle is forty-five dollars, filter paper six dollars fifty.", 2, []),
        (
            "The grinder is one thousand two hundred dollars and fifty cents.",
            1,
            [
                ("one thousand two hundred dollars and fifty cents", "Grinder", 120_000),
            ],
        ),
        ("The kettle is Fifty Dollars, and 20 dollars off the grinder.", 1, [("Fifty Dollars", "Kestrel Kettle", 4_500)]),
        ("The kettle is 45 USD, 50 times better.", 1, []),
        ("Take ten dollars off until nineteen ninety pounds of tea are gone.", 0, []),
    ],
)
def test_prices_are_held_against_the_list(text: str, named: int, wrong: list[tuple[str, str, int | None]]) -> None:
    count, found = prices_that_differ(script(text), LIST)
    assert (count, [(one.said, one.product, one.listed_minor) for one in found]) == (named, wrong)


def test_a_cards_price_is_its_own_products() -> None:
    assert prices_that_differ(script("Look.", title="Filter paper", price="$6.50"), LIST) == (1, [])
    assert prices_that_differ(script("Look.", title="Filter paper", price="$45.00"), LIST)[1][0].product == "Filter Paper"
    assert prices_that_differ(script("Look.", title="Filter paper", price="6.50"), LIST) == (1, [])
    assert prices_that_differ(script("Look.", title="Filter paper", price="now 7,50"), LIST)[1][0].said == "7,50"


def test_without_a_price_list_a_price_is_told_and_stops_nothing(shop: Shop, now: datetime) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        papers = Papers(shop.employee_id, "amara", 1, script("It costs $45."))
        likeness, prices = inspect_papers(session, papers, now)
        assert (likeness.outcome, prices.outcome, prices.how) == (Outcome.PASSED, Outcome.NOT_JUDGED, "no_list")
        cast = replace(papers, face_id="somebody-real", script=script("Hello."))
        likeness, prices = inspect_papers(session, cast, now)
        assert (likeness.outcome, prices.outcome) == (Outcome.FAILED, Outcome.PASSED)


def asked(shop: Shop, now: datetime) -> tuple[UUID, UUID]:
    """A film of one short word, in line in full size."""
    with shop.database.tenant_session(shop.tenant_id) as session:
        film_id = create_film(session, Draft("Short", shop.employee_id, {"format": "tillhand-script/1", **script("Hi.")}), by=BY, now=now)
        return film_id, ask_render(session, film_id=film_id, kind="full", by=BY, now=now)


def studio_with(shop: Shop, folder: Path, now: datetime, inspect: Callable[[Shot, Papers], tuple[Check, ...]]) -> Studio:
    papers = lambda mark, name: FilmPapers(mark, "Tillhand", name)  # noqa: E731
    return Studio(shop.database, folder, lambda _: Voice("heart"), papers, lambda: now, inspect=inspect)


def test_what_another_making_may_mend_is_made_once_more_and_then_told(shop: Shop, tmp_path: Path, now: datetime) -> None:
    seen: list[str] = []

    def strict_at_first(shot: Shot, papers: Papers) -> tuple[Check, ...]:
        seen.append(shot.takes[0].sha256)
        return (IN_TIME,) if len(seen) > 1 else (LATE,)

    film_id, render_id = asked(shop, now)
    assert render_next(studio_with(shop, tmp_path, now, strict_at_first)) == 1
    assert len(set(seen)) == 2  # other movements, not the same film twice
    with shop.database.tenant_session(shop.tenant_id) as session:
        found = inspection_of(session, render_id)
        assert found is not None
        assert (found.try_number, found.has_passed, renders_of(session, film_id)[0].state) == (2, True, "done")
        must_be_released(session, render_id)
        assert first_try_yield(session) == (0, 1)


def test_a_film_that_fails_is_there_to_be_seen_but_not_published(shop: Shop, now: datetime) -> None:
    film_id, render_id = asked(shop, now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        with pytest.raises(FilmRefused, match="has not been inspected"):
            must_be_released(session, render_id)
        keep_inspection(session, Inspected(film_id, render_id, 1, (IN_TIME, LATE)), now=now)
        with pytest.raises(FilmRefused, match="did not pass"):
            must_be_released(session, render_id)
        found = inspection_of(session, render_id)
        assert found is not None
        assert found.failed == (LATE,)
        assert first_try_yield(session) == (0, 1)


def test_sentences_nobody_used_for_long_are_forgotten_and_used_ones_stay(tmp_path: Path, now: datetime) -> None:
    store, old = TakeStore(tmp_path), (now - timedelta(days=90)).timestamp()
    acted = Acted(np.zeros(960, np.int16), np.zeros((1, 57), np.float32), ())
    for key in ("used", "unused"):
        store.keep(key, acted, [np.zeros((64, 64, 3), np.uint8)], Mark(7))
        for path in tmp_path.glob(f"{key}.*"):
            os.utime(path, (old, old))
    assert store.find("used") is not None
    assert store.forget_unused(now - timedelta(days=60)) == 2
    assert {path.name for path in tmp_path.iterdir()} == {"used.npz", "used.mp4"}
