"""Why a picture may be turned down, each reason a sentence a person can act on."""

from avatar_pipeline.errors import StageRefusal


class PictureUnusable(StageRefusal):
    """The file is no picture, a damaged one, too large, or of a kind that is not read here."""


class RigTooLarge(StageRefusal):
    """The picture holds so much detail that its rig fits into no byte budget at a quality worth showing."""
