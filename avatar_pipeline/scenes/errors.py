"""What the cutting room turns down, each refusal a sentence that names the place in the script."""

from __future__ import annotations

from avatar_pipeline.errors import StageRefusal


class ScriptUnreadable(StageRefusal):
    """A script says something no film can show: an unknown shape, a card without a title, nothing to say."""


class PictureUnreadable(StageRefusal):
    """A picture for a wall or a card cannot be opened, or is too large to be one."""


class MusicUnreadable(StageRefusal):
    """A music file cannot be opened, or holds no sound."""


class ShootCancelled(StageRefusal):
    """Somebody stopped the work. Takes that were finished are kept, so going on later does not begin again."""
