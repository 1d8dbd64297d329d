"""From one person's rendered layers to the files the product ships: a chat rig, a film rig and a poster.

    python -m avatar_pipeline.authoring.finish RENDERED --person mei --out avatar_pipeline/faces

RENDERED is the folder that authoring/blender wrote (scene.npz and layers/). The wall is drawn here. The chat rig is
packed as well as its byte budget allows.
"""

from __future__ import annotations

import argparse
import io
from pathlib import Path

import cv2
import numpy as np
from PIL import Image

from avatar_pipeline.authoring.backdrop import draw_backdrop
from avatar_pipeline.authoring.beard_shade import with_beard_shade
from avatar_pipeline.authoring.form_shade import with_form_shade
from avatar_pipeline.authoring.hair_shade import casts_shade, with_hair_shade
from avatar_pipeline.authoring.hairline import begins_at_once, with_hairline
from avatar_pipeline.authoring.lid_edges import with_lid_edges
from avatar_pipeline.authoring.moustache import with_trimmed_moustache
from avatar_pipeline.authoring.people import person
from avatar_pipeline.authoring.person import Person
from avatar_pipeline.authoring.skin_relief import with_skin_relief
from avatar_pipeline.rig.clear_whites import with_clear_whites
from avatar_pipeline.rig.light_teeth import with_lit_teeth
from avatar_pipeline.rig.lip_line import with_lip_line
from avatar_pipeline.rig.lip_shapes import with_lip_shapes, with_lips_together
from avatar_pipeline.rig.make_rig import make_rig
from avatar_pipeline.rig.render import FaceRenderer
from avatar_pipeline.rig.rig import Rig
from avatar_pipeline.rig.soft_edges import with_soft_edges, with_whole_lips
from avatar_pipeline.rig.under_lip import with_room_under_lip
from avatar_pipeline.rig.wet_eyes import with_wet_eyes
from avatar_pipeline.rig.write_rig import write_rig

CHAT_PX, CHAT_BYTES_MAX = 512, 120_000
FILM_PX, FILM_BYTES_MAX = 768, 205_000
POSTER_PX, POSTER_BYTES_MAX = 384, 15_000
_QUALITIES = range(90, 40, -2)


def finish(rendered: Path, made: Person, out: Path) -> None:
    """Write ID.rig, ID.film.rig and ID.webp into the folder `out`."""
    layers = rendered / "layers"
    background = draw_backdrop(made.backdrop, FILM_PX)
    cv2.imwrite(str(layers / "background.png"), background)
    scene, identity = str(rendered / "scene.npz"), (made.face_id, made.name)
    film, chat = (_finished(make_rig(scene, layers, side, identity), made) for side in (FILM_PX, CHAT_PX))
    (out / f"{made.face_id}.film.rig").write_bytes(_within(film, FILM_BYTES_MAX))
    (out / f"{made.face_id}.rig").write_bytes(_within(chat, CHAT_BYTES_MAX))
    (out / f"{made.face_id}.webp").write_bytes(poster(film))


def _finished(rig: Rig, made: Person) -> Rig:
    """With all that is done to a rig once its pictures are on its mesh."""
    skinned = with_skin_relief(rig, made.relief, made.seed)
    edged = with_whole_lips(with_soft_edges(with_room_under_lip(with_lip_shapes(skinned, made.expression))))
    whole = with_lips_together(with_lit_teeth(with_lid_edges(with_wet_eyes(with_clear_whites(edged)))))
    lined = with_lip_line(whole) if made.lip_line else whole
    lit = with_form(with_hair_shade(lined) if casts_shade(made) else lined, made)
    return with_trimmed_moustache(lit, made.seed) if made.beard else lit


def with_form(rig: Rig, made: Person) -> Rig:
    """The rig with the light that a studio would give it: on the face's form, among a beard's hairs and at the hairline. Once per rig."""
    bearded = with_beard_shade(rig) if made.beard else rig
    haired = with_hairline(bearded, made) if begins_at_once(made) else bearded
    return with_form_shade(haired)


def _within(rig: Rig, bytes_max: int) -> bytes:
    """The rig's file at the best quality that fits. Raises ValueError when none does."""
    for quality in _QUALITIES:
        data = write_rig(rig, quality=quality)
        if len(data) <= bytes_max:
            return data
    raise ValueError(f"{rig.name} does not fit into {bytes_max} bytes at any quality worth showing.")


def poster(rig: Rig) -> bytes:
    """The person at rest as a small WebP picture."""
    frame = FaceRenderer(rig).render(np.zeros(57, np.float32))
    small = cv2.resize(frame, (POSTER_PX, POSTER_PX), interpolation=cv2.INTER_AREA)
    picture = Image.fromarray(cv2.cvtColor(small, cv2.COLOR_BGR2RGB))
    for quality in _QUALITIES:
        out = io.BytesIO()
        picture.save(out, "WEBP", quality=quality, method=6)
        if out.tell() <= POSTER_BYTES_MAX:
            break
    return out.getvalue()


def main() -> None:
    """Read the command line and write the three files."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("rendered", type=Path)
    parser.add_argument("--person", required=True)
    parser.add_argument("--out", type=Path, required=True)
    asked = parser.parse_args()
    finish(asked.rendered, person(asked.person), asked.out)


if __name__ == "__main__":
    main()
