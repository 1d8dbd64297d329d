"""Pictures of a page on its way through a test, kept in out/pages for a person to look at: one look a day, in turn.

All looks of every page at once are what `make pages-sheet` is for; here a state that only a journey reaches is seen.
"""

from datetime import UTC, datetime
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page

PICTURES = Path(__file__).parents[2] / "out" / "pages"
LOOKS: Final = ((1440, "light"), (1440, "dark"), (768, "light"), (360, "light"), (360, "dark"))
BUSY = "Unable to capture screenshot"
"""What Chromium answers when its drawing process did not come back in time on a busy machine; asked again it draws."""


TODAY: Final = datetime.now(UTC).toordinal()


def look(page: Page, name: str) -> None:
    """Nothing may scroll sideways at any width; take a picture in today's look of this state."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    drawn = LOOKS[(TODAY + sum(name.encode())) % len(LOOKS)]
    for width in (*sorted({width for width, _ in LOOKS} - {drawn[0]}), drawn[0]):
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} at {width}"
    page.emulate_media(color_scheme=drawn[1])  # type: ignore[arg-type]
    page.wait_for_timeout(60)
    picture(page, PICTURES / f"{name}-{drawn[0]}-{drawn[1]}.png")
    page.set_viewport_size({"width": 1440, "height": 900})
    page.emulate_media(color_scheme="light")


def picture(page: Page, path: Path) -> None:
    """One picture of the whole page; a machine too busy to draw it is asked once more."""
    try:
        page.screenshot(path=path, full_page=True)
    except Error as error:
        if BUSY not in error.message:
            raise
        page.wait_for_timeout(1000)
        page.screenshot(path=path, full_page=True)
