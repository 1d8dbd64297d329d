"""Ingrid: kind and clear, with decades at the counter. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

INGRID: Final = Person(
    face_id="ingrid",
    name="Ingrid",
    sex="female",
    age_years=57,
    origin={"caucasian": 1},
    seed=11,
    shape={
        "head/head-oval": 0.45,
        "mouth/mouth-upperlip-height-incr": 0.4,
        "mouth/mouth-lowerlip-height-incr": 0.3,
        "cheek/*-cheek-bones-incr": 0.5,
        "eyes/*-eye-scale-incr": 0.45,
        "forehead/forehead-scale-vert-decr": 0.6,
        "ears/*-ear-wing-decr": 1.0,
        "ears/*-ear-scale-decr": 0.8,
        "nose/nose-scale-horiz-decr": 0.25,
    },
    expression=smiling(0.62, 0.2, 0.45),
    skin=(0.79, 0.53, 0.42),
    lip=(0.66, 0.21, 0.23),
    eye=(0.1, 0.2, 0.28),
    hair=Hair(
        style="bob", melanin=0.1, colour=(0.42, 0.385, 0.34), part=-0.25, length=1.3, variety=0.25, volume=1.5, recede=-0.7, scalp=0.6
    ),
    brow=Brow(density=340, thick=0.95, arch=0.03, colour=(0.13, 0.1, 0.075)),
    clothes=Clothes(kind="turtle", colour=(0.22, 0.045, 0.1)),
    backdrop=Backdrop((0.3, 0.33, 0.29), (0.86, 0.88, 0.78), 7, 11),
    blush=0.55,
    lip_gloss=0.36,
    makeup=0.35,
    freckles=0.12,
    relief=0.011,
    lashes=1.05,
)
