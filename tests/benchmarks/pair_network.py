"""The trained layers of app/conversations/language_models/pair_reader.py as a network to be trained: torch, for benchmarks only."""

from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from app.conversations.language_models.pair_reader import BLOCK, EPSILON, HEADS, SHARPNESS, TELLS, WIDTH

INNER = 4 * WIDTH
NEARNESS_START = (20.0, -17.4)
"""Where training begins: a cosine of 0.87 by the multilingual model is as good as none."""
PRODUCTS = ("q", "k", "v", "o", "fi", "fo")
NORMS = ("n1", "n2")
SHARES_OF_WIDEST = np.linspace(0.75, 1.1, 15)
"""Scales tried for a block of 4-bit weights: shares of the one that keeps its widest weight."""


@dataclass(frozen=True)
class Batch:
    """Pairs to be read: per pair its question's states and mask (pairs, pieces, 384), which passage it is, and how near they are.

    Passages stand once each (passages, pieces, 384).
    """

    asked: Tensor
    is_asked: Tensor
    told: Tensor
    is_told: Tensor
    which: Tensor
    nearness: Tensor


class Layer(nn.Module):
    """One layer of BERT's kind."""

    def __init__(self) -> None:
        super().__init__()
        self.q, self.k, self.v, self.o = (nn.Linear(WIDTH, WIDTH) for _ in range(4))
        self.fi, self.fo = nn.Linear(WIDTH, INNER), nn.Linear(INNER, WIDTH)
        self.n1, self.n2 = nn.LayerNorm(WIDTH, eps=EPSILON), nn.LayerNorm(WIDTH, eps=EPSILON)

    def forward(self, asked: Tensor, told: Tensor, batch: Batch, dropout: float) -> Tensor:
        """One reading of question (pairs, pieces, 384) and passages (passages, pieces, 384)."""
        pairs, pieces, _ = asked.shape
        parts = HEADS, WIDTH // HEADS
        keys, values = (
            torch.cat([own(asked).view(pairs, pieces, *parts), own(told).view(*told.shape[:2], *parts)[batch.which]], 1).transpose(1, 2)
            for own in (self.k, self.v)
        )
        mask = torch.cat([batch.is_asked, batch.is_told[batch.which]], 1)[:, None, None, :]
        queries = self.q(asked).view(pairs, pieces, *parts).transpose(1, 2)
        return self._after(asked, functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask), dropout)

    def alone(self, told: Tensor, is_told: Tensor, dropout: float) -> Tensor:
        """One reading of passages by themselves, shape (passages, pieces, 384)."""
        passages, pieces, _ = told.shape
        parts = HEADS, WIDTH // HEADS
        queries, keys, values = (own(told).view(passages, pieces, *parts).transpose(1, 2) for own in (self.q, self.k, self.v))
        mask = is_told[:, None, None, :]
        return self._after(told, functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask), dropout)

    def _after(self, came: Tensor, seen: Tensor, dropout: float) -> Tensor:
        product = self.o(seen.transpose(1, 2).reshape(came.shape))
        kept = self.n1(came + functional.dropout(product, dropout, self.training))
        inner = self.fo(functional.gelu(self.fi(kept)))
        read: Tensor = self.n2(kept + functional.dropout(inner, dropout, self.training))
        return read


class PairNetwork(nn.Module):
    """Layers over frozen states: `layers` read the question with the passage, `tells` the passage alone for the next of these.

    `centres` (2, 384), the mean states of questions and passages, switch the first alignment on.
    """

    def __init__(self, count: int, centres: NDArray[np.float32] | None, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(count))
        self.tells = nn.ModuleList(Layer() for _ in range(count - 1))
        self.segments = nn.Parameter(torch.zeros(count, WIDTH))
        self.head = nn.Linear(2 * WIDTH, 1)
        self.nearness = nn.Parameter(torch.tensor(NEARNESS_START))
        nn.init.normal_(self.head.weight, std=0.02)
        nn.init.zeros_(self.head.bias)
        self.centres = None if centres is None else torch.tensor(centres)
        self.dropout = dropout
        if centres is not None:
            self.signs, self.found = nn.Linear(3, WIDTH), nn.Linear(WIDTH, WIDTH)
            nn.init.normal_(self.signs.weight, std=0.05)
            for weights in (self.signs.bias, self.found.weight, self.found.bias):
                nn.init.zeros_(weights)

    def forward(self, batch: Batch) -> Tensor:
        """The log-odds of each pair, shape (pairs,)."""
        asked, told = (batch.asked if self.centres is None else batch.asked + self._found(batch)), batch.told
        for place, layer in enumerate(self.layers):
            asked = layer(asked, told + self.segments[place], batch, self.dropout)
            if place < len(self.tells):
                told = self._tells(place).alone(told, batch.is_told, self.dropout)
        is_asked = batch.is_asked.unsqueeze(-1)
        mean = (asked * is_asked).sum(1) / is_asked.sum(1)
        scores: Tensor = self.head(torch.cat([asked[:, 0], mean], -1)).squeeze(-1).float()
        return scores + self.nearness[0] * batch.nearness + self.nearness[1]

    def added_later(self) -> list[nn.Parameter]:
        """What the untrained model does not have: it learns faster."""
        return [weights for name, weights in self.named_parameters() if not name.startswith(("layers.", "tells."))]

    def _tells(self, place: int) -> Layer:
        layer = self.tells[place]
        assert isinstance(layer, Layer)
        return layer

    def _found(self, batch: Batch) -> Tensor:
        """What each piece of a question finds likest among its passage's pieces, before the first layer."""
        assert self.centres is not None
        own = functional.normalize(batch.asked - self.centres[0], dim=-1)
        other = functional.normalize(batch.told - self.centres[1], dim=-1)[batch.which]
        likeness = (own @ other.transpose(1, 2)).masked_fill(~batch.is_told[batch.which][:, None], -1.0)
        found = torch.softmax(likeness * SHARPNESS, -1) @ batch.told[batch.which] - self.centres[1]
        is_own = batch.is_asked.unsqueeze(-1)
        best = likeness.masked_fill(~is_own, -1.0).amax(1)
        whole = (best * batch.is_told[batch.which]).sum(-1) / batch.is_told[batch.which].sum(-1)
        signs = torch.cat([likeness.topk(2, -1).values, whole[:, None, None].expand(-1, likeness.shape[1], 1)], -1)
        return self.signs(signs) + self.found(found)


def packed(network: PairNetwork, skipped: int) -> dict[str, NDArray[np.generic]]:
    """The network as pair_reader.py reads it: products in 8 bits with a scale for every BLOCK weights, the rest in halves.

    What reads passages alone is stored in 4 bits, as the multilingual model is as a whole.
    """
    held: dict[str, NDArray[np.generic]] = {"skipped": np.array(skipped), "segments": _halves(network.segments)}
    every = [(f"{place}.", layer, _bytes) for place, layer in enumerate(network.layers)]
    every += [(f"{TELLS}{place}.", layer, _half_bytes) for place, layer in enumerate(network.tells)]
    for at, layer, packed_as in every:
        for name in PRODUCTS:
            own = getattr(layer, name)
            held[f"{at}{name}.w"], held[f"{at}{name}.s"] = packed_as(own.weight.detach().numpy())
            held[f"{at}{name}.b"] = _halves(own.bias)
        for name in NORMS:
            own = getattr(layer, name)
            held[f"{at}{name}.w"], held[f"{at}{name}.b"] = _halves(own.weight), _halves(own.bias)
    held |= {"head": network.head.weight.detach().numpy()[0], "head_bias": network.head.bias.detach().numpy()[0]}
    held["nearness"] = network.nearness.detach().numpy()
    if network.centres is not None:
        held |= {"signs.w": network.signs.weight.detach().numpy(), "signs.b": network.signs.bias.detach().numpy()}
        held |= {
            "found.w": _halves(network.found.weight),
            "found.b": network.found.bias.detach().numpy(),
            "centres": network.centres.numpy(),
        }
    return held


def _halves(values: Tensor) -> NDArray[np.float16]:
    return values.detach().numpy().astype(np.float16)


def _bytes(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Weights around 128 with a scale for each block."""
    blocks = matrix.reshape(len(matrix), -1, BLOCK)
    scales = (np.abs(blocks).max(-1) / 127).astype(np.float16)
    scales[scales == 0] = 1
    return np.clip(np.rint(blocks / scales.astype(np.float32)[..., None]) + 128, 0, 255).astype(np.uint8), scales


def _half_bytes(matrix: NDArray[np.float32]) -> tuple[NDArray[np.uint8], NDArray[np.float16]]:
    """Weights around 8, two neighbours a byte, with the scale of each block that loses least."""
    blocks = matrix.reshape(len(matrix), -1, BLOCK)
    widest = blocks[np.arange(len(blocks))[:, None], np.arange(blocks.shape[1]), np.abs(blocks).argmax(-1)]
    best, least, scales = np.zeros(blocks.shape, np.uint8), np.full(blocks.shape[:2], np.inf), np.zeros(blocks.shape[:2], np.float16)
    for share in SHARES_OF_WIDEST:
        tried = (-share * widest / 8).astype(np.float16)
        tried[tried == 0] = 1
        wide = tried.astype(np.float32)[..., None]
        values = np.clip(np.rint(blocks / wide) + 8, 0, 15)
        lost = (((values - 8) * wide - blocks) ** 2).sum(-1)
        is_better = lost < least
        best[is_better], least[is_better], scales[is_better] = values[is_better].astype(np.uint8), lost[is_better], tried[is_better]
    return best[..., 0::2] | (best[..., 1::2] << 4), scales
