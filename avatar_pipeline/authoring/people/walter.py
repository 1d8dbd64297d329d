"""Walter: patient and courteous, never in a hurry. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

WALTER: Final = Person(
    face_id="walter",
    name="Walter",
    sex="male",
    age_years=60,
    origin={"caucasian": 1.0},
    seed=21,
    shape={
        "head/head-round": 0.35,
        "head/head-fat-incr": 0.2,
        "nose/nose-scale-vert-incr": 0.15,
        "nose/nose-volume-incr": 0.3,
        "ears/*-ear-scale-incr": 0.2,
        "eyes/*-eye-scale-incr": 0.35,
        "forehead/forehead-scale-vert-decr": 0.5,
        "chin/chin-width-incr": 0.2,
    },
    expression=smiling(0.7, 0.2, 0.6, browDown=0.25),
    skin=(0.75, 0.465, 0.36),
    lip=(0.58, 0.29, 0.26),
    eye=(0.09, 0.16, 0.2),
    hair=Hair(
        style="short",
        melanin=0.06,
        redness=0.3,
        part=0.25,
        top=0.4,
        side=0.14,
        recede=0.6,
        variety=0.3,
        colour=(0.4, 0.385, 0.36),
        scalp=0.35,
    ),
    brow=Brow(density=340, thick=0.95, arch=0.016, colour=(0.12, 0.11, 0.1)),
    clothes=Clothes(kind="shirt", colour=(0.4, 0.55, 0.72)),
    backdrop=Backdrop((0.22, 0.27, 0.3), (0.78, 0.84, 0.88), 8, 21),
    blush=0.6,
    freckles=0.12,
    relief=0.016,
    lashes=0.7,
    lip_line=False,  # thin pale lips meet in shade enough; with more, a half open mouth reads as shut
)
