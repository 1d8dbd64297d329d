"""The networks' sizes, names and sound windows, against the published ones and against loops written out."""

import math

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.networks.blend import to_pixels  # noqa: E402
from avatar_pipeline.networks.checkpoint import encoder_alone, with_present_names  # noqa: E402
from avatar_pipeline.networks.face_codec import SCALING, build_codec, build_turbo, encode  # noqa: E402
from avatar_pipeline.networks.layout import difference, lip_layout  # noqa: E402
from avatar_pipeline.networks.lip_network import build_lip_network, lip_network_config  # noqa: E402
from avatar_pipeline.networks.shape import PUBLISHED, SMALL  # noqa: E402
from avatar_pipeline.networks.sound_windows import build_listener, listen, places, windows  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]


def count(network) -> int:
    return sum(weight.numel() for weight in network.parameters())


def test_the_published_sizes_are_met():
    with torch.device("meta"):
        lips, codec, turbo, listener = (
            make(PUBLISHED) for make in (build_lip_network, build_codec, build_turbo, lambda _: build_listener())
        )
    assert count(lips) == 849_947_844
    assert round(count(codec) / 1e6, 2) == 83.65
    assert round(count(codec.encoder) / 1e6, 2) == 34.16
    assert round(count(codec.decoder) / 1e6, 2) == 49.49
    assert round(count(turbo.decoder) / 1e6, 2) == 1.22
    assert round(count(listener) / 1e6, 2) == 8.21
    assert codec.config.scaling_factor == SCALING


@pytest.mark.parametrize(("shape", "names"), [(PUBLISHED, 686), (SMALL, 440)])
def test_the_rules_name_and_size_every_tensor_of_the_network(shape, names):
    with torch.device("meta"):
        built = {name: tuple(tensor.shape) for name, tensor in build_lip_network(shape).state_dict().items()}
    wanted = lip_layout(shape)
    assert len(wanted) == names
    assert difference(built, wanted) == ""
    assert wanted["conv_in.weight"] == (shape.channels[0], 8, 3, 3)


PUBLISHED_TENSORS = {  # names of the files that the makers publish (the autoencoder's from before 2023), and their sizes
    "codec": (248, {
        "encoder.conv_in.weight": (128, 3, 3, 3), "encoder.mid_block.attentions.0.query.weight": (512, 512),
        "encoder.down_blocks.1.resnets.0.conv_shortcut.weight": (256, 128, 1, 1), "encoder.conv_out.weight": (8, 512, 3, 3),
        "quant_conv.weight": (8, 8, 1, 1), "post_quant_conv.weight": (4, 4, 1, 1),
        "decoder.mid_block.attentions.0.proj_attn.bias": (512,), "decoder.up_blocks.2.resnets.0.conv_shortcut.weight": (256, 512, 1, 1),
        "decoder.conv_out.weight": (3, 128, 3, 3),
    }),
    "listener": (67, {
        "model.encoder.conv1.weight": (384, 80, 3), "model.encoder.embed_positions.weight": (1500, 384),
        "model.encoder.layers.3.self_attn.k_proj.weight": (384, 384), "model.encoder.layers.3.fc1.weight": (1536, 384),
        "model.encoder.layer_norm.bias": (384,),
    }),
    "turbo": (134, {
        "decoder.layers.0.weight": (64, 4, 3, 3), "decoder.layers.18.weight": (3, 64, 3, 3), "encoder.layers.0.weight": (64, 3, 3, 3),
    }),
}  # fmt: skip


@pytest.mark.parametrize("part", sorted(PUBLISHED_TENSORS))
def test_published_names_and_sizes_are_those_that_are_loaded(part):
    with torch.device("meta"):
        built = {"codec": build_codec, "turbo": build_turbo, "listener": lambda _: build_listener()}[part](PUBLISHED).state_dict()
    count_wanted, wanted = PUBLISHED_TENSORS[part]
    tensors = {name: torch.empty(size, device="meta") for name, size in wanted.items()}
    read = {"codec": with_present_names, "listener": encoder_alone, "turbo": dict}[part](tensors)
    assert len(read) == len(wanted)
    assert {name: tuple(tensor.shape) for name, tensor in read.items()} == {name: tuple(built[name].shape) for name in read}
    assert len(built) == count_wanted


def test_a_file_of_another_model_is_told_apart():
    wanted = lip_layout(SMALL)
    other = {name: size for name, size in wanted.items() if not name.startswith("mid_block")} | {
        "conv_in.weight": (32, 4, 3, 3),
        "lora.up": (1,),
    }
    said = difference(other, wanted)
    assert "tensors are missing, such as mid_block." in said
    assert "1 tensors do not belong, such as lora.up" in said
    assert "1 tensors have another size, such as conv_in.weight" in said


def test_the_published_description_is_the_one_that_is_built():
    told = lip_network_config(PUBLISHED)
    assert told["up_block_types"] == ("UpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D", "CrossAttnUpBlock2D")
    assert (told["cross_attention_dim"], told["attention_head_dim"], told["in_channels"]) == (384, 8, 8)


def one_by_one(heard: np.ndarray, frames: int, frames_per_second: int) -> np.ndarray:
    """The published loop over frames, written out."""
    step = 50 / frames_per_second
    silence = [np.zeros((math.ceil(step) * count, 5, 384), np.float32) for count in (2, 6)]
    padded = np.concatenate([silence[0], heard, silence[1]])
    cut = [padded[math.floor(frame * step) :][:10] for frame in range(frames)]
    return np.stack([piece.reshape(50, 384) for piece in cut])


@pytest.mark.parametrize(("seconds", "frames_per_second"), [(3.4, 25), (31.0, 25), (2.0, 30), (5.5, 20)])
def test_all_windows_at_once_are_those_of_the_loop(seconds, frames_per_second):
    heard = np.random.default_rng(1).normal(size=(math.floor(seconds * 50), 5, 384)).astype(np.float32)
    frames = math.floor(seconds * frames_per_second)
    assert np.array_equal(windows(heard, frames, frames_per_second), one_by_one(heard, frames, frames_per_second))


def test_a_window_reaches_80_ms_back_and_120_ms_ahead_and_silence_lies_beyond():
    heard = np.arange(1, 101, dtype=np.float32)[:, None, None] * np.ones((1, 5, 384), np.float32)
    cut = windows(heard, 60)
    assert [row[0] for row in cut[10].reshape(10, 5, 384)[:, 0]] == list(range(17, 27))
    assert not cut[0][:20].any()
    assert not cut[55].any()
    assert windows(heard[:0], 0).shape == (0, 50, 384)


def test_places_are_the_sinusoids_of_the_paper():
    table = places()
    assert table.shape == (50, 384)
    for position, column in ((0, 0), (7, 4), (49, 381)):
        angle = position / 10_000 ** (2 * (column // 2) / 384)
        assert table[position, column] == pytest.approx(math.cos(angle) if column % 2 else math.sin(angle), abs=1e-5)


def test_the_five_layers_are_those_the_encoder_itself_reports():
    torch.manual_seed(3)
    listener = build_listener()
    samples = np.random.default_rng(2).normal(size=24_000).astype(np.float32) * 0.1
    from transformers import WhisperFeatureExtractor

    mel = WhisperFeatureExtractor()(samples, sampling_rate=16_000, return_tensors="pt").input_features
    with torch.inference_mode():
        told = torch.stack(listener(mel, output_hidden_states=True).hidden_states, 2)[0].numpy()
    heard = listen(listener, samples)
    assert heard.shape == (75, 5, 384)
    assert np.array_equal(heard, told[:75])


def test_a_latent_is_the_likeliest_one_so_preparing_twice_gives_the_same():
    torch.manual_seed(5)
    codec = build_codec(SMALL)
    faces = torch.rand(2, 3, SMALL.side, SMALL.side) * 2 - 1
    with torch.inference_mode():
        first, second = encode(codec, faces), encode(codec, faces)
        likely = codec.encode(faces).latent_dist.mean * SCALING
    assert torch.equal(first, second)
    assert torch.equal(first, likely)


def test_pictures_become_bytes_by_rounding():
    ramp = torch.tensor([-2.0, -1.0, 0.0, 127 / 127.5 - 1 + 1e-4, 1.0, 3.0]).reshape(1, 1, 1, 6).expand(1, 3, 1, 6)
    assert to_pixels(ramp)[0, 0, :, 0].tolist() == [0, 0, 128, 127, 255, 255]
