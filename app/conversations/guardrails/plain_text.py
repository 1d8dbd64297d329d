"""What a shopper types is reduced to plain, bounded text before anything looks at it."""

import re
import unicodedata

QUESTION_LENGTH_MAX = 2000
"""Characters of one message. The rest is cut off and the shopper is told."""

_INVISIBLE = re.compile(r"[\u200b-\u200f\u202a-\u202e\u2060-\u2064\u2066-\u206f\ufeff\U000e0000-\U000e007f]")
_SPACES = re.compile(r"[ \t\r\n\u00a0\u3000]+")


def clean(text: str) -> str:
    """Remove control and invisible characters (they hide instructions or forge direction) and fold white space."""
    visible = _INVISIBLE.sub("", unicodedata.normalize("NFC", text))
    spaced = _SPACES.sub(" ", visible)  # before control characters go, for a line break is one of them
    kept = "".join(letter for letter in spaced if unicodedata.category(letter) not in ("Cc", "Cs", "Co", "Cn"))
    return _SPACES.sub(" ", kept).strip()
