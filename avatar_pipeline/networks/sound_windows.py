"""What the lip network hears for a frame: ten moments of sound, 80 ms before to 120 ms after, each in five layers of understanding.

The layers are those of whisper-tiny's encoder at 50 moments a second: its input and the output of its four layers, the last one
normalised. The windows of all frames are gathered at once; they equal what MuseTalk's loop over frames cuts out, bit for bit.
"""

from __future__ import annotations

import math
from typing import Any, Final

import numpy as np
from numpy.typing import NDArray

from avatar_pipeline.networks.shape import SOUND_WIDTH

Floats = NDArray[np.float32]
SAMPLE_RATE_HZ: Final = 16_000
MOMENTS_PER_SECOND: Final = 50
MOMENTS: Final = 10  # a frame's window: two frames before, itself and two after, at the published 25 frames a second
PIECE_S: Final = 30  # whisper hears half a minute at a time
LAYERS: Final = 5


def build_listener() -> Any:
    """Whisper-tiny's encoder with random weights (8.2 M), ready to run."""
    from transformers import WhisperConfig
    from transformers.models.whisper.modeling_whisper import WhisperEncoder

    shape = {"d_model": SOUND_WIDTH, "encoder_layers": 4, "encoder_attention_heads": 6, "encoder_ffn_dim": 1536}
    return WhisperEncoder(WhisperConfig(**shape, attn_implementation="sdpa")).eval().requires_grad_(False)


def listen(listener: Any, samples: Floats) -> Floats:
    """What the encoder makes of mono samples at 16 kHz: float32 [moments, 5, 384], 50 moments a second, none for less than 20 ms."""
    import torch
    from transformers import WhisperFeatureExtractor

    ear = WhisperFeatureExtractor()
    place = next(listener.parameters())
    layers = []
    for start in range(0, len(samples), PIECE_S * SAMPLE_RATE_HZ):
        piece = samples[start : start + PIECE_S * SAMPLE_RATE_HZ]
        mel = ear(piece, sampling_rate=SAMPLE_RATE_HZ, return_tensors="pt").input_features
        with torch.inference_mode():
            layers.append(_layers(listener, mel.to(place.device, place.dtype)).float().cpu().numpy()[0])
    heard = np.concatenate(layers) if layers else np.zeros((0, LAYERS, SOUND_WIDTH), np.float32)
    return np.asarray(heard[: len(samples) * MOMENTS_PER_SECOND // SAMPLE_RATE_HZ], np.float32)


def _layers(listener: Any, mel: Any) -> Any:
    """The encoder's five layers for mel spectrograms [n, 80, 3000]: [n, 1500, 5, 384]."""
    import torch
    from torch.nn.functional import gelu

    state = gelu(listener.conv2(gelu(listener.conv1(mel)))).permute(0, 2, 1) + listener.embed_positions.weight
    states = [state]
    for layer in listener.layers:
        out = layer(states[-1], None)
        states.append(out[0] if isinstance(out, tuple) else out)
    states[-1] = listener.layer_norm(states[-1])
    return torch.stack(states, dim=2)


def windows(heard: Floats, frames: int, frames_per_second: int = 25) -> Floats:
    """The windows of the first `frames` frames: float32 [frames, 50, 384]. Before and after the sound there is silence (zeros)."""
    step = MOMENTS_PER_SECOND / frames_per_second
    before, after = math.ceil(step) * 2, math.ceil(step) * 6
    first = np.floor(np.arange(frames) * step).astype(np.int64)
    reach = int(first[-1]) + MOMENTS if frames else 0
    padded = np.pad(heard, ((before, max(after, reach - before - len(heard))), (0, 0), (0, 0)))
    cut = padded[first[:, None] + np.arange(MOMENTS)]
    return np.asarray(cut.reshape(frames, MOMENTS * LAYERS, SOUND_WIDTH), np.float32)


def places(count: int = MOMENTS * LAYERS, width: int = SOUND_WIDTH) -> Floats:
    """The sinusoids added to a window so that the network can tell its moments apart (Vaswani et al. 2017): float32 [count, width]."""
    position = np.arange(count, dtype=np.float32)[:, None]
    rate = np.exp(np.arange(0, width, 2, dtype=np.float32) * np.float32(-math.log(10_000.0) / width))
    table = np.empty((count, width), np.float32)
    table[:, 0::2], table[:, 1::2] = np.sin(position * rate), np.cos(position * rate)
    return table
