"""Mei: calm and exact, with a light touch. Invented; modelled on nobody."""

from __future__ import annotations

from typing import Final

from avatar_pipeline.authoring.person import Backdrop, Brow, Clothes, Hair, Person, smiling

MEI: Final = Person(
    face_id="mei",
    name="Mei",
    sex="female",
    age_years=29,
    origin={"asian": 0.9, "caucasian": 0.1},
    seed=3,
    shape={
        "nose/nose-scale-horiz-decr": 0.2,
        "nose/nose-scale-vert-decr": 0.25,
        "eyes/*-eye-scale-incr": 0.5,
        "mouth/mouth-upperlip-height-incr": 0.3,
        "mouth/mouth-lowerlip-height-incr": 0.3,
        "head/head-round": 0.45,
        "chin/chin-width-decr": 0.35,
        "forehead/forehead-scale-vert-decr": 0.5,
        "ears/*-ear-wing-decr": 1.0,
        "ears/*-ear-scale-decr": 0.8,
        "cheek/*-cheek-volume-incr": 0.25,
        "chin/chin-height-decr": 0.3,
    },
    expression=smiling(0.58, 0.18, 0.35),
    skin=(0.76, 0.51, 0.385),
    lip=(0.66, 0.2, 0.2),
    eye=(0.12, 0.055, 0.022),
    hair=Hair(style="bob", melanin=0.97, redness=0.2, part=0.22, length=1.75, recede=-0.5),
    brow=Brow(density=330, thick=0.95, arch=0.022),
    clothes=Clothes(kind="crew", colour=(0.03, 0.17, 0.2)),
    backdrop=Backdrop((0.3, 0.42, 0.44), (0.85, 0.92, 0.9), 9, 3),
    blush=0.5,
    lip_gloss=0.34,
    makeup=0.4,
    relief=0.012,
    lashes=1.2,
)
