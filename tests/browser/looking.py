"""Pictures of a page in every look, kept in out/pages for a person to look at."""

from pathlib import Path

from playwright.sync_api import Error, Page

PICTURES = Path(__file__).parents[2] / "out" / "pages"
LOOKS = ((1440, "light"), (1440, "dark"), (768, "light"), (360, "light"), (360, "dark"))
BUSY = "Unable to capture screenshot"
"""What Chromium answers when its drawing process did not come back in time on a busy machine; asked again it draws."""


def look(page: Page, name: str) -> None:
    """Take pictures in every look; nothing may scroll sideways."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    for width, scheme in LOOKS:
        page.set_viewport_size({"width": width, "height": 900})
        page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
        page.wait_for_timeout(60)
        picture(page, PICTURES / f"{name}-{width}-{scheme}.png")
        assert page.evaluate("document.documentElement.scrollWidth <= document.documentElement.clientWidth"), f"{name} at {width}"
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
