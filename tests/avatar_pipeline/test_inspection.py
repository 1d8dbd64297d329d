"""A film inspected as a stranger would: from its file alone. Each fault is planted in a real film, and only that fault is found."""

from dataclasses import dataclass, replace
from fractions import Fraction
from pathlib import Path

import av
import numpy as np
import pytest

from avatar_pipeline.catalogue import face, faces
from avatar_pipeline.film import LEAD_IN_S, write_film
from avatar_pipeline.inspect_film import ALIKE_MIN, Check, FilmUnwatchable, Matter, Outcome, Part, Wanted, inspect_film
from avatar_pipeline.inspection.align_words import SILENCE, HeardPhone
from avatar_pipeline.inspection.likeness_print import nearest
from avatar_pipeline.inspection.lip_measures import av_offset, blinks, closures, openness_rank, silence_motion_percent, spoken_s
from avatar_pipeline.inspection.loudness import loudness_of
from avatar_pipeline.inspection.sampling import SPEECH, chosen, silent_where_quiet
from avatar_pipeline.inspection.watch_face import FaceTrack
from avatar_pipeline.provenance import FilmPapers
from avatar_pipeline.score import CHANNEL_INDEX, MotionScore
from avatar_pipeline.speak import idle, speak
from avatar_pipeline.voice import Voice

TEXT = "Maybe you both want a bigger map of the park by the pump."
MARK = 0x5EED5EED5EED


def test_what_is_loud_is_no_silence_whatever_the_aligner_says() -> None:
    """Of a take of one word the aligner took the word for silence, and lips that said it for lips that move in silence."""
    rng = np.random.default_rng(1)
    bed, speech = rng.normal(0, 0.02, 16_000).astype(np.float32), rng.normal(0, 0.2, 16_000).astype(np.float32)
    sound = np.concatenate([bed, speech, bed])
    found = silent_where_quiet([HeardPhone(SILENCE, 0.0, 2.0), HeardPhone("AH", 2.0, 2.5), HeardPhone(SILENCE, 2.5, 3.0)], sound)
    assert [one.name for one in found] == [SILENCE, SPEECH, "AH", SILENCE]
    assert [one.start_s for one in found] == pytest.approx([0.0, 0.92, 2.0, 2.5], abs=0.011)
    assert found[-1].end_s == 3.0


@dataclass(frozen=True)
class Made:
    """A film on disk and what it should be."""

    path: Path
    wanted: Wanted


@pytest.fixture(scope="module")
def made(tmp_path_factory: pytest.TempPathFactory) -> Made:
    spoken = list(speak(TEXT, Voice(), seed=3))
    path = tmp_path_factory.mktemp("film") / "film.mp4"
    write_film(spoken, face=face("amara"), out_path=path, size_px=320, idle_score=idle(3), papers=FilmPapers(MARK, "Test", "wrk_1"))
    end_s = LEAD_IN_S + sum(one.duration_s for one in spoken)
    return Made(path, Wanted([Part(TEXT, 0.0, end_s + 0.4)], MARK, "amara"))


def outcomes(checks: tuple[Check, ...]) -> dict[Matter, Outcome]:
    return {one.matter: one.outcome for one in checks}


def with_late_sound(film: Path, out: Path, pictures: int) -> Path:
    """The same packets, the sound's so many pictures later."""
    with av.open(str(film)) as source, av.open(str(out), "w", format="mp4", options={"movflags": "use_metadata_tags"}) as target:
        target.metadata.update(source.metadata)
        streams = {one.index: target.add_stream_from_template(one) for one in (*source.streams.video, *source.streams.audio)}
        for packet in source.demux():
            if packet.dts is not None:
                shift = int(Fraction(pictures, 25) / packet.time_base) if packet.stream.type == "audio" else 0
                packet.pts, packet.dts, packet.stream = packet.pts + shift, packet.dts + shift, streams[packet.stream.index]
                target.mux(packet)
    return out


def test_a_film_as_it_was_made_passes(made: Made) -> None:
    checks = inspect_film(made.path, made.wanted)
    assert Outcome.FAILED not in outcomes(checks).values(), checks
    passed = {matter for matter, outcome in outcomes(checks).items() if outcome is Outcome.PASSED}
    assert {Matter.SYNC, Matter.WORDS, Matter.LOUDNESS, Matter.LABEL, Matter.ORIGINALITY} <= passed
    figures = {one.matter: one.figures for one in checks}
    assert figures[Matter.ORIGINALITY]["nearest"] in {one.face_id for one in faces()} - {"amara"}, "the nearest other one, not their own"
    assert float(figures[Matter.ORIGINALITY]["alike"]) < ALIKE_MIN
    assert abs(float(figures[Matter.SYNC]["late_ms"])) <= 40


def test_sound_that_comes_late_other_words_and_another_mark_are_found(made: Made, tmp_path: Path) -> None:
    late = with_late_sound(made.path, tmp_path / "late.mp4", 4)
    other_words = [replace(made.wanted.parts[0], text="Our seven green coats cost twice as much as last winter.")]
    found = outcomes(inspect_film(late, made.wanted))
    assert found[Matter.SYNC] is Outcome.FAILED
    assert (found[Matter.WORDS], found[Matter.LABEL]) == (Outcome.PASSED, Outcome.PASSED)
    found = outcomes(inspect_film(made.path, replace(made.wanted, parts=other_words, mark_id=MARK + 1, face_id="photo-somebody")))
    assert [found[one] for one in (Matter.WORDS, Matter.LABEL, Matter.ORIGINALITY)] == [Outcome.FAILED] * 3


def test_lips_that_move_in_silence_and_a_voice_too_soft_are_found(tmp_path: Path) -> None:
    said, *_ = speak(TEXT, Voice(), seed=3)
    chewing = np.zeros((50, 57), np.float32)
    chewing[:, CHANNEL_INDEX["jawOpen"]] = 0.15 + 0.15 * np.sin(np.arange(50) * 0.7)
    soft = np.concatenate([said.samples // 16, np.zeros(len(said.samples) * 50 // said.score.frames, np.int16)])
    restless = replace(said, samples=soft, score=MotionScore.from_floats(np.vstack([said.score.to_floats(), chewing])))
    path, papers = tmp_path / "film.mp4", FilmPapers(MARK, "Test", "wrk_1")
    write_film([restless], face=face("amara"), out_path=path, size_px=320, idle_score=idle(3), papers=papers)
    found = outcomes(inspect_film(path, Wanted([Part(TEXT, 0.0, LEAD_IN_S + restless.duration_s + 0.4)], MARK, "amara")))
    assert (found[Matter.SILENCE], found[Matter.LOUDNESS]) == (Outcome.FAILED, Outcome.FAILED)
    assert (found[Matter.WORDS], found[Matter.LABEL]) == (Outcome.PASSED, Outcome.PASSED)


@pytest.mark.parametrize(
    ("text", "face_id", "voice", "seed"),
    [("Good evening, and thank you.", "walter", "slate", 13), ("We open at nine.", "amara", "heart", 16)],
)
def test_a_greeting_of_one_sentence_is_not_stopped_by_chance(tmp_path: Path, text: str, face_id: str, voice: str, seed: int) -> None:
    """Faultless films: the first one's lips agree with its sound as well a fifth of a second later, the second's still close as it ends."""
    said = list(speak(text, Voice(voice), seed=seed))
    path, papers = tmp_path / "film.mp4", FilmPapers(MARK, "Test", "wrk_1")
    write_film(said, face=face(face_id), out_path=path, size_px=480, idle_score=idle(seed), papers=papers)
    end_s = LEAD_IN_S + sum(one.duration_s for one in said)
    checks = inspect_film(path, Wanted([Part(text, 0.0, end_s + 0.6)], MARK, face_id))
    found = {one.matter: (one.outcome, one.how) for one in checks}
    assert Outcome.FAILED not in outcomes(checks).values(), checks
    assert found[Matter.SYNC] == (Outcome.NOT_JUDGED, "too_short")
    assert found[Matter.SILENCE] == (Outcome.PASSED, "")


def test_what_is_no_film_is_refused(tmp_path: Path) -> None:
    broken = tmp_path / "broken.mp4"
    broken.write_bytes(b"\x00\x00\x00\x18ftypmp42" + b"\x00" * 40)
    with pytest.raises(FilmUnwatchable):
        inspect_film(broken, Wanted([], MARK, "amara"))


@pytest.mark.parametrize(("level_db", "channels", "lufs"), [(-23.0, 2, -23.0), (-33.0, 2, -33.0), (0.0, 1, -3.01)])
def test_loudness_is_what_the_recommendation_says_of_a_sine(level_db: float, channels: int, lufs: float) -> None:
    """EBU Tech 3341: a 1 kHz sine at -23 dBFS in both channels is -23 LUFS; BS.1770 puts a full one in a single channel at -3.01."""
    wave = 10 ** (level_db / 20) * np.sin(2 * np.pi * 997 * np.arange(48_000 * 10) / 48_000)
    found = loudness_of(np.repeat(wave[:, None], channels, axis=1).astype(np.float32))
    assert found.integrated_lufs == pytest.approx(lufs, abs=0.1)
    assert found.true_peak_db == pytest.approx(level_db, abs=0.1)


def test_a_pause_does_not_count_into_loudness() -> None:
    sound = np.zeros((48_000 * 20, 2), np.float32)
    sound[: 48_000 * 10] = 0.1 * np.sin(2 * np.pi * 997 * np.arange(48_000 * 10) / 48_000)[:, None]
    assert loudness_of(sound).integrated_lufs == pytest.approx(-20.0, abs=0.2)


def talking(late_s: float = 0.0, hum: float = 0.0) -> tuple[FaceTrack, list[HeardPhone]]:
    """Lips that open for vowels and shut for p, b and m, moved against the sound, with some unrest; a silence after every fourth sound."""
    names, clock, phones = ["B", "AA", "M", "IY"] * 12, 0.0, []
    for number, name in enumerate(names):
        if number % 4 == 0:
            phones.append(HeardPhone(SILENCE, clock, clock + 0.4))
            clock += 0.4
        phones.append(HeardPhone(name, clock, clock + 0.12))
        clock += 0.12
    times = np.arange(0, clock, 0.04, dtype=np.float32)
    open_for = {"AA": 10.0, "IY": 4.0}
    aperture = np.zeros(len(times))
    for phone in phones:
        within = (times - late_s >= phone.start_s) & (times - late_s < phone.end_s)
        aperture[within] = open_for.get(phone.name, 0.0)
    aperture += hum * np.sin(np.arange(len(times)) * 1.7)
    lids = np.full(len(times), 0.4, np.float32)
    lids[50:53] = lids[150:154] = 0.05
    return FaceTrack(times, aperture.astype(np.float32), lids, ()), phones


@pytest.mark.parametrize("late_s", [-0.12, 0.0, 0.12, 0.2])
def test_a_planted_shift_is_found(late_s: float) -> None:
    assert av_offset(*talking(late_s)).late_s == pytest.approx(late_s, abs=0.025)


def test_closures_openness_silence_and_blinks_are_counted() -> None:
    track, phones = talking()
    assert closures(track, phones) == (24, 24)
    assert openness_rank(track, phones) > 0.95
    assert silence_motion_percent(track, phones) < 1
    assert blinks(track) == 2
    lazy = FaceTrack(track.times_s, np.maximum(track.aperture, 3).astype(np.float32), track.lids, ())
    lazy.aperture[[i for i, t in enumerate(track.times_s) if any(p.name == SILENCE and p.start_s <= t < p.end_s for p in phones)]] = 0
    assert closures(lazy, phones)[0] == 0
    assert spoken_s(phones) == pytest.approx(48 * 0.12)
    closing, _ = talking(late_s=0.07)  # within what the aligner knows of where a sound ends
    assert silence_motion_percent(closing, phones) > 3
    assert silence_motion_percent(closing, phones, edge_s=0.08) < 1
    restless, _ = talking(hum=1.0)
    assert silence_motion_percent(restless, phones) > 5
    assert silence_motion_percent(restless, phones, restless) == 0  # the same unrest with the mouth locked is the head's


def test_sentences_are_taken_from_all_over_a_film() -> None:
    parts = [Part(str(number), number * 4.0, number * 4.0 + 4.0) for number in range(20)]
    texts = [int(part.text) for part in chosen(parts, 16.0)]
    assert (texts[0], texts[-1], len(texts)) == (0, 19, 4)
    assert [part.text for part in chosen(parts[:1], 1.0)] == ["0"]


@pytest.fixture
def prints() -> dict[str, np.ndarray]:
    random = np.random.default_rng(5)
    return {name: random.standard_normal(40).astype(np.float32) + 3 for name in ("one", "two", "three")}


def test_what_all_faces_share_makes_none_alike(prints: dict[str, np.ndarray]) -> None:
    assert nearest(prints["two"], prints, prints) == ("two", pytest.approx(1.0, abs=1e-5))
    stranger = np.random.default_rng(6).standard_normal(40).astype(np.float32) + 3
    assert nearest(stranger, prints, prints)[1] < 0.6
