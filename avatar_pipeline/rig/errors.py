"""What a rig file may be refused for, each refusal a sentence a person can act on."""

from avatar_pipeline.errors import StageRefusal


class RigUnreadable(StageRefusal):
    """A rig file is damaged, incomplete, too large, or of a version this program does not know."""


class FaceUnknown(StageRefusal):
    """A face was asked for by a name the catalogue does not hold."""
