"""Coqui's XTTS, small and with seeded random weights: sound while it is made, from a sample, and nothing beside it is disturbed."""

import hashlib
import json
from collections.abc import Iterator
from datetime import date
from functools import partial
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.engines import coqui, streamed_speech  # noqa: E402
from avatar_pipeline.engines.consented_sample import ConsentedSample, ConsentMissing, read_consented_sample, sound_of  # noqa: E402
from avatar_pipeline.engines.coqui import CoquiXtts  # noqa: E402
from avatar_pipeline.errors import WeightsDamaged  # noqa: E402
from avatar_pipeline.model_voice import ModelVoice  # noqa: E402
from avatar_pipeline.speak import speak  # noqa: E402
from avatar_pipeline.text.reading import read_sentence  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore"),
]
SENTENCE = read_sentence("Bring me five mugs.")
TEXT = "Bring me five mugs."
SPECIAL = ("[STOP]", "[UNK]", "[SPACE]", "[en]", "[START]")


def write_vocabulary(path: Path) -> int:
    """Letters and the words in brackets that XTTS knows; give how many there are."""
    from tokenizers import AddedToken, Tokenizer, models, pre_tokenizers

    names = [*SPECIAL, *"abcdefghijklmnopqrstuvwxyz,.?!'"]
    tokenizer = Tokenizer(models.BPE(vocab={name: number for number, name in enumerate(names)}, merges=[], unk_token="[UNK]"))
    tokenizer.pre_tokenizer = pre_tokenizers.Whitespace()
    tokenizer.add_special_tokens([AddedToken(name, normalized=False) for name in SPECIAL])
    tokenizer.save(str(path))
    return len(names)


def write_sample(path: Path, pitch_hz: float) -> ConsentedSample:
    """Two seconds of somebody humming, who agreed."""
    import soundfile

    time_s = np.arange(2 * 22_050) / 22_050
    soundfile.write(str(path), 0.2 * np.sin(2 * np.pi * pitch_hz * time_s) * (1 + 0.3 * np.sin(2 * np.pi * 3 * time_s)), 22_050)
    agreement = {"speaker": "Maria Keller", "agreed_on": "2026-11-20", "sha256": hashlib.sha256(path.read_bytes()).hexdigest()}
    path.with_suffix(".consent.json").write_text(json.dumps(agreement))
    return read_consented_sample(path)


@pytest.fixture(scope="module")
def small_decoder() -> Iterator[None]:
    """Its settings leave the decoder of sound one size, which takes a processor half a minute; here it has a sixteenth of the channels."""
    from TTS.tts.models import xtts

    sizes = {"resblock_kernel_sizes_decoder": [3], "resblock_dilation_sizes_decoder": [[1, 3, 5]]}
    small = partial(xtts.HifiDecoder, upsample_initial_channel_decoder=32, **sizes)
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(xtts, "HifiDecoder", small)
        yield


@pytest.fixture(scope="module")
def folder(small_decoder: None, tmp_path_factory: pytest.TempPathFactory) -> Path:
    from TTS.tts.configs.xtts_config import XttsArgs, XttsConfig
    from TTS.tts.models.xtts import Xtts

    path = tmp_path_factory.mktemp("xtts")
    count = write_vocabulary(path / "vocab.json")
    small = XttsArgs(
        gpt_layers=1, gpt_n_model_channels=32, gpt_n_heads=2, gpt_max_audio_tokens=70 + 2 + 24, gpt_max_text_tokens=60,
        gpt_num_audio_tokens=66, gpt_start_audio_token=64, gpt_stop_audio_token=65, gpt_use_perceiver_resampler=True, decoder_input_dim=32,
        gpt_number_text_tokens=count, gpt_start_text_token=SPECIAL.index("[START]"), gpt_stop_text_token=0,
    )  # fmt: skip
    config = XttsConfig(model_args=small)
    torch.manual_seed(8)
    model = Xtts.init_from_config(config)
    config.save_json(str(path / "config.json"))
    torch.save({"model": model.state_dict()}, path / "model.pth")
    return path


@pytest.fixture(scope="module")
def voice(folder: Path) -> CoquiXtts:
    return CoquiXtts(folder, write_sample(folder / "sample.wav", 180))


def test_sound_comes_in_pieces_and_is_what_is_said_whole(voice: CoquiXtts):
    pieces = list(voice.stream(TEXT, 1.0, 3))
    assert len(pieces) >= 2
    assert all(piece.dtype == np.float32 and piece.ndim == 1 for piece in pieces)
    said = voice.say(SENTENCE, 1.0, 3)
    assert said is not None
    assert said.sample_rate_hz == 24_000
    spoken = np.concatenate(list(voice.stream(" ".join(reading.said for reading in SENTENCE), 1.0, 3)))
    assert np.array_equal(said.samples, spoken)
    whole_s = len(spoken) / 24_000
    assert [word.text for word in said.words] == ["Bring", "me", "five", "mugs."]
    assert all(one.start_s < one.end_s <= whole_s for one in said.words)
    assert all(one.end_s <= other.start_s + 1e-9 for one, other in zip(said.words, said.words[1:], strict=False))
    assert said.phonemes[-1].end_s == pytest.approx(whole_s)


def test_a_talk_hears_the_first_words_while_the_rest_is_being_made(folder: Path, voice: CoquiXtts, monkeypatch: pytest.MonkeyPatch):
    """By a clock that moves one second for each piece of sound: speak() hands sentences on before their last piece."""
    clock, pieces_of = [0], CoquiXtts._pieces

    def counted(self: CoquiXtts, text: str, speed: float):
        for piece in pieces_of(self, text, speed):
            clock[0] += 1
            yield piece

    monkeypatch.setattr(CoquiXtts, "_pieces", counted)
    monkeypatch.setattr(coqui, "CHUNK_TOKENS", 6)
    monkeypatch.setattr(streamed_speech, "FIRST_S", 0.2)
    monkeypatch.setattr(streamed_speech, "NEXT_S", 0.2)
    own = ModelVoice("own:" + folder.name, weights_folder=folder.parent, device="cpu")
    heard = [(clock[0], one) for one in speak(TEXT, own, seed=3)]
    moments, said = [moment for moment, _ in heard], [one for _, one in heard]
    assert moments[0] < moments[-1] == clock[0]
    assert " ".join(one.text for one in said) == TEXT
    assert [word.text for one in said for word in one.words] == ["Bring", "me", "five", "mugs."]
    assert all(one.words and one.phonemes[-1].end_s == pytest.approx(one.duration_s) for one in said)
    made_before = clock[0]
    talk = speak(TEXT, own, seed=3)
    first = next(talk)
    assert np.array_equal(first.samples, said[0].samples)
    talk.close()  # the shopper cuts in
    assert clock[0] - made_before < made_before
    list(voice.stream(TEXT, 1.0, 3))  # and nobody holds the voice any more


def test_the_seed_alone_decides_and_nobody_else_s_chance_is_touched(voice: CoquiXtts):
    first = np.concatenate(list(voice.stream(TEXT, 1.0, 3)))
    torch.manual_seed(99)
    before, pieces = torch.get_rng_state(), []
    for piece in voice.stream(TEXT, 1.0, 3):
        pieces.append(piece)
        assert torch.equal(torch.get_rng_state(), before)
        torch.rand(7)  # somebody else's
        before = torch.get_rng_state()
    assert np.array_equal(np.concatenate(pieces), first)
    other = np.concatenate(list(voice.stream(TEXT, 1.0, 4)))
    assert len(other) != len(first) or not np.array_equal(other, first)


def test_closing_stops_the_making_and_frees_the_voice(voice: CoquiXtts):
    stream = voice.stream(TEXT, 1.0, 3)
    first = next(stream)
    stream.close()
    again = voice.stream(TEXT, 1.0, 3)
    assert np.array_equal(next(again), first)
    again.close()


def test_another_sample_is_another_voice(voice: CoquiXtts, folder: Path):
    other = CoquiXtts(folder, write_sample(folder / "other.wav", 320))
    one, two = (next(speaker.stream(TEXT, 1.0, 3)) for speaker in (voice, other))
    assert len(one) != len(two) or not np.allclose(one, two, atol=1e-4)


def test_without_an_agreement_to_this_very_recording_there_is_no_voice(tmp_path: Path):
    agreed = write_sample(tmp_path / "sample.wav", 180)
    assert (agreed.speaker, agreed.agreed_on) == ("Maria Keller", date(2026, 11, 20))
    (tmp_path / "sample.wav").write_bytes(write_sample(tmp_path / "other.wav", 320).path.read_bytes())
    with pytest.raises(ConsentMissing, match="another recording"):
        read_consented_sample(tmp_path / "sample.wav")
    write_sample(tmp_path / "sample.wav", 180)
    with pytest.raises(ConsentMissing, match="agrees from 2026-11-20 on"):
        read_consented_sample(tmp_path / "sample.wav", date(2026, 11, 19))
    paper = tmp_path / "sample.consent.json"
    paper.write_text("Maria agreed.")
    with pytest.raises(ConsentMissing, match="cannot be read as an agreement"):
        read_consented_sample(tmp_path / "sample.wav")
    paper.unlink()
    with pytest.raises(ConsentMissing, match="no agreement of its speaker"):
        read_consented_sample(tmp_path / "sample.wav")


def test_a_recording_of_any_kind_is_heard_in_mono_and_not_longer_than_wanted(tmp_path: Path):
    import soundfile

    time_s = np.arange(3 * 44_100) / 44_100
    both = 0.5 * np.stack([np.sin(2 * np.pi * 440 * time_s)] * 2, axis=1)
    for name in ("sample.wav", "sample.ogg", "sample.flac"):
        soundfile.write(str(tmp_path / name), both, 44_100)
        heard = sound_of(tmp_path / name, 22_050, 2.0)
        assert (heard.shape, heard.dtype) == ((2 * 22_050,), np.float32)
        crossings = np.count_nonzero(np.diff(np.signbit(heard[2000:-2000])))
        assert crossings / (len(heard) - 4000) * 22_050 / 2 == pytest.approx(440, rel=0.01)
    assert len(sound_of(tmp_path / "sample.wav", 22_050, 30)) == pytest.approx(3 * 22_050, abs=2)
    (tmp_path / "sample.wav").write_bytes(b"RIFF nothing")
    for name in ("sample.wav", "gone.wav"):
        with pytest.raises(ValueError, match="holds no sound"):
            sound_of(tmp_path / name, 22_050, 2.0)


def test_without_a_model_or_a_recording_there_is_no_voice(folder: Path, voice: CoquiXtts, tmp_path: Path):
    agreed = read_consented_sample(folder / "sample.wav")
    gone = write_sample(tmp_path / "gone.wav", 180)
    gone.path.unlink()
    for place, sample in ((tmp_path, agreed), (folder, gone)):
        with pytest.raises(WeightsDamaged, match="cannot be used"):
            CoquiXtts(place, sample)
