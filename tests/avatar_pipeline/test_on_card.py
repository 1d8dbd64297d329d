"""What differs beside a graphics card: faces prepared on it, voices that speak there with a chance of their own, and room that is measured.

Skipped where there is none; tests/benchmarks/on_gpu.sh runs it on a machine with one.
"""

from pathlib import Path

import numpy as np
import pytest

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")
if not torch.cuda.is_available():
    pytest.skip("There is no CUDA card here.", allow_module_level=True)

from avatar_pipeline.engines.sentence_chance import SentenceChance  # noqa: E402
from avatar_pipeline.networks.head_networks import random_networks  # noqa: E402
from avatar_pipeline.networks.shape import SMALL  # noqa: E402
from avatar_pipeline.networks.talking_head import TalkingHead  # noqa: E402
from avatar_pipeline.neural_device import ROOM, device_for, held_bytes  # noqa: E402

pytestmark = pytest.mark.filterwarnings("ignore")


def test_a_face_prepared_on_the_card_is_the_processor_s(tmp_path: Path) -> None:
    for part in ("av", "c2pa"):  # a bare machine for measuring may have no more than torch and its like
        pytest.importorskip(part)
    from avatar_pipeline.catalogue import face
    from avatar_pipeline.neural import Shelf, prepare_poses

    networks = random_networks(SMALL, seed=7)
    made = {}
    for device in ("cpu", "cuda"):
        shelf = Shelf(lambda _, place=device: tmp_path / place)
        made[device] = prepare_poses(face("amara").film_rig_path, networks, shelf, fingerprint="random 7", device=device)
    assert np.array_equal(made["cpu"].frames.crops, made["cuda"].frames.crops)
    assert np.abs(made["cpu"].frames.latents - made["cuda"].frames.latents).max() < 0.02  # other sums in another sequence, some in TF32


def test_the_device_with_room_is_chosen_and_what_is_held_is_counted(tmp_path: Path) -> None:
    (tmp_path / "model.safetensors").write_bytes(b"0" * 1000)
    assert device_for("auto", tmp_path).startswith("cuda")
    before = held_bytes()
    head = TalkingHead(random_networks(SMALL, seed=7), device="cuda", buckets=(8,), frames_max=64)
    head.warm_up()
    assert held_bytes() > before
    assert ROOM > 1


def test_a_sentence_s_chance_on_the_card_touches_nobody_s() -> None:
    chance = SentenceChance("cuda")
    torch.manual_seed(99)
    before = torch.cuda.get_rng_state()
    drawn = []
    for _ in range(2):
        own, pieces = chance.of(3), []
        for _ in range(3):
            with own:
                pieces.append(torch.rand(4, device="cuda").cpu())
            torch.rand(2)  # somebody else's
        drawn.append(torch.cat(pieces))
    assert torch.equal(drawn[0], drawn[1])
    assert len(set(drawn[0].tolist())) == 12
    assert torch.equal(torch.cuda.get_rng_state(), before)
