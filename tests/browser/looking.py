"""A state of a page that only a journey reaches: nothing may scroll sideways at any width.

`make pages-sheet` walks the same journeys with TILLHAND_PICTURES=1, and then every state is also drawn, in every look, into out/pages for a
person to look at. A test run takes no pictures: they were half of its time.
"""

import os
from pathlib import Path
from typing import Final

from playwright.sync_api import Error, Page

PICTURES = Path(__file__).parents[2] / "out" / "pages"
LOOKS: Final = ((1440, "light"), (1440, "dark"), (768, "light"), (360, "light"), (360, "dark"))
WIDTHS: Final = (360, 768, 1440)
IS_DRAWN: Final = bool(os.environ.get("TILLHAND_PICTURES"))
BUSY = "Unable to capture screenshot"
"""What Chromium answers when its drawing process did not come back in time on a busy machine; asked again it draws."""


def look(page: Page, name: str) -> None:
    """Nothing may scroll sideways at any width; where pictures are wanted, draw this state in every look."""
    for width in WIDTHS:
        page.set_viewport_size({"width": width, "height": 900})
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} at {width}"
    if IS_DRAWN:
        draw(page, name)


def draw(page: Page, name: str) -> None:
    """The state in every look; the page is left wide and light."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(60)
        picture(page, PICTURES / f"{name}-{width}-{scheme}.png")
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
