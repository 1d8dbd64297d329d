"""Lucia: bright and eager, new ideas every day. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

LUCIA: Final = Person(
    face_id="lucia",
    name="Lucia",
    sex="female",
    age_years=25,
    origin={"caucasian": 0.7, "african": 0.2, "asian": 0.1},
    seed=27,
    shape={
        "head/head-invertedtriangular": 0.3,
        "eyes/*-eye-scale-incr": 0.65,
        "mouth/mouth-lowerlip-height-incr": 0.4,
        "mouth/mouth-upperlip-height-incr": 0.35,
        "mouth/mouth-scale-horiz-incr": 0.15,
        "nose/nose-scale-horiz-decr": 0.3,
        "nose/nose-point-up": 0.45,
        "nose/nose-scale-vert-decr": 0.2,
        "chin/chin-width-decr": 0.25,
        "cheek/*-cheek-volume-incr": 0.45,
        "forehead/forehead-scale-vert-decr": 0.5,
        "ears/*-ear-wing-decr": 1.0,
        "ears/*-ear-scale-decr": 0.8,
    },
    expression=smiling(0.7, 0.2, 0.38),
    skin=(0.68, 0.415, 0.285),
    lip=(0.6, 0.17, 0.16),
    eye=(0.12, 0.11, 0.035),
    hair=Hair(
        style="bob",
        melanin=0.7,
        redness=0.75,
        part=0.12,
        length=2.2,
        drop=1.2,
        inward=0.15,
        wave=0.055,
        turns=2.4,
        volume=1.35,
        recede=-0.5,
    ),
    brow=Brow(density=320, thick=1.05, arch=0.024),
    clothes=Clothes(kind="crew", colour=(0.5, 0.235, 0.045)),
    backdrop=Backdrop((0.2, 0.27, 0.25), (0.95, 0.85, 0.66), 16, 27),
    blush=0.5,
    lip_gloss=0.32,
    makeup=0.35,
    freckles=0.25,
    relief=0.014,
    lashes=1.25,
)
