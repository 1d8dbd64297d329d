"""Tomas: steady and dry, a man who has fitted a thousand kitchens. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Beard, Brow, Clothes, Hair, Person, smiling

TOMAS: Final = Person(
    face_id="tomas",
    name="Tomas",
    sex="male",
    age_years=42,
    origin={"caucasian": 1},
    seed=5,
    shape={
        "chin/chin-width-incr": 0.35,
        "head/head-rectangular": 0.45,
        "nose/nose-hump-incr": 0.15,
        "nose/nose-greek-incr": 0.2,
        "chin/chin-jaw-drop-incr": 0.1,
        "eyes/*-eye-scale-incr": 0.3,
        "forehead/forehead-scale-vert-decr": 0.5,
        "eyebrows/eyebrows-trans-up": 0.2,
        "mouth/mouth-scale-horiz-incr": 0.2,
    },
    expression=smiling(0.5, 0.12, 0.5),
    skin=(0.76, 0.49, 0.375),
    lip=(0.62, 0.31, 0.27),
    eye=(0.08, 0.17, 0.24),
    hair=Hair(style="short", melanin=0.66, redness=0.55, part=0.28, top=0.5, side=0.17, variety=0.1),
    brow=Brow(density=440, thick=1.2, arch=0.012),
    beard=Beard(length=0.035, density=6200, melanin=0.66),
    clothes=Clothes(kind="blazer", colour=(0.03, 0.05, 0.105), inner=(0.75, 0.77, 0.8)),
    backdrop=Backdrop((0.16, 0.19, 0.24), (0.55, 0.66, 0.8), 12, 5),
    blush=0.4,
    relief=0.013,
    lashes=0.8,
)
