"""The guide's drawings, each once wide and once narrow, whose words come from the page, so that every language has the same drawing."""

import re
from pathlib import Path
from typing import Final

from markupsafe import escape

FOLDER: Final = Path(__file__).parent
PLACE: Final = re.compile(r"\{(\w+)\}")


def draw(name: str, body: str) -> str:
    """The drawing with its words: `body` has one `key = words` a line, and `title` and `about` for those who do not see it.

    Raises KeyError for a place without words, so a page with a gap is found by its test.
    """
    words = dict(line.split(" = ", 1) for line in body.strip().splitlines())
    drawn = "".join((FOLDER / f"{name}{width}.svg").read_text(encoding="utf-8") for width in ("", "-narrow"))
    svg = PLACE.sub(lambda found: str(escape(words[found[1]])), drawn)
    caption = f"<figcaption>{escape(words['title'])}</figcaption>"
    label = escape(f"{words['title']}. {words['about']}")
    return f'<figure class="diagram"><div role="img" aria-label="{label}">{svg}</div>{caption}</figure>\n'
