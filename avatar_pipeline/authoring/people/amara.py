"""Amara: warm and quick, the colleague who remembers your name. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

AMARA: Final = Person(
    face_id="amara",
    name="Amara",
    sex="female",
    age_years=34,
    origin={"african": 0.85, "caucasian": 0.15},
    seed=8,
    shape={
        "head/head-oval": 0.4,
        "nose/nose-scale-horiz-decr": 0.25,
        "eyes/*-eye-scale-incr": 0.15,
        "cheek/*-cheek-bones-incr": 0.3,
    },
    expression=smiling(0.5, 0.1, 0.25),
    skin=(0.33, 0.165, 0.095),
    lip=(0.36, 0.1, 0.095),
    eye=(0.07, 0.03, 0.014),
    hair=Hair(style="curly", melanin=0.97, redness=0.2, length=0.95, volume=0.34),
    brow=Brow(density=320, thick=1.0, arch=0.026),
    clothes=Clothes(kind="blazer", colour=(0.33, 0.09, 0.045), inner=(0.83, 0.79, 0.72)),
    backdrop=Backdrop((0.42, 0.33, 0.24), (0.95, 0.82, 0.62), 10, 8),
    blush=0.25,
    lip_gloss=0.32,
    makeup=0.3,
    relief=0.013,
    lashes=1.2,
    frame=(1.72, -1.83),
)
