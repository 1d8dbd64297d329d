"""Weights in the published layout: told by name, size and fingerprint, fetched with consent, loaded under the names of today."""

import hashlib
import os
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from fakes.weights_folder import lay_out  # noqa: E402

from app.commands.weights import ACCEPTED, WeightsWanted, weights  # noqa: E402
from avatar_pipeline.errors import WeightsDamaged, WeightsMissing  # noqa: E402
from avatar_pipeline.networks.shape import PUBLISHED  # noqa: E402
from avatar_pipeline.neural import (  # noqa: E402
    HEAD_WEIGHTS,
    SMALL,
    fetch,
    fingerprint_of,
    random_networks,
    read_networks,
    refusal_without_weights,
)

pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning")
NETWORKS = random_networks(SMALL, seed=11)


def same(one, other) -> bool:
    return all(torch.equal(one.state_dict()[name], tensor) for name, tensor in other.state_dict().items())


def test_a_folder_in_the_published_layout_is_loaded_whole(tmp_path):
    read = read_networks(lay_out(tmp_path, NETWORKS), SMALL)
    assert same(read.lips, NETWORKS.lips)
    assert same(read.codec, NETWORKS.codec)
    assert same(read.turbo, NETWORKS.turbo)
    assert read.listener.layer_norm.weight.dtype == torch.float32
    assert torch.equal(read.listener.conv1.weight, NETWORKS.listener.conv1.weight.half().float())
    with torch.inference_mode():
        face, sound = torch.randn(1, 8, 8, 8), torch.randn(1, 50, 384)
        assert torch.equal(read.lips(face, 0, sound).sample, NETWORKS.lips(face, 0, sound).sample)


def test_a_folder_that_lacks_or_mixes_something_up_says_what(tmp_path):
    folder = lay_out(tmp_path, NETWORKS)
    with pytest.raises(WeightsDamaged, match=r"describes another network: block_out_channels"):
        read_networks(folder, PUBLISHED)
    torch.save({name: tensor for name, tensor in NETWORKS.lips.state_dict().items() if "mid" not in name}, folder / "musetalkV15/unet.pth")
    with pytest.raises(WeightsDamaged, match=r"tensors are missing, such as mid_block"):
        read_networks(folder, SMALL)
    bent = {name: tensor[:-1] if name == "conv_in.bias" else tensor for name, tensor in NETWORKS.lips.state_dict().items()}
    torch.save(bent, folder / "musetalkV15/unet.pth")
    with pytest.raises(WeightsDamaged, match=r"conv_in\.bias"):
        read_networks(folder, SMALL)
    for nonsense in (b"PK\x03\x04 not a checkpoint", b"\x1e nor is this"):  # torch advises to run what is in such a file
        (folder / "musetalkV15/unet.pth").write_bytes(nonsense)
        with pytest.raises(WeightsDamaged, match=r"unet.pth cannot be read as tensors: it is damaged.*Fetch it again.$"):
            read_networks(folder, SMALL)
    (folder / "musetalkV15/unet.pth").unlink()
    with pytest.raises(WeightsMissing, match=r"unet\.pth or musetalkV15/unet\.safetensors"):
        read_networks(folder, SMALL)


def test_weights_put_in_others_place_have_another_name(tmp_path):
    """Faces and takes are kept under it; under the folder's own name a new network would show the old one's pictures."""
    folder = lay_out(tmp_path, NETWORKS)
    names = {fingerprint_of(folder)}
    (folder / "notes.txt").write_text("mine")
    assert fingerprint_of(folder) in names
    for part in ("musetalkV15/unet.pth", "sd-vae/diffusion_pytorch_model.bin", "taesd/diffusion_pytorch_model.safetensors"):
        about = (folder / part).stat()
        os.utime(folder / part, ns=(about.st_atime_ns, about.st_mtime_ns + 1_000_000_000))  # other bytes of the same length
        names.add(fingerprint_of(folder))
    (folder / "taesd/diffusion_pytorch_model.safetensors").unlink()
    assert len({*names, fingerprint_of(folder)}) == 5


def test_a_file_with_code_in_it_is_refused_unrun(tmp_path):
    folder, ran = lay_out(tmp_path, NETWORKS), tmp_path / "ran"

    class Trap:
        def __reduce__(self):
            return (Path.write_text, (ran, "yes"))

    torch.save({"conv_in.weight": Trap()}, folder / "musetalkV15/unet.pth")
    with pytest.raises(WeightsDamaged):
        read_networks(folder, SMALL)
    assert not ran.exists()


def test_what_is_fetched_is_kept_only_with_the_published_bytes(tmp_path):
    right = b"weights"
    wanted = replace(HEAD_WEIGHTS[1], sha256=hashlib.sha256(right).hexdigest())

    def bring(data: bytes):
        def download(file, into):
            into.mkdir(parents=True, exist_ok=True)
            (into / "coming").write_bytes(data)
            return into / "coming"

        return download

    with pytest.raises(WeightsDamaged, match="it was not kept"):
        fetch(tmp_path, wanted, bring(b"other"))
    assert wanted.state(tmp_path) == "missing"
    assert not (tmp_path / ".coming/coming").exists()
    fetch(tmp_path, wanted, bring(right))
    assert wanted.state(tmp_path) == "whole"
    fetch(tmp_path, wanted, bring(b"never asked for again"))
    (tmp_path / wanted.path).write_bytes(b"changed")
    assert wanted.state(tmp_path) == "other bytes"
    with pytest.raises(WeightsDamaged, match="Move it away"):
        fetch(tmp_path, wanted, bring(right))
    assert (tmp_path / wanted.path).read_bytes() == b"changed"


def test_somebody_s_own_file_is_named_and_not_written_over(tmp_path, capsys):
    own = tmp_path / HEAD_WEIGHTS[1].path
    own.parent.mkdir()
    own.write_bytes(b"tuned here")
    assert weights(WeightsWanted("fetch", tmp_path, is_accepted=True)) == 1
    said = capsys.readouterr()
    assert f"published ones: {HEAD_WEIGHTS[1].path}. Move them away" in said.err
    assert not (tmp_path / ACCEPTED).exists()  # nothing was asked, nothing fetched
    assert own.read_bytes() == b"tuned here"


def test_listing_says_licences_and_what_is_missing(tmp_path, capsys):
    assert weights(WeightsWanted("list", tmp_path)) == 1
    said = capsys.readouterr()
    assert "musetalkV15/unet.pth: missing" in said.out
    assert "CreativeML Open RAIL-M" in said.out
    assert ("weights fetch" in said.err, "about 4 GB" in said.err, "0 of the 6 files that are needed" in said.out) == (True, True, True)
    (tmp_path / "sd-vae").mkdir()
    (tmp_path / "sd-vae/config.json").write_text("{}")
    weights(WeightsWanted("check", tmp_path))
    said = capsys.readouterr()
    assert "sd-vae/config.json: HERE, BUT NOT THE PUBLISHED BYTES" in said.out
    assert "sd-vae/config.json: not what was published" in said.err


def test_a_folder_that_is_none_is_told_apart_from_one_that_is_empty(tmp_path, capsys):
    weights(WeightsWanted("list", tmp_path / "coming"))
    assert f"in {tmp_path / 'coming'}, which is not there yet:" in capsys.readouterr().out
    (tmp_path / "notes.txt").write_text("mine")
    for action in ("list", "fetch", "check"):
        assert weights(WeightsWanted(action, tmp_path / "notes.txt", is_accepted=True)) == 2
        said = capsys.readouterr()
        assert (said.out, "is a file. Name the folder" in said.err) == ("", True)


def test_a_hub_that_is_away_is_said_in_words_and_nothing_is_lost(tmp_path, capsys, monkeypatch):
    def unreached(*_):
        raise FileNotFoundError("An error happened while trying to locate the file on the Hub..")

    monkeypatch.setattr("app.commands.weights.from_hub", unreached)
    assert weights(WeightsWanted("fetch", tmp_path, is_accepted=True)) == 1
    assert f"{HEAD_WEIGHTS[0].path} did not come: the hub (huggingface.co" in capsys.readouterr().err


def test_nothing_is_fetched_before_the_licences_are_accepted(tmp_path, capsys):
    assert weights(WeightsWanted("fetch", tmp_path)) == 1
    said = capsys.readouterr()
    assert "openai/whisper-tiny: Apache-2.0" in said.out
    assert "--accept-licences" in said.err
    assert not (tmp_path / ACCEPTED).exists()


def test_a_folder_without_the_small_decoder_is_complete(tmp_path):
    small = next(file for file in HEAD_WEIGHTS if file.is_optional)
    assert small.path == "taesd/diffusion_pytorch_model.safetensors"
    for file in HEAD_WEIGHTS:
        if not file.is_optional:
            (tmp_path / file.path).parent.mkdir(exist_ok=True)
            (tmp_path / file.path).touch()
    assert refusal_without_weights(tmp_path) is None
    (tmp_path / HEAD_WEIGHTS[1].path).unlink()
    assert HEAD_WEIGHTS[1].path in str(refusal_without_weights(tmp_path))


def test_the_list_of_files_pins_revisions_and_fingerprints():
    assert all(len(file.sha256) == 64 and len(file.revision) == 40 for file in HEAD_WEIGHTS)
    assert len({file.path for file in HEAD_WEIGHTS}) == len(HEAD_WEIGHTS)


def test_random_networks_are_the_same_for_the_same_seed():
    state = torch.get_rng_state()
    again = random_networks(SMALL, seed=11)
    assert same(again.lips, NETWORKS.lips)
    assert torch.equal(torch.get_rng_state(), state)
    assert not same(random_networks(SMALL, seed=12).codec, NETWORKS.codec)
    assert np.isfinite(next(again.turbo.parameters()).numpy()).all()
