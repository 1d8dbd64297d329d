"""The talking head on a processor, small and with seeded random weights: what it draws, for whom, and that nobody sees another's sound."""

import time
from functools import partial

import numpy as np
import pytest
from PIL import Image

torch = pytest.importorskip("torch", reason="the neural parts are not installed (make setup-neural)")

from avatar_pipeline.errors import AvatarDoesNotFit, NeuralPartsMissing  # noqa: E402
from avatar_pipeline.networks.blend import blend, blend_tensors  # noqa: E402
from avatar_pipeline.networks.head_networks import HeadNetworks, random_networks  # noqa: E402
from avatar_pipeline.networks.protocol import BUCKETS as STAGE_BUCKETS  # noqa: E402
from avatar_pipeline.networks.protocol import AvatarFrames, Batch, TalkingHeadNetwork  # noqa: E402
from avatar_pipeline.networks.shape import SMALL  # noqa: E402
from avatar_pipeline.networks.talking_head import TalkingHead  # noqa: E402

pytestmark = [
    pytest.mark.usefixtures("one_torch_thread"),
    pytest.mark.filterwarnings("ignore::DeprecationWarning", "ignore::FutureWarning"),
]
HALF = SMALL.side // 2
BUCKETS = (1, 4, 8)


@pytest.fixture(scope="module")
def networks() -> HeadNetworks:
    return random_networks(SMALL, seed=7)


@pytest.fixture(scope="module")
def head(networks: HeadNetworks) -> TalkingHead:
    return TalkingHead(networks, buckets=BUCKETS, frames_max=40)


def avatar(seed: int, frames: int = 3) -> AvatarFrames:
    draw = np.random.default_rng(seed)
    side = SMALL.latent_side
    latents = draw.normal(size=(frames, 8, side, side)).astype(np.float32)
    crops = draw.integers(0, 256, (frames, SMALL.side, SMALL.side, 3), np.uint8)
    mask = np.zeros((SMALL.side, SMALL.side), np.uint8)
    mask[HALF + 6 : -6, 8:-8] = 200
    return AvatarFrames(latents, crops, mask)


def sound(seed: int, rows: int) -> np.ndarray:
    return np.random.default_rng(seed).normal(size=(rows, 50, 384)).astype(np.float32)


def batch(avatars: list[int], frames: list[int], heard: np.ndarray) -> Batch:
    return Batch(np.array(avatars, np.int64), np.array(frames, np.int64), heard)


@pytest.fixture(scope="module")
def two(head: TalkingHead) -> tuple[int, int]:
    return head.keep(avatar(1)), head.keep(avatar(2))


def test_it_is_the_network_a_scheduler_asks_for(head: TalkingHead):
    network: TalkingHeadNetwork = head
    assert network is head


def test_patches_are_the_lower_half_in_bytes_and_show_only_what_the_mask_lets_through(head, two):
    rows = head.submit(batch([two[0], two[1]], [0, 2], sound(1, 2))).take()
    assert rows.dtype == np.uint8
    assert rows.shape == (2, HALF, SMALL.side, 3)
    hidden = avatar(1).mask[HALF:] == 0
    assert np.array_equal(rows[0][hidden], avatar(1).crops[0, HALF:][hidden])
    assert np.array_equal(rows[1][hidden], avatar(2).crops[2, HALF:][hidden])
    assert (rows[0] != avatar(1).crops[0, HALF:]).mean() > 0.3


def test_alone_or_among_others_a_row_is_the_same_picture(head, two):
    heard = sound(3, 7)
    owners, frames = [two[n % 2] for n in range(7)], [n % 3 for n in range(7)]
    together = head.submit(batch(owners, frames, heard)).take()
    for row in range(7):
        alone = head.submit(batch([owners[row]], [frames[row]], heard[row : row + 1])).take()[0]
        assert np.abs(together[row].astype(int) - alone.astype(int)).max() <= 1


def test_a_batch_in_another_order_gives_the_same_pictures_in_that_order(head, two):
    heard, order = sound(4, 8), np.array([5, 2, 7, 0, 3, 6, 1, 4])
    owners, frames = np.array([two[n % 2] for n in range(8)]), np.arange(8) % 3
    given = head.submit(Batch(owners, frames, heard)).take()
    turned = head.submit(Batch(owners[order], frames[order], heard[order])).take()
    assert np.array_equal(turned, given[order])


def test_what_one_conversation_says_never_moves_a_pixel_of_another(head, two):
    heard = sound(5, 4)
    before = head.submit(batch([two[0], two[1], two[0], two[1]], [0, 0, 1, 1], heard)).take()
    heard[0::2] = sound(6, 2) * 50
    after = head.submit(batch([two[0], two[1], two[0], two[1]], [2, 0, 2, 1], heard)).take()
    assert np.array_equal(after[1::2], before[1::2])
    assert not np.array_equal(after[0], before[0])


def test_sound_moves_the_mouth_and_the_hidden_half_of_the_face_does_not_come_back(head, two):
    still, loud = (head.submit(batch([two[0]], [0], sound(seed, 1))).take()[0] for seed in (10, 11))
    assert not np.array_equal(still, loud)
    again = head.submit(batch([two[0]], [0], sound(10, 1))).take()[0]
    assert np.array_equal(still, again)


def test_on_a_processor_a_batch_is_ready_when_it_is_handed_in(head, two):
    assert head.submit(batch([two[0]], [0], sound(1, 1))).is_ready()


def test_an_avatar_that_leaves_frees_all_and_leaves_nothing_behind(networks):
    head = TalkingHead(networks, buckets=(1,), frames_max=6)
    first = head.keep(avatar(1, frames=4))
    with pytest.raises(AvatarDoesNotFit, match="room for 2 more"):
        head.keep(avatar(2, frames=3))
    head.drop(first)
    assert head.store.frames_free == 6
    assert not any(block.any() for block in (head.store.latents, head.store.crops, head.store.masks))
    with pytest.raises(KeyError):
        head.submit(batch([first], [0], sound(1, 1)))
    assert head.keep(avatar(2, frames=6)) != first


def test_wrong_rows_and_frames_are_refused(head, two):
    for rows in (0, 9):
        with pytest.raises(ValueError, match="1 to 8 rows"):
            head.submit(batch([two[0]] * rows, [0] * rows, sound(1, rows)))
    with pytest.raises(IndexError, match="no frame 3"):
        head.submit(batch([two[0]], [3], sound(1, 1)))
    with pytest.raises(ValueError, match="latents, crops and mask"):
        head.keep(AvatarFrames(avatar(1).latents[:, :4], avatar(1).crops, avatar(1).mask))


def test_the_turbo_decoder_reads_the_same_latents_and_is_asked_for_by_name(networks):
    turbo = TalkingHead(networks, decoder="turbo", buckets=(1, 4), frames_max=4)
    facts = turbo.warm_up()
    assert facts.engine == "musetalk-turbo"
    assert facts.device == "processor"
    assert facts.buckets == (1, 4)
    assert all(seconds > 0 for seconds in facts.seconds_per_batch.values())
    assert facts.bytes_per_frame == 8 * SMALL.latent_side**2 * 4 + HALF * SMALL.side * 3
    assert turbo.submit(batch([turbo.keep(avatar(1))], [1], sound(1, 1))).take().shape == (1, HALF, SMALL.side, 3)
    bare = HeadNetworks(SMALL, networks.listener, networks.lips, networks.codec, None)
    with pytest.raises(NeuralPartsMissing, match="TAESD"):
        TalkingHead(bare, decoder="turbo")


def test_whole_number_mixing_is_exact_division_for_every_value_and_equal_on_both_sides():
    below, above, share = (axis.reshape(-1, 256) for axis in np.meshgrid(*[np.arange(256, dtype=np.uint8)] * 3, indexing="ij"))
    mixed = blend(below[..., None], above[..., None], share)[..., 0]
    exact = below.astype(np.int64) * (255 - share) + above.astype(np.int64) * share
    assert np.array_equal(mixed, (2 * exact + 255) // 510)
    tensors = (torch.from_numpy(part) for part in (below[..., None], above[..., None], share))
    assert np.array_equal(blend_tensors(*tensors).numpy()[..., 0], mixed)


def test_mixing_is_pasting_through_a_mask():
    draw = np.random.default_rng(2)
    below, above = (draw.integers(0, 256, (96, 128, 3), np.uint8) for _ in range(2))
    share = draw.integers(0, 256, (96, 128), np.uint8)
    pasted = Image.fromarray(below)
    pasted.paste(Image.fromarray(above), mask=Image.fromarray(share))
    assert np.array_equal(blend(below, above, share), np.asarray(pasted))


def test_every_batch_size_of_two_heads_in_one_process_is_fused(networks, monkeypatch):
    fused: list[int] = []

    def note(graph, _examples):
        fused.append(1)
        return graph.forward

    class Shallow(TalkingHead):
        """As many sizes as a stage has, and a network that is fused in no time."""

        def _run(self, latents, sound):
            return latents.new_zeros(len(latents), 3, SMALL.side, SMALL.side) + sound.mean() * (2 if self.decoder == "turbo" else 3)

    monkeypatch.setattr(torch, "compile", partial(torch.compile, backend=note))
    for decoder in ("quality", "turbo"):
        Shallow(networks, decoder=decoder, frames_max=2, is_compiled=True).warm_up()
    assert len(fused) == 2 * len(STAGE_BUCKETS)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="a recorded batch needs a CUDA card; this machine has none")
def test_a_recorded_batch_is_the_same_as_one_run_directly(networks):
    heads = [TalkingHead(networks, device="cuda", buckets=(4,), frames_max=4, has_graphs=has_graphs) for has_graphs in (True, False)]
    recorded, direct = (head.submit(batch([head.keep(avatar(1))] * 3, [0, 1, 2], sound(1, 3))).take() for head in heads)
    assert np.array_equal(recorded, direct)


@pytest.mark.skipif(not torch.cuda.is_available(), reason="only a card draws beside the thread that asks; this machine has none")
def test_a_batch_on_a_card_says_when_it_is_ready_and_is_ready_then(networks):
    head = TalkingHead(networks, device="cuda", buckets=(4,), frames_max=4)
    asked = [head.keep(avatar(1))] * 3, [0, 1, 2], sound(1, 3)
    first = head.submit(batch(*asked)).take()
    pending, until_s = head.submit(batch(*asked)), time.monotonic() + 10
    while not pending.is_ready():
        assert time.monotonic() < until_s
        time.sleep(0.0005)
    began_s = time.perf_counter()
    assert np.array_equal(pending.take(), first)
    assert time.perf_counter() - began_s < 0.01
