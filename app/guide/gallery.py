"""The gallery of the guide: every face of the catalogue introduces itself, on the page; without a script one hears it.

What each says is spoken once in a process and kept: eight short introductions are three megabytes. A reader of Chinese hears Chinese where
the further voices are installed, and else English, which the page says.
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
    "en": {
        "amara": "Hello, I am Amara. I would love to help people find a gift. Five ideas before the bus comes? Lovely, let us begin!",
        "tomas": "Good morning, I am Tomas. Measure twice, buy once. If a shelf will not fit your wall, I will tell you before you pay.",
        "mei": "Hello, I am Mei. Tell me what you move, what you mop and what you cook, and I will show you the one that lasts.",
        "ravi": "Hello, I am Ravi! I know every product on the shelf, from A to Z. Give me a problem, and I will find you a fix.",
        "ingrid": "Welcome, my name is Ingrid. I have stood behind a counter for a very long time. What may I put aside for you?",
        "walter": "Good afternoon, I am Walter. There is no hurry. Have a look about, and when you want my opinion, ask me for it.",
        "lucia": "Hello, I am Lucia! Have you seen what came in this week? I am so happy with the blue one. You should try it on!",
        "nadia": "Good evening, I am Nadia. Four questions, and I will know your size. I am sorry if I am brief: I am here to help.",
    },
    "zh": {
        "amara": "您好，我是 Amara，很乐意帮您挑一份礼物。公交车来之前要五个主意？太好了，我们开始吧！",
        "tomas": "早上好，我是 Tomas。量两次，买一次。架子要是装不上您的墙，付款之前我就会告诉您。",
        "mei": "您好，我是 Mei。告诉我您搬什么、拖什么、煮什么，我给您看最耐用的那一件。",
        "ravi": "您好，我是 Ravi！货架上的每一件商品我都认识。把难题交给我，我来找办法。",
        "ingrid": "欢迎光临，我叫 Ingrid。我在柜台后面站了很多很多年。今天为您留点什么？",
        "walter": "下午好，我是 Walter。不用着急。您慢慢看，想听听我的意见时，叫我一声就好。",
        "lucia": "您好，我是 Lucia！这周到的新货您看了吗？那件蓝色的我太喜欢了，您应该试试！",
        "nadia": "晚上好，我是 Nadia。四个问题，我就知道您的尺码。话说得短，请别见怪：我是来帮忙的。",
    },
}
WORDS: Final = {
    "en": {
        "play": "Let {name} speak",
        "stop": "Stop",
        "age": "looks {years}",
        "failed": "The living face cannot be shown here. You can still listen.",
        "own": "",
        "else": "",
    },
    "zh": {
        "play": "听听 {name} 说话",
        "stop": "停止",
        "age": "看上去 {years} 岁",
        "failed": "这里无法显示会动的面孔，但仍可以收听。",
        "own": "中文声音：{voice}",
        "else": "这台机器没有安装中文声音（make setup-voices），所以自我介绍用英语说出。",
    },
}
"""`own`: who speaks, where that is the language's own voice; `else`: what is said where none is installed."""


@dataclass(frozen=True)
class Introduction:
    """What a face says of itself, ready to be sent: the sound of each sentence as WAV, and what the player needs."""

    sounds: tuple[bytes, ...]
    scores: dict[str, Any]


def face_of(face_id: str) -> CatalogueFace | None:
    """The catalogue's face of that id."""
    return next((one for one in faces() if one.face_id == face_id), None)


def speaker(entry: CatalogueFace, language: str) -> Voice:
    """The voice in which it introduces itself to readers of a language: the language's own where it is installed, else its English one."""
    return Voice(entry.voice_name).for_language(language)


def introduction(entry: CatalogueFace, language: str) -> Introduction:
    """Its introduction for readers of a language; takes half a second the first time, some seconds where a further voice speaks."""
    with _speaking:
        return _introduced(entry.face_id, speaker(entry, language))


_speaking = Lock()  # two readers at once must not make the same sound twice


@cache
def _introduced(face_id: str, voice: Voice) -> Introduction:
    spoken: list[SpokenSentence] = list(speak(INTRODUCTIONS[voice.language][face_id], voice, seed=SEED))
    scores = {"idle": idle(SEED).to_json(), "sentences": [{"seconds": one.duration_s, "score": one.score.to_json()} for one in spoken]}
    return Introduction(tuple(one.to_wav_bytes() for one in spoken), scores)


def draw_gallery(language: str) -> str:
    """The figures of all faces as HTML, in the page's language."""
    words = WORDS[language]
    with speaking(language):
        figures = "".join(_figure(entry, language) for entry in faces())
    is_told = words["else"] and any(speaker(entry, language).language != language for entry in faces())
    told = f'<p class="gallery-told">{escape(words["else"])}</p>\n' if is_told else ""
    return f'{told}<div class="gallery" data-gallery data-language="{language}" data-failed="{escape(words["failed"])}">{figures}</div>\n'


def _figure(entry: CatalogueFace, language: str) -> Markup:
    address, words, voice = f"/guide/faces/{entry.face_id}", WORDS[language], speaker(entry, language)
    play, age = words["play"].format(name=entry.display_name), words["age"].format(years=entry.age_years)
    own = words["own"].format(voice=voice.name.capitalize()) if voice.language == language else ""
    return Markup(
        '<figure class="talker" data-face="{id}"><div class="talker-stage">'
        '<img src="{address}.webp" alt="" width="512" height="512" loading="lazy">'
        '<button class="talker-play needs-script" type="button" aria-pressed="false" '
        'data-play="{play}" data-stop="{stop}">{play}</button></div>'
        '<figcaption><strong>{name}</strong> <span class="talker-age">{age}</span><span class="talker-words">{portrait}</span>'
        '<q lang="{spoken}">{text}</q>{own}</figcaption><noscript>{sounds}</noscript></figure>'
    ).format(
        id=entry.face_id, address=address, play=play, stop=words["stop"], name=entry.display_name, age=age, portrait=said(entry.portrait),
        spoken=voice.language, text=INTRODUCTIONS[voice.language][entry.face_id],
        own=Markup('<span class="talker-age">{}</span>').format(own) if own else "",
        sounds=Markup('<audio controls preload="none" src="{}/{}/0.wav"></audio>').format(address, language),
    )  # fmt: skip
