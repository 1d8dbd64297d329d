"""Ravi: lively and open, knows every product. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Beard, Brow, Clothes, Hair, Person, smiling

RAVI: Final = Person(
    face_id="ravi",
    name="Ravi",
    sex="male",
    age_years=31,
    origin={"caucasian": 0.6, "asian": 0.1, "african": 0.3},
    seed=14,
    shape={
        "head/head-oval": 0.3,
        "chin/chin-prominent-incr": 0.15,
        "eyes/*-eye-scale-incr": 0.45,
        "nose/nose-curve-convex": 0.3,
        "forehead/forehead-scale-vert-decr": 0.5,
        "mouth/mouth-lowerlip-height-incr": 0.2,
        "nose/nose-scale-horiz-decr": 0.2,
    },
    expression=smiling(0.62, 0.12, 0.9),
    skin=(0.5, 0.285, 0.175),
    lip=(0.44, 0.18, 0.15),
    eye=(0.09, 0.04, 0.018),
    hair=Hair(style="wavy_short", melanin=0.97, redness=0.2, part=0.2, top=0.58, side=0.16),
    brow=Brow(density=520, thick=1.3, arch=0.018),
    beard=Beard(length=0.075, density=9000, melanin=0.97),
    clothes=Clothes(kind="shirt", colour=(0.045, 0.115, 0.085)),
    backdrop=Backdrop((0.33, 0.25, 0.17), (0.92, 0.74, 0.5), 14, 14),
    blush=0.28,
    relief=0.015,
    lashes=1.1,
)
