"""Castings in words: their states, their handles, and whose face is most like one."""

from typing import Final

from app.casting.castings import CastingView
from app.dashboard.language import N_, _
from avatar_pipeline.catalogue import face
from avatar_pipeline.errors import StageRefusal

STATES: Final = {
    "awaiting_consent": N_("Waits for consent"),
    "waiting": N_("In line"),
    "running": N_("In the making"),
    "stopped": N_("Stopped"),
    "failed": N_("Could not be made"),
    "refused": N_("Needs another picture"),
    "made": N_("Ready to be named"),
    "named": N_("Can be hired"),
}
PILLS: Final = {"named": "good", "made": "calm", "refused": "bad", "failed": "bad", "awaiting_consent": "wait"}
HANDLE_WORDS: Final = {
    "lip_corner_right": N_("Right corner of the mouth"),
    "lip_corner_left": N_("Left corner of the mouth"),
    "lip_upper": N_("Upper lip"),
    "lip_lower": N_("Lower lip"),
    "upper_lid_right": N_("Right upper eyelid"),
    "upper_lid_left": N_("Left upper eyelid"),
    "lower_lid_right": N_("Right lower eyelid"),
    "lower_lid_left": N_("Left lower eyelid"),
    "jaw_right": N_("Right side of the jaw"),
    "jaw_left": N_("Left side of the jaw"),
    "chin": N_("Chin"),
    "hairline": N_("Hairline"),
}
NOT_PROVEN: Final = (
    N_("The four words were not heard, or not in their order."),
    N_("What was read is not the sentence that was shown."),
    N_("The face in the recording is not the face of the pictures."),
    N_("The voice in the recording is not the voice of the samples."),
)
"""What the studio says of a recording that proves nothing, marked here for translation."""


def nearest_words(one: CastingView) -> str:
    """Whose face is most like this one, and how much, in a sentence; "" before that was looked at."""
    if not one.nearest:
        return ""
    try:
        name = face(one.nearest["face_id"]).display_name
    except StageRefusal:
        return _("Most alike: a face of another shop, %(percent)s %% the same.", percent=one.nearest["percent"])
    return _("Most alike: %(name)s of the catalogue, %(percent)s %% the same.", name=name, percent=one.nearest["percent"])
