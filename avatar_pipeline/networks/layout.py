"""Which tensors a published lip network holds, worked out from the rules by which Stable Diffusion 1 names and sizes them.

A checkpoint is compared with this list before it is loaded, so that a file of another model is refused with a sentence that says what
is wrong. The list comes from the rules, not from a copy of a file, and a test builds the network and finds the same 686 names.
"""

from __future__ import annotations

from collections.abc import Mapping

from avatar_pipeline.networks.lip_network import CHANNELS_IN, CHANNELS_OUT
from avatar_pipeline.networks.shape import SOUND_WIDTH, HeadShape

Layout = dict[str, tuple[int, ...]]


def lip_layout(shape: HeadShape) -> Layout:
    """Every tensor's name and size."""
    return _Writer(shape).whole()


def difference(found: Mapping[str, tuple[int, ...]], wanted: Mapping[str, tuple[int, ...]]) -> str:
    """A sentence on how a file's tensors differ from the wanted ones; empty when they do not."""
    missing, foreign = sorted(wanted.keys() - found.keys()), sorted(found.keys() - wanted.keys())
    other = sorted(name for name in wanted.keys() & found.keys() if tuple(wanted[name]) != tuple(found[name]))
    parts = [
        f"{len(names)} tensors {what}, such as {names[0]}"
        for what, names in (("are missing", missing), ("do not belong", foreign), ("have another size", other))
        if names
    ]
    return "; ".join(parts)


class _Writer:
    """Writes the list down in the order in which the network runs."""

    def __init__(self, shape: HeadShape) -> None:
        self.shape, self.made, self.time = shape, Layout(), 4 * shape.channels[0]

    def whole(self) -> Layout:
        """Down four levels, through the middle, and up again with the outputs of the way down beside."""
        widths, layers = self.shape.channels, self.shape.layers
        last = len(widths) - 1
        self.conv("conv_in", CHANNELS_IN, widths[0], 3)
        self.linear("time_embedding.linear_1", widths[0], self.time)
        self.linear("time_embedding.linear_2", self.time, self.time)
        beside, width = [widths[0]], widths[0]
        for level, wide in enumerate(widths):
            name = f"down_blocks.{level}"
            for layer in range(layers):
                self.level(name, layer, width, wide, hears=level < last)
                width = wide
                beside.append(wide)
            if level < last:
                self.conv(f"{name}.downsamplers.0.conv", wide, wide, 3)
                beside.append(wide)
        self.resnet("mid_block.resnets.0", width, width)
        self.attention("mid_block.attentions.0", width)
        self.resnet("mid_block.resnets.1", width, width)
        for level, wide in enumerate(reversed(widths)):
            name = f"up_blocks.{level}"
            for layer in range(layers + 1):
                self.level(name, layer, width + beside.pop(), wide, hears=level > 0)
                width = wide
            if level < last:
                self.conv(f"{name}.upsamplers.0.conv", wide, wide, 3)
        self.norm("conv_norm_out", width)
        self.conv("conv_out", width, CHANNELS_OUT, 3)
        return self.made

    def level(self, name: str, layer: int, came: int, goes: int, *, hears: bool) -> None:
        self.resnet(f"{name}.resnets.{layer}", came, goes)
        if hears:
            self.attention(f"{name}.attentions.{layer}", goes)

    def resnet(self, name: str, came: int, goes: int) -> None:
        self.norm(f"{name}.norm1", came)
        self.conv(f"{name}.conv1", came, goes, 3)
        self.linear(f"{name}.time_emb_proj", self.time, goes)
        self.norm(f"{name}.norm2", goes)
        self.conv(f"{name}.conv2", goes, goes, 3)
        if came != goes:
            self.conv(f"{name}.conv_shortcut", came, goes, 1)

    def attention(self, name: str, wide: int) -> None:
        """One transformer block: to itself, to the sound, and a gated feed-forward part of four times the width."""
        self.norm(f"{name}.norm", wide)
        self.conv(f"{name}.proj_in", wide, wide, 1)
        block = f"{name}.transformer_blocks.0"
        for number, context in ((1, wide), (2, SOUND_WIDTH)):
            self.norm(f"{block}.norm{number}", wide)
            attend = f"{block}.attn{number}"
            self.made |= {f"{attend}.to_q.weight": (wide, wide)}
            self.made |= {f"{attend}.to_{part}.weight": (wide, context) for part in "kv"}
            self.linear(f"{attend}.to_out.0", wide, wide)
        self.norm(f"{block}.norm3", wide)
        self.linear(f"{block}.ff.net.0.proj", wide, 8 * wide)
        self.linear(f"{block}.ff.net.2", 4 * wide, wide)
        self.conv(f"{name}.proj_out", wide, wide, 1)

    def norm(self, name: str, wide: int) -> None:
        self.made |= {f"{name}.weight": (wide,), f"{name}.bias": (wide,)}

    def linear(self, name: str, came: int, goes: int) -> None:
        self.made |= {f"{name}.weight": (goes, came), f"{name}.bias": (goes,)}

    def conv(self, name: str, came: int, goes: int, side: int) -> None:
        self.made |= {f"{name}.weight": (goes, came, side, side), f"{name}.bias": (goes,)}
