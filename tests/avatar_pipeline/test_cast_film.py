"""Casting from a film: the best picture and the calmest seconds are chosen, and what cannot be a face is told in words."""

import struct
from pathlib import Path

import cv2
import numpy as np
import pytest
from fakes.brought_films import (
    RATE,
    changed_film,
    damaged,
    dark,
    film_of,
    portrait,
    sideways,
    sound_alone,
    swaying,
    twins,
    usable_film,
    wall,
)

from avatar_pipeline.cast import audition
from avatar_pipeline.cast_film import FILM_BYTES_MAX, LOOP_PX, LOOP_SECONDS_MAX, FilmUnusable, check_film, see_film, write_loop
from avatar_pipeline.engines.face_film import FaceFilm


@pytest.mark.parametrize(
    ("film", "code", "said"),
    [
        (lambda: usable_film(1.4), "too_short", "shorter than 2 seconds"),
        (lambda: changed_film(wall), "no_face", "No human face"),
        (lambda: changed_film(twins), "several_faces", "one person alone"),
        (lambda: changed_film(sideways), "turned", "straight into the camera"),
        (lambda: changed_film(dark), "too_dark", "a window or a lamp"),
        (sound_alone, "no_pictures", "No moving picture"),
        (lambda: usable_film()[:2000], "no_pictures", "No moving picture"),
        (damaged, "damaged", "Export it again"),
    ],
    ids=["short", "no-face", "several", "turned", "dark", "no-video", "cut-short", "damaged"],
)
def test_a_film_that_cannot_be_a_face_says_why(tmp_path: Path, film, code: str, said: str) -> None:
    path = tmp_path / "film"
    path.write_bytes(film())
    seen = see_film(path)
    assert ([one.code for one in seen.findings], seen.portrait) == ([code], None)
    assert said in seen.findings[0].advice


def test_the_loop_leaves_out_who_walks_in_and_is_cut_as_the_rig_is(tmp_path: Path) -> None:
    """Two seconds with somebody else, then eight alone: the loop is five of those, and the portrait is one of its pictures."""
    path, fractions = tmp_path / "film", []
    alone, both = list(swaying(np.pad(portrait(), ((0, 0), (0, 512), (0, 0))), 8)), [np.hstack([portrait(), portrait()])] * 50
    path.write_bytes(film_of(iter([*both, *alone])))
    seen = see_film(path, fractions.append)
    assert (seen.findings, seen.last - seen.first, seen.first >= 50) == ((), LOOP_SECONDS_MAX * RATE, True)
    assert (fractions == sorted(fractions), fractions[0], fractions[-1] > 0.9) == (True, 0.0, True)

    first = audition(seen.portrait)
    assert first.is_usable
    write_loop(path, first, (seen.first, seen.last), tmp_path)
    loop, there = FaceFilm(tmp_path / "loop.mp4"), seen.last - seen.first
    assert (loop.frames, loop.size_px) == (2 * there - 2, LOOP_PX)
    packed = (tmp_path / "loop.pictures").read_bytes()
    word, count, side = struct.unpack_from(">4sHH", packed)
    lengths = struct.unpack_from(f">{count}I", packed, 8)
    assert (word, count, side, 8 + 4 * count + sum(lengths)) == (b"TLP1", there, LOOP_PX, len(packed))
    ends = 8 + 4 * count + np.cumsum(lengths)
    shown = [cv2.imdecode(np.frombuffer(packed[end - length : end], np.uint8), 1) for end, length in zip(ends, lengths, strict=True)]
    played = list(loop.pictures())
    for number in (0, 40, there - 1):  # the browser's pictures are those the networks are given, and the way back is the way there
        assert np.abs(shown[number].astype(int) - played[number]).mean() < 4
    assert np.abs(played[there].astype(int) - played[there - 2]).mean() < 2


def test_a_face_that_was_filmed_large_is_kept_so_for_films(tmp_path: Path) -> None:
    path, told = tmp_path / "film", []
    large = cv2.resize(portrait(), None, fx=2.5, fy=2.5, interpolation=cv2.INTER_CUBIC)
    path.write_bytes(film_of(swaying(large, 2.4)))
    seen = see_film(path)
    first = audition(seen.portrait)
    write_loop(path, first, (seen.first, seen.last), tmp_path, told.append)
    assert (told == sorted(told), told[-1]) == (True, 1.0)
    chat, films = FaceFilm(tmp_path / "loop.mp4"), FaceFilm(tmp_path / "film_loop.mp4")
    assert (chat.size_px, films.frames, chat.frames) == (LOOP_PX, seen.last - seen.first, 2 * films.frames - 2)
    assert LOOP_PX < films.size_px <= large.shape[0]
    for number in (0, films.frames - 1):  # the same moments, cut alike
        small, whole = (next(one.pictures(number, number + 1)) for one in (chat, films))
        shrunk = cv2.resize(whole, (LOOP_PX, LOOP_PX), interpolation=cv2.INTER_AREA).astype(int)
        assert np.abs(shrunk - small).mean() < 3
    again = tmp_path / "again"
    again.mkdir()
    path.write_bytes(usable_film())  # so small that the chats' loop shows all of it
    write_loop(path, audition(see_film(path).portrait), (0, 10), again)
    assert {one.name for one in again.iterdir()} == {"loop.mp4", "loop.pictures"}


@pytest.mark.parametrize("kind", ["mov", "webm"])
def test_other_kinds_of_film_are_read(tmp_path: Path, kind: str) -> None:
    film = film_of(swaying(portrait(), 2.4), kind)
    check_film(film[:16], len(film))
    (tmp_path / "film").write_bytes(film)
    assert see_film(tmp_path / "film").findings == ()


@pytest.mark.parametrize(
    ("head", "size", "said"),
    [
        (b"", 0, "is empty"),
        (b"\0\0\0\x18ftypmp42", FILM_BYTES_MAX + 1, "more than 100 MB"),
        (b"#EXTM3U\n/etc/pass", 40, "no film we can read"),
        (b"ffconcat version", 40, "no film we can read"),
    ],
)
def test_the_door_opens_no_list_of_other_files(head: bytes, size: int, said: str) -> None:
    with pytest.raises(FilmUnusable, match=said):
        check_film(head, size)


def test_pictures_larger_than_any_camera_of_a_shop_are_not_unpacked(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("avatar_pipeline.engines.face_film.PIXELS_MAX", 100_000)
    (tmp_path / "film").write_bytes(usable_film())
    assert [one.code for one in see_film(tmp_path / "film").findings] == ["too_large"]
