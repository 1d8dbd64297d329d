"""The gallery of the guide: every face of the catalogue introduces itself, on the page; without a script one hears it.

What each says is spoken once in a process and kept: eight short introductions are three megabytes.
"""

from dataclasses import dataclass
from functools import cache
from threading import Lock
from typing import Any, Final

from markupsafe import Markup, escape

from app.dashboard.language import said, speaking
from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.speak import SpokenSentence, idle, speak
from avatar_pipeline.voice import Voice

SEED: Final = 7
INTRODUCTIONS: Final = {
    "amara": "Hello, I am Amara. I would love to help people find a gift. Five ideas before the bus comes? Lovely, let us begin!",
    "tomas": "Good morning, I am Tomas. Measure twice, buy once. If a shelf will not fit your wall, I will tell you before you pay.",
    "mei": "Hello, I am Mei. Tell me what you move, what you mop and what you cook, and I will show you the one that lasts.",
    "ravi": "Hello, I am Ravi! I know every product on the shelf, from A to Z. Give me a problem, and I will find you a fix.",
    "ingrid": "Welcome, my name is Ingrid. I have stood behind a counter for a very long time. What may I put aside for you?",
    "walter": "Good afternoon, I am Walter. There is no hurry. Have a look about, and when you want my opinion, ask me for it.",
    "lucia": "Hello, I am Lucia! Have you seen what came in this week? I am so happy with the blue one. You should try it on!",
    "nadia": "Good evening, I am Nadia. Four questions, and I will know your size. I am sorry if I am brief: I am here to help.",
}
WORDS: Final = {
    "en": {
        "play": "Let {name} speak",
        "stop": "Stop",
        "age": "looks {years}",
        "failed": "The living face cannot be shown here. You can still listen.",
    },
    "zh": {"play": "听听 {name} 说话", "stop": "停止", "age": "看上去 {years} 岁", "failed": "这里无法显示会动的面孔，但仍可以收听。"},
}


@dataclass(frozen=True)
class Introduction:
    """What a face says of itself, ready to be sent: the sound of each sentence as WAV, and what the player needs."""

    sounds: tuple[bytes, ...]
    scores: dict[str, Any]


def face_of(face_id: str) -> CatalogueFace | None:
    """The catalogue's face of that id."""
    return next((one for one in faces() if one.face_id == face_id), None)


def introduction(entry: CatalogueFace) -> Introduction:
    """Its introduction; takes half a second the first time."""
    with _speaking:
        return _introduced(entry.face_id, entry.voice_name)


_speaking = Lock()  # two readers at once must not make the same sound twice


@cache
def _introduced(face_id: str, voice_name: str) -> Introduction:
    spoken: list[SpokenSentence] = list(speak(INTRODUCTIONS[face_id], Voice(voice_name), seed=SEED))
    scores = {"idle": idle(SEED).to_json(), "sentences": [{"seconds": one.duration_s, "score": one.score.to_json()} for one in spoken]}
    return Introduction(tuple(one.to_wav_bytes() for one in spoken), scores)


def draw_gallery(language: str) -> str:
    """The figures of all faces as HTML, in the page's language."""
    with speaking(language):
        figures = "".join(_figure(entry, WORDS[language]) for entry in faces())
    return f'<div class="gallery" data-gallery data-failed="{escape(WORDS[language]["failed"])}">{figures}</div>\n'


def _figure(entry: CatalogueFace, words: dict[str, str]) -> Markup:
    address = f"/guide/faces/{entry.face_id}"
    play, age = words["play"].format(name=entry.display_name), words["age"].format(years=entry.age_years)
    return Markup(
        '<figure class="talker" data-face="{id}"><div class="talker-stage">'
        '<img src="{address}.webp" alt="" width="512" height="512" loading="lazy">'
        '<button class="talker-play needs-script" type="button" aria-pressed="false" '
        'data-play="{play}" data-stop="{stop}">{play}</button></div>'
        '<figcaption><strong>{name}</strong> <span class="talker-age">{age}</span><span class="talker-words">{portrait}</span>'
        '<q lang="en">{text}</q></figcaption><noscript>{sounds}</noscript></figure>'
    ).format(
        id=entry.face_id, address=address, play=play, stop=words["stop"], name=entry.display_name, age=age, portrait=said(entry.portrait),
        text=INTRODUCTIONS[entry.face_id], sounds=Markup('<audio controls preload="none" src="{}/0.wav"></audio>').format(address),
    )  # fmt: skip
