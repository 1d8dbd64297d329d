"""A film in scenes: walls, cards, captions and music around the same person who talks in the shop.

Made take by take, and every take is kept: after a change only the touched takes are made again, a stopped film goes on where it was,
and a film for each of a thousand names makes only the sentences that differ.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

from avatar_pipeline.catalogue import FilmableFace
from avatar_pipeline.face import Rig, load_rig
from avatar_pipeline.scenes.captions import Caption, captions_of, sub_rip, web_vtt
from avatar_pipeline.scenes.errors import MusicUnreadable, PictureUnreadable, ScriptUnreadable, ShootCancelled
from avatar_pipeline.scenes.fill_script import concepts_in, fill_script, known_name, names_in
from avatar_pipeline.scenes.join import join
from avatar_pipeline.scenes.kept_takes import KeptTake, TakeStore
from avatar_pipeline.scenes.mouth import Mouth, WornMouth
from avatar_pipeline.scenes.painter import Bytes, ScenePainter
from avatar_pipeline.scenes.plan import Cast, Clock, PlannedTake, fingerprint, plan_takes
from avatar_pipeline.scenes.poster import write_poster
from avatar_pipeline.scenes.read_script import read_script
from avatar_pipeline.scenes.script import CouponCard, Look, Motion, Music, NameStrap, ProductCard, Scene, Script, Wall
from avatar_pipeline.scenes.sentences import said_sentences, unsaid_in_english
from avatar_pipeline.scenes.take import FRAMES_PER_SECOND, act, unsaid_in
from avatar_pipeline.trust.mark import Mark
from avatar_pipeline.trust.papers import FilmPapers
from avatar_pipeline.voice import Voice

__all__ = [
    "CouponCard", "FilmPapers", "Look", "Motion", "Mouth", "Music", "MusicUnreadable", "NameStrap", "PictureUnreadable", "ProductCard",
    "Scene", "Script", "ScriptUnreadable", "Shoot", "ShootCancelled", "Shot", "ShotTake", "TakeStore", "Wall", "concepts_in",
    "fill_script", "known_name", "names_in", "read_script", "said_sentences", "shoot", "unsaid_in_english", "untouched", "write_poster",
]  # fmt: skip


@dataclass(frozen=True)
class ShotTake:
    """One sentence in the finished film. `sha256` is of its pictures as they lie in the file; `was_kept` says it was made before.

    `key` is the fingerprint of all that decided how it looks and sounds; `mouth` names the engine among that, "" for the rig.
    """

    text: str
    scene_number: int
    start_s: float
    duration_s: float
    sha256: str
    was_kept: bool
    key: str = ""
    mouth: str = ""


@dataclass(frozen=True)
class Shot:
    """A film that lies finished on disk, with its captions (.vtt and .srt) and its poster (.jpg) beside it."""

    path: Path
    duration_s: float
    size: tuple[int, int]
    takes: tuple[ShotTake, ...]
    captions: tuple[Caption, ...]


@dataclass(frozen=True)
class Shoot:
    """Where takes are kept, the film's papers, who is told how far it is (0..1), who may stop it (asked once a second of film).

    The id in the papers is the work's: its versions, and the films made of it for each row of a table, carry the same mark and so
    share their takes. Another id makes every take anew.
    """

    store: TakeStore
    papers: FilmPapers
    progress: Callable[[float], None] = lambda _: None
    is_cancelled: Callable[[], bool] = lambda: False
    mouth: Mouth | None = None
    """Draws the mouth in the rig's place."""
    voiced: Callable[[int], None] = lambda _: None
    """Told how many characters were voiced anew; a kept take costs none."""


def shoot(script: Script, face: FilmableFace, voice: Voice, out_path: Path, how: Shoot) -> Shot:
    """Make the film of a script (MP4, H.264 + AAC, 25 pictures a second, labelled as made by AI).

    Nothing appears under `out_path` until the film is whole. Raises ScriptUnreadable, PictureUnreadable, MusicUnreadable,
    ShootCancelled (finished takes stay kept), FilmNotWritten, RigUnreadable and what `speak` raises.
    """
    mouth = how.mouth.name_on(face.film_rig_path) if how.mouth else ""
    made = list(_takes(plan_takes(script), script, Cast(face, voice, how.papers.film_id, mouth), how))
    if not made:
        raise ScriptUnreadable("The script holds nothing that can be said aloud. Write at least one word in one scene.")
    joined = join([kept for _, kept, _ in made], out_path, script.music, how.papers)
    shot, captions, frames = [], [], 0
    for (take, kept, was_kept), sha256 in zip(made, joined.sha256s, strict=True):
        start_s, duration_s = frames / FRAMES_PER_SECOND, kept.frames / FRAMES_PER_SECOND
        shot.append(ShotTake(take.text, take.scene_number, start_s, duration_s, sha256, was_kept, kept.key, mouth))
        captions += [one.later(start_s) for one in captions_of(kept.words, script.look.shape, duration_s)]
        frames += kept.frames
    out_path.with_suffix(".vtt").write_text(web_vtt(captions), encoding="utf-8")
    out_path.with_suffix(".srt").write_text(sub_rip(captions), encoding="utf-8")
    write_poster(out_path)
    return Shot(out_path, joined.frames / FRAMES_PER_SECOND, script.look.size, tuple(shot), tuple(captions))


def untouched(before: Shot, after: Shot) -> list[tuple[ShotTake, ShotTake]]:
    """The takes that two versions of a film share byte for byte, paired."""
    known = {take.sha256: take for take in before.takes}
    return [(known[take.sha256], take) for take in after.takes if take.sha256 in known]


def _takes(plan: Sequence[PlannedTake], script: Script, cast: Cast, how: Shoot) -> Iterator[tuple[PlannedTake, KeptTake, bool]]:
    rig: Rig | None = None
    worn: WornMouth | None = None
    painters: dict[int, ScenePainter] = {}
    film_s, scene_s, letters, total = 0.0, 0.0, 0, sum(len(take.text) for take in plan)
    for take in plan:
        if how.is_cancelled():
            raise ShootCancelled("The film was stopped. What is finished is kept; start it again and it goes on from there.")
        clock = Clock(film_s, 0.0 if take.is_first else scene_s)
        key = fingerprint(take, script, cast, clock)
        kept, was_kept = how.store.find(key), True
        if kept is None:
            acted, was_kept = act(take.text, cast.voice, seed=script.seed, pauses=take.pauses, manner=take.manner), False
            if acted is None:
                continue
            if unsaid := unsaid_in(acted, take.text):
                raise ScriptUnreadable(
                    f"The voice cannot say “{unsaid}” in an English sentence. Write it in Latin letters, or say how it is said."
                )
            how.voiced(len(take.text))
            rig = rig or load_rig(cast.face.film_rig_path)
            worn = worn or (how.mouth.on(cast.face.film_rig_path) if how.mouth else None)
            if take.scene_number not in painters:
                painters = {take.scene_number: ScenePainter(rig, script.look, take.scene)}
            told = _Told(how, letters, len(take.text), total, acted.frames)
            mark = Mark(cast.mark_id)
            pictures = told.on(painters[take.scene_number].paint(take, acted, clock, worn, mark))
            kept = how.store.keep(key, acted, pictures, mark)
        duration_s = kept.frames / FRAMES_PER_SECOND
        film_s, scene_s, letters = film_s + duration_s, clock.scene_s + duration_s, letters + len(take.text)
        how.progress(letters / total)
        yield take, kept, was_kept


@dataclass(frozen=True)
class _Told:
    """Tells how far a take is while its pictures pass by, and stops it when that is wished."""

    how: Shoot
    letters_before: int
    letters: int
    total: int
    frames: int

    def on(self, pictures: Iterator[Bytes]) -> Iterator[Bytes]:
        for number, picture in enumerate(pictures):
            if number % FRAMES_PER_SECOND == 0:
                if self.how.is_cancelled():
                    raise ShootCancelled("The film was stopped. What is finished is kept; start it again and it goes on from there.")
                self.how.progress((self.letters_before + self.letters * number / self.frames) / self.total)
            yield picture
