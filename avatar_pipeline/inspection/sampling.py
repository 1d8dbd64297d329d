"""Which sentences of a film are watched and which are only heard: whole ones, from all over the film, never more than a fixed length.

Sentences begin and end with the face at rest, so those that were chosen are laid end to end and measured as one.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final

import numpy as np

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.inspection.align_words import SILENCE, HeardPhone, NotAligned, align_words
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, Floats, Shown, pictures_of
from avatar_pipeline.inspection.watch_face import FaceTrack, watch_face
from avatar_pipeline.text.own_sayings import OwnSaying, rules_of
from avatar_pipeline.text.reading import clean_text, read_sentence

WATCHED_S_MAX: Final = 16.0
HEARD_S_MAX: Final = 60.0
SPOKEN_SHARE: Final = 0.25
"""Of the loud parts' level: louder is speech. The music bed, which steps back before it, was at 0.2 where it was loudest."""
SPOKEN_REACH: Final = 8  # steps on both sides of what is loud: soft consonants stand there
SPEECH: Final = "+SPEECH+"
"""A stretch that the aligner took for silence and in which something is heard; what it is, nobody knows."""
_STEP_S: Final = 0.01


@dataclass(frozen=True)
class Part:
    """One sentence as the shop wrote it, where in the film it is said, in seconds, and how the shop says its own names."""

    text: str
    start_s: float
    end_s: float
    own_sayings: tuple[OwnSaying, ...] = ()

    @property
    def said(self) -> str:
        """The words as they are said: "$4.50" is four dollars and fifty cents."""
        return self.as_said(self.text)

    def as_said(self, text: str) -> str:
        """Any words by the same rules as its own: what a recogniser wrote down is read like what the shop wrote."""
        return " ".join(reading.said for reading in read_sentence(clean_text(text), rules_of(self.own_sayings)))

    @property
    def is_english(self) -> bool:
        """Whether it is written in letters the aligner's dictionary has: most of them are Latin."""
        letters = [letter for letter in self.text if letter.isalpha()]
        return 2 * sum(letter.isascii() for letter in letters) > len(letters)

    def sound(self, whole: Floats) -> Floats:
        """Its own stretch of the film's mono sound at 16 kHz."""
        return whole.reshape(-1)[round(self.start_s * LISTEN_HZ) : round(self.end_s * LISTEN_HZ)]


@dataclass(frozen=True)
class Sampled:
    """Lips seen and sounds heard in the chosen sentences, on one clock that leaves out what lies between them."""

    track: FaceTrack
    phones: tuple[HeardPhone, ...]


def heard_parts(parts: Sequence[Part]) -> list[Part]:
    """The sentences to listen to."""
    return chosen(parts, HEARD_S_MAX)


def chosen(parts: Sequence[Part], seconds_max: float) -> list[Part]:
    """Sentences from all over the film that together last no longer than `seconds_max`; always at least one."""
    sequence = [parts[index] for index in _spread(len(parts))]
    kept: list[Part] = []
    for part in sequence:
        if not kept or sum(one.end_s - one.start_s for one in kept) + part.end_s - part.start_s <= seconds_max:
            kept.append(part)
    return sorted(kept, key=lambda part: part.start_s)


def sample_of(path: Path, sound: Floats, parts: Sequence[Part], finder: FaceFinder) -> Sampled | None:
    """Watch some sentences. None when no words could be laid over any of them."""
    tracks, phones, clock_s = [], [], 0.0
    for part in chosen(parts, WATCHED_S_MAX):
        try:
            heard = align_words(part.sound(sound), part.said).phones
        except NotAligned:
            continue
        length_s = part.end_s - part.start_s
        pictures = (
            Shown(one.number, one.time_s - part.start_s + clock_s, one.pixels) for one in pictures_of(path, [(part.start_s, part.end_s)])
        )
        tracks.append(watch_face(pictures, finder))
        heard = silent_where_quiet(heard, part.sound(sound))
        phones += [HeardPhone(one.name, one.start_s + clock_s, min(one.end_s, length_s) + clock_s) for one in heard]
        clock_s += length_s
    if not tracks:
        return None
    times, aperture = np.concatenate([one.times_s for one in tracks]), np.concatenate([one.aperture for one in tracks])
    lids, boxes = np.concatenate([one.lids for one in tracks]), tuple(box for one in tracks for box in one.boxes)
    return Sampled(FaceTrack(times, aperture, lids, boxes), tuple(phones))


def silent_where_quiet(phones: Sequence[HeardPhone], sound: Floats) -> tuple[HeardPhone, ...]:
    """Silences parted at where the sound (mono, 16 kHz) is loud: of a sentence of one word the aligner takes half for silence."""
    step = round(_STEP_S * LISTEN_HZ)
    frames = sound[: sound.size // step * step].reshape(-1, step)
    level = np.sqrt(np.square(frames).mean(axis=1)) if frames.size else np.zeros(1, np.float32)
    is_loud = level > SPOKEN_SHARE * float(np.percentile(level, 95))
    is_quiet = np.convolve(is_loud, np.ones(2 * SPOKEN_REACH + 1), "same") < 0.5
    found: list[HeardPhone] = []
    for phone in phones:
        within = is_quiet[round(phone.start_s / _STEP_S) : round(phone.end_s / _STEP_S)]
        if phone.name != SILENCE or within.all():
            found.append(phone)
            continue
        edges = [0, *(np.flatnonzero(np.diff(within)) + 1).tolist(), len(within)]
        times = [phone.start_s, *(phone.start_s + edge * _STEP_S for edge in edges[1:-1]), phone.end_s]
        found += [HeardPhone(SILENCE if within[at] else SPEECH, *span) for at, *span in zip(edges, times, times[1:], strict=False)]
    return tuple(found)


def _later(pictures: Iterator[Shown], seconds: float) -> Iterator[Shown]:
    for one in pictures:
        yield Shown(one.number, one.time_s + seconds, one.pixels)


def _spread(count: int) -> list[int]:
    """All numbers below `count`: the first, the last, the middle, then what halves the gaps."""
    found = dict.fromkeys([0, count - 1])
    parts = 2
    while len(found) < count:
        found.update(dict.fromkeys(round((count - 1) * step / parts) for step in range(parts + 1)))
        parts *= 2
    return list(found)
