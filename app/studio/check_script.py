"""Reads a film's script before it is kept: everything a person can mend is told at once, each fault beside the field it belongs to."""

import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, Final
from unicodedata import bidirectional, name, normalize
from urllib.parse import urlsplit

from avatar_pipeline.shoot import ScriptUnreadable, fill_script, names_in, read_script, said_sentences

SCENES_MAX: Final = 40
SCENE_LETTERS_MAX: Final = 2_000
FILM_LETTERS_MAX: Final = 12_000  # about fourteen minutes of speech
LINK_LENGTH_MAX: Final = 300
FILM_LINK: Final = "film:link"
"""Stands in a coupon for the film's own tracked link, until the film is kept."""
LENGTHS: Final[Mapping[str, int]] = {
    "strap_name": 40, "strap_title": 60, "product_title": 60, "product_price": 30, "product_note": 100,
    "coupon_code": 24, "coupon_title": 60, "coupon_terms": 100,
}  # fmt: skip
"""How many letters the places in a picture hold."""
SAID_SCRIPTS: Final = ("LATIN", "CJK", "HIRAGANA", "KATAKANA", "IDEOGRAPHIC", "MODIFIER", "FEMININE", "MASCULINE", "MICRO")
RIGHT_TO_LEFT: Final = ("R", "AL")
UNSAID_SHOWN_MAX: Final = 20
_NAME: Final = re.compile(r"\{[\w -]{1,30}\}")
_BRACES: Final = re.compile(r"[{}]")
BRACES: Final = "Braces stand around the name of a table's column, as in {name}: letters, digits and spaces, at most 30."


def faults_of(document: Mapping[str, Any]) -> dict[str, str]:
    """The faults of a script by place: "scenes", or the number of a scene and its field, as "2 text". Empty when it can be shot."""
    scenes = document.get("scenes") or []
    faults = dict(_faults_of_film(scenes))
    for number, scene in enumerate(scenes):
        faults |= {f"{number} {field}": sentence for field, sentence in _faults_of_scene(scene)}
    return faults or dict(_unread(document))


def _faults_of_film(scenes: list[Mapping[str, Any]]) -> Iterator[tuple[str, str]]:
    letters = sum(len(scene.get("text", "")) for scene in scenes)
    if not scenes:
        yield "scenes", "A film has at least one scene."
    if len(scenes) > SCENES_MAX:
        yield "scenes", f"A film has at most {SCENES_MAX} scenes. Make two films of it."
    if letters > FILM_LETTERS_MAX:
        yield "scenes", f"A film has at most {FILM_LETTERS_MAX:,} letters to say; this one has {letters:,}. Make two films of it."


def _faults_of_scene(scene: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    said = scene.get("text", "")
    if not any(letter.isalnum() for letter in said):
        yield "text", "Write what is said in this scene: at least one word."
    elif unsaid := _unsaid(said):
        yield "text", f"Employees speak English, Chinese and Japanese. They cannot say “{unsaid}”: write it in letters of these."
    elif len(said) > SCENE_LETTERS_MAX:
        yield "text", f"A scene has at most {SCENE_LETTERS_MAX:,} letters; this one has {len(said):,}. Make two scenes of it."
    elif _BRACES.search(_NAME.sub("", said)):
        yield "text", BRACES
    if gesture := scene.get("gesture"):
        yield from _faults_of_gesture(gesture, said)
    for part, needed in (("strap", "name"), ("product", "title"), ("coupon", "title"), ("coupon", "code")):
        held = scene.get(part)
        if held is not None and not held.get(needed) and not held.get("offer"):
            yield f"{part}_{needed}", "Fill this in, or take the strap away." if part == "strap" else "Fill this in, or take the card away."
    for part in ("strap", "product", "coupon"):
        for own, words in (scene.get(part) or {}).items():
            yield from _faults_of_words(f"{part}_{own}", words)


def _faults_of_gesture(gesture: Mapping[str, Any], said: str) -> Iterator[tuple[str, str]]:
    """A gesture belongs to a sentence that is there; a name in braces may bring more sentences, and none fewer."""
    wanted = gesture.get("sentence", 1)
    if isinstance(wanted, int) and wanted > max(len(said_sentences(said)), 1):
        yield "gesture_sentence", f"This scene has no sentence number {wanted}. Choose one that is said in it, or the last one."


def _faults_of_words(place: str, words: str) -> Iterator[tuple[str, str]]:
    most = LENGTHS.get(place)
    if most is not None and any(bidirectional(letter) in RIGHT_TO_LEFT for letter in words):
        yield place, "Letters that are written from right to left cannot be drawn yet."
    elif most is not None and len(words) > most:
        yield place, f"There is room for {most} letters; these are {len(words)}."
    elif _BRACES.search(_NAME.sub("", words)):
        yield place, BRACES
    elif place == "coupon_link" and words not in ("", FILM_LINK) and not is_web_address(words):
        yield place, "Write a web address that starts with https:// and has at most 300 letters."


def _unsaid(words: str) -> str:
    """The first word in letters that no voice of the house reads; "" when there is none."""
    for word in words.split():
        if any(letter.isalpha() and not name(letter, "LATIN").startswith(SAID_SCRIPTS) for letter in normalize("NFKC", word)):
            return word[:UNSAID_SHOWN_MAX]
    return ""


def is_web_address(words: str) -> bool:
    """Whether a telephone could open it."""
    try:
        parts = urlsplit(words)
    except ValueError:
        return False
    is_web = parts.scheme in {"http", "https"} and bool(parts.hostname)
    return is_web and len(words) <= LINK_LENGTH_MAX and words.isprintable() and " " not in words


def _unread(document: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    """What the theatre itself would refuse, scene by scene."""
    for number, scene in enumerate(document["scenes"]):
        try:
            read_script(_with_samples(dict(document) | {"scenes": [scene]}), Path())
        except ScriptUnreadable as error:
            yield f"{number} text", str(error)


def _with_samples(document: Mapping[str, Any]) -> dict[str, Any]:
    """The script with each column's own name in its place, so that it can be read before there is a table."""
    return fill_script(document, {name: name for name in names_in(document)})
