"""Nadia: poised and to the point. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

NADIA: Final = Person(
    face_id="nadia",
    name="Nadia",
    sex="female",
    age_years=38,
    origin={"caucasian": 0.8, "african": 0.1, "asian": 0.1},
    seed=31,
    shape={
        "head/head-diamond": 0.5,
        "nose/nose-hump-incr": 0.45,
        "nose/nose-scale-vert-incr": 0.25,
        "nose/nose-scale-horiz-decr": 0.2,
        "eyes/*-eye-scale-incr": 0.4,
        "eyes/*-eye-corner2-up": 0.5,
        "cheek/*-cheek-bones-incr": 0.6,
        "chin/chin-prominent-incr": 0.25,
        "mouth/mouth-lowerlip-height-incr": 0.35,
        "mouth/mouth-upperlip-height-incr": 0.35,
        "forehead/forehead-scale-vert-decr": 0.4,
        "chin/chin-height-decr": 0.3,
    },
    expression=smiling(0.5, 0.14, 0.34),
    skin=(0.58, 0.345, 0.23),
    lip=(0.48, 0.11, 0.12),
    eye=(0.1, 0.055, 0.022),
    hair=Hair(style="bun", melanin=0.93, redness=0.3),
    brow=Brow(density=460, thick=1.2, arch=0.028),
    clothes=Clothes(kind="blazer", colour=(0.02, 0.085, 0.075), inner=(0.62, 0.6, 0.56)),
    backdrop=Backdrop((0.36, 0.3, 0.29), (0.92, 0.8, 0.74), 9, 31),
    blush=0.35,
    lip_gloss=0.32,
    makeup=0.5,
    relief=0.014,
    lashes=1.25,
)
