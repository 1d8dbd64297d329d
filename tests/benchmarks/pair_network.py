"""The trained layers of app/conversations/language_models/pair_reader.py as a network to be trained: torch, for benchmarks only."""

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor, nn
from torch.nn import functional

from app.conversations.language_models.pair_reader import BLOCK, EPSILON, HEADS, SHARPNESS, WIDTH

INNER = 4 * WIDTH
NEARNESS_START = (20.0, -17.4)
"""Where training begins: a cosine of 0.87 by the multilingual model is as good as none."""
PRODUCTS = ("q", "k", "v", "o", "fi", "fo")
NORMS = ("n1", "n2")


@dataclass(frozen=True)
class Batch:
    """Pairs to be read: per pair its question's states and mask (pairs, pieces, 384), which passage it is, and how near they are.

    Passages stand once each, a tensor (passages, pieces, 384) per layer.
    """

    asked: Tensor
    is_asked: Tensor
    told: Sequence[Tensor]
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
        seen = functional.scaled_dot_product_attention(queries, keys, values, attn_mask=mask).transpose(1, 2).reshape(pairs, pieces, WIDTH)
        kept = self.n1(asked + functional.dropout(self.o(seen), dropout, self.training))
        inner = self.fo(functional.gelu(self.fi(kept)))
        read: Tensor = self.n2(kept + functional.dropout(inner, dropout, self.training))
        return read


class PairNetwork(nn.Module):
    """Layers over frozen states; `centres` (2, 384), the mean states of questions and passages, switch the first alignment on."""

    def __init__(self, count: int, centres: NDArray[np.float32] | None, dropout: float) -> None:
        super().__init__()
        self.layers = nn.ModuleList(Layer() for _ in range(count))
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
        asked = batch.asked if self.centres is None else batch.asked + self._found(batch)
        for place, layer in enumerate(self.layers):
            asked = layer(asked, batch.told[place] + self.segments[place], batch, self.dropout)
        is_asked = batch.is_asked.unsqueeze(-1)
        mean = (asked * is_asked).sum(1) / is_asked.sum(1)
        scores: Tensor = self.head(torch.cat([asked[:, 0], mean], -1)).squeeze(-1).float()
        return scores + self.nearness[0] * batch.nearness + self.nearness[1]

    def added_later(self) -> list[nn.Parameter]:
        """What the untrained model does not have: it learns faster."""
        return [weights for name, weights in self.named_parameters() if not name.startswith("layers.")]

    def _found(self, batch: Batch) -> Tensor:
        """What each piece of a question finds likest among its passage's pieces, before the first layer."""
        assert self.centres is not None
        own = functional.normalize(batch.asked - self.centres[0], dim=-1)
        other = functional.normalize(batch.told[0] - self.centres[1], dim=-1)[batch.which]
        likeness = (own @ other.transpose(1, 2)).masked_fill(~batch.is_told[batch.which][:, None], -1.0)
        found = torch.softmax(likeness * SHARPNESS, -1) @ batch.told[0][batch.which] - self.centres[1]
        is_own = batch.is_asked.unsqueeze(-1)
        best = likeness.masked_fill(~is_own, -1.0).amax(1)
        whole = (best * batch.is_told[batch.which]).sum(-1) / batch.is_told[batch.which].sum(-1)
        signs = torch.cat([likeness.topk(2, -1).values, whole[:, None, None].expand(-1, likeness.shape[1], 1)], -1)
        return self.signs(signs) + self.found(found)


def packed(network: PairNetwork, skipped: int) -> dict[str, NDArray[np.generic]]:
    """The network as pair_reader.py reads it: products in 8 bits with a scale for every BLOCK weights, the rest in halves."""
    held: dict[str, NDArray[np.generic]] = {"skipped": np.array(skipped), "segments": _halves(network.segments)}
    for place, layer in enumerate(network.layers):
        for name in PRODUCTS:
            own = getattr(layer, name)
            held[f"{place}.{name}.w"], held[f"{place}.{name}.s"] = _bytes(own.weight.detach().numpy())
            held[f"{place}.{name}.b"] = _halves(own.bias)
        for name in NORMS:
            own = getattr(layer, name)
            held[f"{place}.{name}.w"], held[f"{place}.{name}.b"] = _halves(own.weight), _halves(own.bias)
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
