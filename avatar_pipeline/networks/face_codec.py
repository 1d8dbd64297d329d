"""Faces as small latent pictures and back: the autoencoder of Stable Diffusion 1 (sd-vae-ft-mse), and TAESD, a small decoder for speed.

Pictures are RGB in -1..1. A latent is the encoder's most likely one, not a random draw, so that preparing an avatar twice gives the same
bytes. The two decoders read the same latents: "quality" is the autoencoder's own, "turbo" needs a seventeenth of the work.
"""

from __future__ import annotations

from typing import Any, Final

from avatar_pipeline.networks.shape import HeadShape

SCALING: Final = 0.18215  # sd-vae-ft-mse: latents are multiplied by this to be near unit variance
LATENT_CHANNELS: Final = 4


def build_codec(shape: HeadShape) -> Any:
    """The autoencoder with random weights, ready to run."""
    from diffusers import AutoencoderKL

    halvings = len(shape.picture_channels)
    codec = AutoencoderKL(
        block_out_channels=shape.picture_channels,
        down_block_types=("DownEncoderBlock2D",) * halvings,
        up_block_types=("UpDecoderBlock2D",) * halvings,
        layers_per_block=shape.picture_layers,
        latent_channels=LATENT_CHANNELS,
        norm_num_groups=min(32, *shape.picture_channels),
        scaling_factor=SCALING,
    )
    return codec.eval().requires_grad_(False)


def build_turbo(shape: HeadShape) -> Any:
    """The small decoder (and its encoder, which is not used) with random weights, ready to run."""
    from diffusers import AutoencoderTiny

    channels, blocks = (shape.turbo_channels,) * 4, shape.turbo_blocks
    turbo = AutoencoderTiny(
        encoder_block_out_channels=channels,
        decoder_block_out_channels=channels,
        num_encoder_blocks=(1, blocks, blocks, blocks),
        num_decoder_blocks=(blocks, blocks, blocks, 1),
    )
    return turbo.eval().requires_grad_(False)


def encode(codec: Any, pictures: Any) -> Any:
    """The most likely latents of pictures [n, 3, side, side]: [n, 4, side/8, side/8], scaled."""
    return codec.encode(pictures).latent_dist.mode() * SCALING


def decode(codec: Any, latents: Any) -> Any:
    """The pictures of scaled latents, by the autoencoder: [n, 3, side, side], about -1..1."""
    return codec.decode(latents / SCALING, return_dict=False)[0]


def decode_turbo(turbo: Any, latents: Any) -> Any:
    """The pictures of scaled latents, by the small decoder, which was trained on scaled ones."""
    return turbo.decode(latents, return_dict=False)[0]
