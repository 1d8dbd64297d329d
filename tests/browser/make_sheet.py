"""`make pages-sheet`: a picture of every page at every width, light and dark, in out/pages, and one index.html to look through them.

A program for people, not a test: `make test` takes no pictures of pages.
"""

import shutil
import sys
from datetime import UTC, datetime
from html import escape
from pathlib import Path

HOUSE = Path(__file__).parents[2]
sys.path[:0] = [str(HOUSE), str(HOUSE / "tests"), str(HOUSE / "tests" / "benchmarks")]

from bench_pages import served  # noqa: E402
from fakes.page_tour import Stop, tour  # noqa: E402
from pages_town import GrownShop, grown_shop  # noqa: E402
from playwright.sync_api import Browser, Page, sync_playwright  # noqa: E402
from test_every_page import Open, Walk  # noqa: E402

from app.dashboard.routes import router  # noqa: E402

FOLDER = HOUSE / "out" / "pages"
LOOKS = tuple((width, scheme) for width in (1440, 768, 360) for scheme in ("light", "dark"))
LANGUAGES = ("en-US", "zh-CN")


def main() -> None:
    """Take the pictures and write the index."""
    FOLDER.mkdir(parents=True, exist_ok=True)
    with grown_shop(1, 1, datetime.now(UTC)) as grown, served(grown) as client, sync_playwright() as driver:
        browser = driver.chromium.launch(executable_path=shutil.which("chromium"), args=["--no-sandbox"])
        stops = sorted(tour(router, grown.shop), key=lambda stop: not stop.is_door)
        for language in LANGUAGES:
            walk_and_draw(browser, grown, str(client.base_url).rstrip("/"), language, stops)
        browser.close()
    (FOLDER / "index.html").write_text(index(stops), encoding="utf-8")
    sys.stdout.write(f"{len(stops) * len(LOOKS) * len(LANGUAGES)} pictures: {FOLDER / 'index.html'}\n")


def walk_and_draw(browser: Browser, grown: GrownShop, address: str, language: str, stops: list[Stop]) -> None:
    """Every page in one language."""
    walk = Walk(browser, Open(grown.shop, address, address), language)
    is_in = False
    for stop in stops:
        if not stop.is_door and not is_in:
            walk.sign_in()
            is_in = True
        walk.page.goto(address + stop.path)
        draw(walk.page, f"{stop.name}-{language[:2]}")
    walk.context.close()


def draw(page: Page, name: str) -> None:
    """One page in every look."""
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(60)
        page.screenshot(path=FOLDER / f"{name}-{width}-{scheme}.png", full_page=True)


def index(stops: list[Stop]) -> str:
    """One page with all pictures, a row for each page and language."""
    rows = []
    for stop in stops:
        for language in LANGUAGES:
            name = f"{stop.name}-{language[:2]}"
            pictures = "".join(
                f'<a href="{name}-{look}.png"><img loading="lazy" alt="{look}" src="{name}-{look}.png"></a>'
                for look in (f"{width}-{scheme}" for width, scheme in LOOKS)
            )
            rows.append(f"<h2>{escape(stop.route)} <small>{language}</small></h2><div>{pictures}</div>")
    style = "body{font:15px system-ui;margin:24px}div{display:flex;gap:12px;overflow-x:auto}img{height:420px;border:1px solid #ccc}"
    return f'<!doctype html><html lang="en"><meta charset="utf-8"><title>Every page</title><style>{style}</style>{"".join(rows)}</html>'


if __name__ == "__main__":
    main()
