"""Japanese as the symbols Kokoro was trained on: OpenJTalk reads a sentence in kana, figures too, and a table turns kana into sounds.

The dictionary comes with `make setup-voices`. The table is the sound of Japanese as Kokoro's alphabet writes it: a consonant for
each row of kana, another one before i, and u written ɨ after a hiss.
"""

from __future__ import annotations

import re
import threading
import unicodedata
from collections.abc import Sequence
from functools import lru_cache
from typing import Any, Final

from avatar_pipeline.errors import WeightsMissing
from avatar_pipeline.text.japanese import RULES
from avatar_pipeline.text.reading import Reading
from avatar_pipeline.text.rule import Rule
from avatar_pipeline.text.sayings import first_matches

_VOWELS: Final = "あいうえお"
_ROWS: Final = {
    "かきくけこ": "ka kʲi kɯ ke ko", "がぎぐげご": "ɡa ɡʲi ɡɯ ɡe ɡo", "さしすせそ": "sa ɕi sɨ se so", "ざじずぜぞ": "ʣa ʥi zɨ ʣe ʣo",
    "たちつてと": "ta ʨi ʦɨ te to", "だぢづでど": "da ʥi zɨ de do", "なにぬねの": "na ɲi nɯ ne no", "はひふへほ": "ha çi ɸɯ he ho",
    "ばびぶべぼ": "ba bʲi bɯ be bo", "ぱぴぷぺぽ": "pa pʲi pɯ pe po", "まみむめも": "ma mʲi mɯ me mo", "らりるれろ": "ɾa ɾʲi ɾɯ ɾe ɾo",
    "やゆよ": "ja jɯ jo", "わを": "βa o", "ゔ": "vɯ", _VOWELS: "a i ɯ e o", "ゐゑ": "i e",
}  # fmt: skip
_MORAE: Final = {kana: sound for row, sounds in _ROWS.items() for kana, sound in zip(row, sounds.split(), strict=True)}
_SMALL_Y: Final = {"ゃ": "a", "ゅ": "ɨ", "ょ": "o"}
_SMALL_VOWELS: Final = {"ぁ": "a", "ぃ": "i", "ぅ": "ɯ", "ぇ": "e", "ぉ": "o"}
_GLIDES: Final = {"う": "β", "て": "t", "で": "d", "つ": "ʦ", "ふ": "ɸ", "ゔ": "v", "い": "j"}  # before a small vowel, in words from abroad
_SIGNS: Final = {
    "、": ",",
    "。": ".",
    "，": ",",
    "．": ".",
    "！": "!",
    "？": "?",
    "：": ":",
    "；": ";",
    "「": "“",
    "」": "”",
    "（": "(",
    "）": ")",
    "・": " ",
}
_LETTERS: Final = {  # of codes: the analyser leaves some of them
    "A": "えー", "B": "びー", "C": "しー", "D": "でぃー", "E": "いー", "F": "えふ", "G": "じー", "H": "えいち", "I": "あい", "J": "じぇー",
    "K": "けー", "L": "える", "M": "えむ", "N": "えぬ", "O": "おー", "P": "ぴー", "Q": "きゅー", "R": "あーる", "S": "えす", "T": "てぃー",
    "U": "ゆー", "V": "ぶい", "W": "だぶりゅー", "X": "えっくす", "Y": "わい", "Z": "ぜっと",
}  # fmt: skip
_GAP_MAX: Final = 40
_LOADING: Final = threading.Lock()


def sounds_of_kana(kana: str) -> str:
    """The sounds of a word in kana: コーヒー is "koːçiː". Latin letters are spelled, signs stay, others give nothing."""
    known = unicodedata.normalize("NFKC", kana)
    spelled = "".join(_LETTERS.get(one.upper(), one) for one in known)
    letters = "".join(chr(ord(one) - 0x60) if "ァ" <= one <= "ヶ" else one for one in spelled)
    sounds, place = "", 0
    while place < len(letters):
        sound, used = _sound(letters[place : place + 2])
        sounds += sound
        place += used
    return _with_n_as_spoken(sounds)


def _sound(pair: str) -> tuple[str, int]:
    """The sound of the first mora of at most two kana, and how many of them it takes."""
    first, second = pair[0], pair[1:]
    if first in _MORAE and second in _SMALL_Y | _SMALL_VOWELS:
        vowel = _SMALL_Y.get(second) or _SMALL_VOWELS[second]
        consonant = _GLIDES.get(first, "") if second in _SMALL_VOWELS else ""
        consonant = consonant or _MORAE[first].rstrip("aiɯɨeo")
        is_soft = consonant in ("t", "d", "ɸ") and vowel in ("i", "ɨ")
        is_round = consonant in ("k", "ɡ") and second in _SMALL_VOWELS
        return consonant + ("ʲ" if is_soft else "ᵝ" if is_round else "") + vowel, 2
    special = {"ん": "N", "っ": "ʔ", "ー": "ː"}
    return special.get(first) or _MORAE.get(first) or _SMALL_VOWELS.get(first) or _SIGNS.get(first, ""), 1


def _with_n_as_spoken(sounds: str) -> str:
    """ん takes the place of what follows: m before p, b, m; ŋ before k, g; ɲ before ch, j, ny; n before t, d, n, r, z; else ɴ."""
    for letter, following in (("m", "[mpb]"), ("ŋ", "[kɡ]"), ("ɲ", "[ɲʨʥ]"), ("n", "[ntdɾzʣʦ]")):
        sounds = re.sub(f"N(?={following})", letter, sounds)
    return sounds.replace("N", "ɴ")


def read_japanese(sentence: str, own: Sequence[Rule] = ()) -> tuple[Reading, ...]:
    """Cut a sentence into words; what is said for each is its reading in katakana, with は as ワ where it is a particle.

    What a rule of `own` or of the house (text/japanese.py) reads is said as the rule has it, in kana or in characters that are
    themselves read.
    """
    text = unicodedata.normalize("NFKC", sentence).strip()
    readings: list[Reading] = []
    place = 0
    for start, end, said in first_matches((*own, *RULES), text):
        readings += _read_stretch(text[place:start])
        readings.append(Reading(text[start:end].strip(), "".join(kana for _, kana in _words(said))))
        place = end
    return tuple(_signs_with_words([*readings, *_read_stretch(text[place:])]))


def _read_stretch(text: str) -> list[Reading]:
    if not text.strip():
        return []
    readings: list[Reading] = []
    place, waiting = 0, ""
    for word, said in _words(text):
        start = text.find(word, place)
        if start == place or (waiting and start > place and _stands_for_figures(text[place:start])):
            if waiting:
                readings.append(Reading(text[place:start].strip(), waiting))
            readings.append(Reading(word, said))
            place, waiting = start + len(word), ""
        else:
            waiting += said
    if waiting or text[place:]:
        readings.append(Reading(text[place:].strip(), waiting))
    return [one for one in readings if one.written]


def _stands_for_figures(gap: str) -> bool:
    """Whether a stretch of the text is what words that do not stand in it were said for, as 千 二 百 for 1,200."""
    return 0 < len(gap) <= _GAP_MAX and gap.strip()[:1].isascii()


def _signs_with_words(readings: list[Reading]) -> list[Reading]:
    """A comma is no word of its own: it stays with the word before it."""
    kept: list[Reading] = []
    for one in readings:
        if kept and all(unicodedata.category(sign) in ("Po", "Pe", "Pf", "Pd") for sign in one.written):
            kept[-1] = Reading(kept[-1].written + one.written, kept[-1].said + one.said)
        else:
            kept.append(one)
    return kept


def _words(text: str) -> list[tuple[str, str]]:
    """Each word as OpenJTalk cuts it, and its pronunciation."""
    analyse = _open_jtalk()
    with _LOADING:  # the analyser is one object with a state
        nodes = analyse(text, use_sudachi_kanji_yomi=False)
    return [(node["string"], node["string"] if node["pos"] == "記号" else re.sub("[’']", "", node["pron"])) for node in nodes]


@lru_cache(maxsize=1)
def _open_jtalk() -> Any:
    try:
        import pyopenjtalk
    except ImportError as missing:
        raise WeightsMissing(f"Japanese needs the package {missing.name}: run `make setup-voices`.") from missing
    return pyopenjtalk.run_frontend
