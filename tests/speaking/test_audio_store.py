"""Sound is kept under what it is, never half, never beyond the limit, oldest first."""

import os
import threading

from hypothesis import given
from hypothesis import strategies as st

from app.speaking.voicing.audio_store import AudioStore, Piece, is_key, key_of


def kept(store: AudioStore, name: str, size: int = 100) -> str:
    key = key_of(name)
    store.keep(Piece(name, key, 24_000, ({"text": name, "start_ms": 0, "end_ms": 1000},), {"format": "tillhand-score/1"}), b"w" * size)
    return key


def test_what_is_kept_comes_back(tmp_path):
    store = AudioStore(tmp_path)
    key = kept(store, "hello")
    store.keep_said("a" * 64, [key])
    assert AudioStore(tmp_path).piece(key) == store.pieces_of("a" * 64)[0]
    assert store.wav_path(key).read_bytes() == b"w" * 100
    assert not [path for path in tmp_path.rglob("*") if path.name.startswith(".")]


def test_what_is_not_kept_is_none(tmp_path):
    store = AudioStore(tmp_path)
    assert store.piece(None) is None
    assert store.piece("0" * 64) is None
    assert store.pieces_of("0" * 64) is None
    assert store.wav_path("../../etc/passwd") is None


def test_a_sentence_with_a_missing_stretch_is_not_kept(tmp_path):
    store = AudioStore(tmp_path)
    keys = [kept(store, "one"), kept(store, "two")]
    store.keep_said("a" * 64, keys)
    store.wav_path(keys[1]).unlink()
    assert store.pieces_of("a" * 64) is None


def test_the_oldest_sound_goes_first(tmp_path):
    store = AudioStore(tmp_path, bytes_max=5_000)
    keys = []
    for number in range(10):
        keys.append(kept(store, f"sentence {number}", size=900))
        for path in tmp_path.rglob(f"{keys[-1]}.*"):
            os.utime(path, (number, number))
    present = [store.piece(key) is not None for key in keys]
    assert present == sorted(present)
    assert present[-1]
    assert not present[0]
    assert sum(path.stat().st_size for path in tmp_path.rglob("*.*") if path.is_file()) <= 5_000 + 1_200


def test_two_writers_of_the_same_sound_do_not_disturb_each_other(tmp_path):
    store, failures = AudioStore(tmp_path), []

    def work() -> None:
        for _ in range(50):
            key = kept(store, "same", size=20_000)
            path = store.wav_path(key)
            if path is None or len(path.read_bytes()) != 20_000:
                failures.append(path)

    threads = [threading.Thread(target=work) for _ in range(4)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert not failures


@given(st.text(), st.text())
def test_different_content_has_different_names(one, other):
    assert is_key(key_of(one, other))
    assert (key_of(one) == key_of(other)) == (one == other)
    assert key_of(one, other) != key_of(one + other)
