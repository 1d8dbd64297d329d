"""What a sentence feels like, read from its words, and how a face shows it: glad, excited, concerned, sorry, or none of these.

A few plain words decide, in English, Chinese and Japanese: the shop's own sentences are short and say what they mean. A wrong guess
costs a raised brow, so nothing here shouts: no feeling moves the lips away from what is being said.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from itertools import pairwise
from typing import Any, Final, Literal

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.score import CHANNEL_INDEX, RATE_HZ

_Floats = NDArray[np.floating[Any]]
Feeling = Literal["neutral", "glad", "concerned", "excited", "sorry"]
EASE_S: Final = 0.30  # every sentence starts and ends on the face of rest, so that sentences join in any order
SMILE_MAX: Final = 0.55  # wider, with an open mouth, is a grin
_ROUNDED_GIVES: Final = 0.6  # a smile pulls against rounded lips and gives way to them
_FROWN_GIVES: Final = 0.85  # so does a frown, which like them takes the portrait's smile back: twice would draw the corners down


@dataclass(frozen=True)
class Mood:
    """A feeling: `parts` of the face, the `smile` beside the one at rest, the head's `lean` (pitch, roll), how lively it moves."""

    name: str
    parts: Mapping[str, float] = field(default_factory=dict)
    smile: float = 0.0
    frown: float = 0.0
    lean: tuple[float, float] = (0.0, 0.0)
    liveliness: float = 1.0


NEUTRAL: Final = Mood("neutral")
GLAD: Final = Mood(
    "glad", {"cheekSquint": 0.34, "eyeSquint": 0.22, "browInnerUp": 0.06, "browOuterUp": 0.08}, 0.38, 0.0, (-0.004, 0.022), 1.15
)
EXCITED: Final = Mood(
    "excited", {"cheekSquint": 0.10, "eyeWide": 0.54, "browInnerUp": 0.60, "browOuterUp": 0.78}, 0.46, 0.0,
    (-0.030, 0.0), 1.9,
)  # fmt: skip
CONCERNED: Final = Mood("concerned", {"browInnerUp": 0.44, "browDown": 0.42, "eyeSquint": 0.14}, -0.10, 0.22, (0.016, 0.016), 0.8)
SORRY: Final = Mood("sorry", {"browInnerUp": 0.76, "browDown": 0.14, "cheekSquint": -0.06}, -0.12, 0.30, (0.030, 0.034), 0.6)
MOODS: Final[Mapping[str, Mood]] = {mood.name: mood for mood in (NEUTRAL, GLAD, EXCITED, CONCERNED, SORRY)}

_HARMLESS: Final = re.compile(r"\b(?:no problem|not a problem|no worr(?:y|ies)|don.?t worry|without delay)\b|不用担心|别担心|ご心配なく")
_WORDS: Final = (
    (SORRY, re.compile(
        r"\b(?:sorry|apolog\w+|unfortunately|regret|i(?:.m| am) afraid|sold out|my condolences|forgive)\b"
        r"|抱歉|对不起|對不起|不好意思|遗憾|遺憾|售罄|卖完了|申し訳|すみません|ごめん|残念|売り切れ")),
    (CONCERNED, re.compile(
        r"\b(?:worr(?:y|ied|ying)|concern(?:ed|ing)?|careful|problem|damag\w+|broken|delayed|missing|lost|allerg\w+|hurt|unsafe|danger\w*|warning)\b"
        r"|担心|小心|损坏|延误|丢失|过敏|危险|心配|気をつけて|壊れ|遅れ|アレルギー")),
    (EXCITED, re.compile(
        r"\b(?:amazing|wow|great news|congratulations|fantastic|incredible|hooray|you(?:.ve| have)? won|can.?t wait|awesome)\b"
        r"|太棒了|恭喜|好消息|真厉害|哇|すごい|おめでとう|やった")),
    (GLAD, re.compile(
        r"\b(?:glad|happy|lovely|welcome|thank|thanks|pleased|delighted|enjoy|wonderful|great"
        r"|perfect|hello|good (?:morning|afternoon|evening)|my favou?rite|love)\b"
        r"|高兴|高興|开心|欢迎|歡迎|谢谢|謝謝|你好|您好|喜欢|很棒|嬉しい|うれしい|ようこそ|ありがとう|こんにちは|楽しい|大好き")),
)  # fmt: skip
_NOT_FELT: Final = re.compile(r"\b(?:not|isn.?t|aren.?t|wasn.?t|never|no longer)\s+(?:\w+\s+)?$|不$|没$")


def mood_of(text: str) -> Mood:
    """What the sentence feels like. Bad news weighs more than a friendly word beside it; a glad exclamation is excited."""
    plain = _HARMLESS.sub(" ", text.casefold().replace("’", "'"))
    for mood, words in _WORDS:
        if any(not _NOT_FELT.search(plain[: found.start()]) for found in words.finditer(plain)):
            return EXCITED if mood is GLAD and _is_loud(plain) else mood
    return NEUTRAL


def _is_loud(plain: str) -> bool:
    return bool(re.search(r"[!！]", plain) and re.search(r"great|perfect|love|wonderful|太|大好き", plain))


def held_joints(moods: Sequence[str]) -> tuple[bool, ...]:
    """For each pair of neighbours whether both feel the same: then the face keeps it over the pause between them."""
    return tuple(one == other != NEUTRAL.name for one, other in pairwise(moods))


def eased(frames: int, held: tuple[bool, bool] = (False, False)) -> _Floats:
    """1 within a sentence, 0 at each end that is not `held`, float32 (frames,)."""
    times = np.arange(frames, dtype=np.float32) / RATE_HZ
    ends = [np.full(frames, np.inf, np.float32) if is_held else way for is_held, way in zip(held, (times, times[-1] - times), strict=True)]
    near = np.clip(np.minimum(*ends) / EASE_S, 0.0, 1.0)
    return np.asarray(near * near * (3.0 - 2.0 * near), np.float32)


def let_go(frames: int) -> _Floats:
    """1 as a sentence begins, 0 once what the face wore before is gone, float32 (frames,)."""
    return np.asarray(1.0 - eased(frames, (False, True)), np.float32)


def lean(mood: Mood, frames: int, side: float) -> _Floats:
    """How the head is held in that mood: pitch, yaw, roll in radians (frames, 3); `side` (1 or -1) says which way it tilts."""
    angles = np.array([mood.lean[0], 0.0, side * mood.lean[1]], np.float32)
    return np.asarray(eased(frames)[:, None] * angles, np.float32)


def feel(face: _Floats, mood: Mood, share: _Floats | None = None) -> None:
    """Lay a mood over a score's rows (frames, 57), in place; pauses within the sentence keep it, or sorrow would smile at each comma.

    `share` (frames,) says how much of it; without, it comes and goes with the rows.
    """
    share = eased(len(face)) if share is None else share
    for name, amount in mood.parts.items():
        for channel in _sides(name):
            face[:, channel] = np.clip(face[:, channel] + amount * share, 0.0, 1.0)
    rounded = np.clip(face[:, CHANNEL_INDEX["mouthPucker"]] + face[:, CHANNEL_INDEX["mouthFunnel"]], 0.0, 1.0)
    smile = mood.smile * share * (1.0 - _ROUNDED_GIVES * rounded)
    for channel in _sides("mouthSmile"):
        face[:, channel] = np.clip(face[:, channel] + smile, 0.0, SMILE_MAX)
    for channel in _sides("mouthFrown"):
        face[:, channel] = np.clip(face[:, channel] + mood.frown * share * (1.0 - _FROWN_GIVES * rounded), 0.0, 1.0)


def _sides(name: str) -> list[int]:
    return [CHANNEL_INDEX[one] for one in (name, f"{name}Left", f"{name}Right") if one in CHANNEL_INDEX]
