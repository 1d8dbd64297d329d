"""What a film of a face really shows: measured on its decoded pictures and its decoded sound, with nothing told about how it was made.

The lips are found again by the landmark model, the sounds by forced alignment of what is heard with what was to be said.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from face_films import TEXT, background_change, film_of, with_sound_later

from avatar_pipeline.casting.find_face import FaceFinder
from avatar_pipeline.catalogue import FilmableFace
from avatar_pipeline.inspection.align_words import HeardPhone, align_words
from avatar_pipeline.inspection.film_tracks import LISTEN_HZ, pictures_of, sound_of
from avatar_pipeline.inspection.lip_measures import (
    av_offset,
    blinks,
    closures,
    lip_range,
    openness_rank,
    quiet_spans,
    silence_motion_percent,
)
from avatar_pipeline.inspection.watch_face import FaceTrack, watch_face
from avatar_pipeline.speak import SpokenSentence

PICTURES_A_SECOND = 25
PLANTED_PICTURES = 3


@dataclass(frozen=True)
class Truth:
    """The figures of one face. `late_frames`: how late the lips are; `planted_frames`: how much earlier they seem once the sound moved."""

    late_frames: float
    closed: int
    closures: int
    openness: float
    silence_percent: float
    blinks_per_minute: float
    background: int
    planted_frames: float
    range_percent: float

    @property
    def recall(self) -> float:
        """The share of p, b and m whose lips were shut."""
        return self.closed / self.closures


def truth_of(one: FilmableFace, sentences: list[SpokenSentence], folder: Path) -> Truth:
    """Make the films of one face and measure them."""
    film = film_of(one, sentences, folder / "film.mp4")
    still = film_of(one, sentences, folder / "locked.mp4", mouth_locked=True)
    phones, finder = heard_in(film), FaceFinder()
    track = watch_face(pictures_of(film), finder)
    moved = heard_in(with_sound_later(film, folder / "moved.mp4", PLANTED_PICTURES))
    late, shut = av_offset(track, phones).late_s, closures(track, phones)
    return Truth(
        late_frames=late * PICTURES_A_SECOND,
        closed=shut[0],
        closures=shut[1],
        openness=openness_rank(track, phones),
        silence_percent=silence_motion_percent(track, phones, _in_silence(still, phones, track, finder)),
        blinks_per_minute=blinks(track) / (float(track.times_s[-1]) / 60),
        background=background_change(one, sentences),
        planted_frames=(late - av_offset(track, moved).late_s) * PICTURES_A_SECOND,
        range_percent=lip_range(track, phones).span,
    )


def heard_in(film: Path) -> Sequence[HeardPhone]:
    """The sounds of the text, where they are heard."""
    return align_words(sound_of(film, LISTEN_HZ, 1), TEXT).phones


def _in_silence(film: Path, phones: Sequence[HeardPhone], track: FaceTrack, finder: FaceFinder) -> FaceTrack:
    """The locked film, looked at only where nothing is said, through the same windows."""
    windows = {round(time_s * PICTURES_A_SECOND): box for time_s, box in zip(track.times_s.tolist(), track.boxes, strict=True) if box}
    return watch_face(pictures_of(film, quiet_spans(phones)), finder, windows)
