"""Names and shop words the voice's dictionary gets wrong ("Beth" as "bate"), with the sounds they should have.

The alphabet is the voice's own (misaki: A is the vowel of "day", O of "go", I of "my", T the soft t of "later"). Each entry was
added because the dictionary's reading was looked at and was wrong; a word it reads well has no business here.
"""

from __future__ import annotations

from typing import Final

SOUNDS: Final[dict[str, str]] = {
    # people
    "Anaïs": "ˌɑnɑˈis", "Beth": "bˈɛθ", "Chloe": "klˈOi", "Chloë": "klˈOi", "Giulia": "ʤˈuliə", "José": "hOzˈA", "Jose": "hOzˈA",
    "Leah": "lˈiə", "Lena": "lˈinə", "Mira": "mˈɪɹə", "Omar": "ˈOmˌɑɹ", "Sean": "ʃˈɔn", "Siobhan": "ʃəvˈɔn", "Zoë": "zˈOi",
    # the counter
    "barista": "bəɹˈistə", "baristas": "bəɹˈistəz", "biscotti": "bɪskˈɑTi", "ciabatta": "ʧəbˈɑTə", "crème": "kɹˈɛm",
    "Yirgacheffe": "jˌɪɹɡəʧˈɛf",
}  # fmt: skip


def sounds_of(word: str) -> str | None:
    """Give the right sounds of a word the dictionary gets wrong, or None. Names count only with their capital."""
    return SOUNDS.get(word) or (SOUNDS.get(word.lower()) if word[:1].isupper() and word.lower() in SOUNDS else None)
