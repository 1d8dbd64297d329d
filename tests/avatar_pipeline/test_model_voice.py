"""Voices out of a folder: a model there speaks like a voice of the house, and one that copies somebody needs that person's agreement."""

from pathlib import Path

import numpy as np
import pytest
from fakes.small_vits import write_small_vits

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.engines.consented_sample import ConsentMissing  # noqa: E402
from avatar_pipeline.errors import VoiceUnknown, WeightsDamaged  # noqa: E402
from avatar_pipeline.model_voice import ModelVoice, own_voices  # noqa: E402
from avatar_pipeline.speak import speak  # noqa: E402
from avatar_pipeline.voice import Voice  # noqa: E402

pytestmark = [pytest.mark.usefixtures("one_torch_thread"), pytest.mark.filterwarnings("ignore")]


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("voices")
    (path / "notes").mkdir()
    (path / "maria").mkdir()
    write_small_vits(path / "maria")
    return path


def test_a_model_speaks_with_sound_captions_and_a_motion_score(folder: Path):
    assert own_voices(folder) == ("maria",)
    [said] = speak("Bring me five mugs.", ModelVoice("own:maria", weights_folder=folder), seed=1)
    assert [word.text for word in said.words] == ["Bring", "me", "five", "mugs."]
    assert len(said.samples) > 2400
    assert np.ptp(said.score.values, axis=0).max() > 0
    again, other = (next(speak("Bring me five mugs.", ModelVoice("own:maria", weights_folder=folder), seed=seed)) for seed in (1, 2))
    assert np.array_equal(again.samples, said.samples)
    assert not np.array_equal(other.samples, said.samples)


def test_another_language_is_spoken_by_the_house_s_voice_for_it(folder: Path):
    voice, jade = ModelVoice("own:maria", 0.9, weights_folder=folder), Voice("jade")
    assert voice.for_language("en") is voice
    other = voice.for_language("zh")
    assert (other.name, other.speed) == (("jade", 0.9) if jade.is_ready() else ("own:maria", 0.9))


def test_a_voice_that_is_not_there_is_refused_where_it_is_written_down(folder: Path):
    for name, models in (("own:marta", folder), ("own:notes", folder), ("own:maria", None), ("maria", folder)):
        with pytest.raises(VoiceUnknown, match="There are: maria" if models else "There are: none"):
            ModelVoice(name, weights_folder=models)
    with pytest.raises(ValueError, match="0.7 to 1.4 times"):
        ModelVoice("own:maria", 2.0, weights_folder=folder)


def test_a_copied_voice_without_its_speaker_s_agreement_never_speaks(tmp_path: Path):
    for name, about in (("copied", '{"model": "xtts"}'), ("broken", "no JSON")):
        (tmp_path / name).mkdir()
        (tmp_path / name / "config.json").write_text(about)
        (tmp_path / name / "model.pth").write_bytes(b"")
        (tmp_path / name / "sample.wav").write_bytes(b"RIFF")
    with pytest.raises(ConsentMissing, match="no agreement of its speaker"):
        ModelVoice("own:copied", weights_folder=tmp_path).load()
    with pytest.raises(WeightsDamaged, match="no config.json that can be read"):
        ModelVoice("own:broken", weights_folder=tmp_path).load()
