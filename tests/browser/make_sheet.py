"""`make pages-sheet`: a picture of every page at every width, light and dark, in out/pages, and one index.html to look through them.

A program for people, not a test: `make test` takes no pictures of pages. With fewer looks it is quicker:
`python tests/browser/make_sheet.py --looks 1440-light 360-dark --languages en-US`.
"""

import argparse
import shutil
import sys
from collections.abc import Sequence
from datetime import UTC, datetime
from html import escape
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests"), str(HOUSE / "tests" / "benchmarks")]

from bench_pages import served  # noqa: E402
from fakes.page_tour import Stop, tour  # noqa: E402
from fakes.typefaces import with_typefaces  # noqa: E402
from looking import picture  # noqa: E402
from pages_town import grown_shop  # noqa: E402
from playwright.sync_api import Page, sync_playwright  # noqa: E402
from test_every_page import Open, Walk  # noqa: E402

from app.dashboard.routes import router  # noqa: E402

FOLDER = HOUSE / "out" / "pages"
Looks = Sequence[tuple[int, str]]
LOOKS: Looks = tuple((width, scheme) for width in (1440, 768, 360) for scheme in ("light", "dark"))
LANGUAGES = ("en-US", "zh-CN")


def main() -> None:
    """Take the pictures and write the index."""
    parser = argparse.ArgumentParser(description="Pictures of every page")
    parser.add_argument("--looks", nargs="+", default=[f"{width}-{scheme}" for width, scheme in LOOKS])
    parser.add_argument("--languages", nargs="+", default=LANGUAGES)
    wanted = parser.parse_args()
    looks = tuple((width, scheme) for width, scheme in LOOKS if f"{width}-{scheme}" in wanted.looks)
    FOLDER.mkdir(parents=True, exist_ok=True)
    with grown_shop(1, 1, datetime.now(UTC)) as grown, served(grown) as client, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"], env=with_typefaces())
        stops = sorted(tour(router, grown.shop), key=lambda stop: not stop.is_door)
        for language in wanted.languages:
            walk = Walk(browser, Open(grown.shop, *[str(client.base_url).rstrip("/")] * 2), language)
            walk_and_draw(walk, stops, looks)
        browser.close()
    (FOLDER / "index.html").write_text(index(stops, looks, wanted.languages), encoding="utf-8")
    sys.stdout.write(f"{len(stops) * len(looks) * len(wanted.languages)} pictures: {FOLDER / 'index.html'}\n")


def walk_and_draw(walk: Walk, stops: list[Stop], looks: Looks) -> None:
    """Every page in one language."""
    is_in = False
    for stop in stops:
        if not stop.is_door and not is_in:
            walk.sign_in()
            is_in = True
        walk.page.goto(walk.served.address + stop.path)
        draw(walk.page, f"{stop.name}-{walk.language[:2]}", looks)
    walk.context.close()


def draw(page: Page, name: str, looks: Looks) -> None:
    """One page in the looks wanted."""
    for width, scheme in looks:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(60)
        picture(page, FOLDER / f"{name}-{width}-{scheme}.png")


def index(stops: list[Stop], looks: Looks, languages: Sequence[str]) -> str:
    """One page with all pictures, a row for each page and language."""
    rows = []
    for stop in stops:
        for language in languages:
            name = f"{stop.name}-{language[:2]}"
            pictures = "".join(
                f'<a href="{name}-{look}.png"><img loading="lazy" alt="{look}" src="{name}-{look}.png"></a>'
                for look in (f"{width}-{scheme}" for width, scheme in looks)
            )
            rows.append(f"<h2>{escape(stop.route)} <small>{language}</small></h2><div>{pictures}</div>")
    style = "body{font:15px system-ui;margin:24px}div{display:flex;gap:12px;overflow-x:auto}img{height:420px;border:1px solid #ccc}"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>{style}</style>{"".join(rows)}</html>'


if __name__ == "__main__":
    main()
