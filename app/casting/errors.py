"""What casting turns down, each refusal a sentence that says what to do."""


class CastingError(Exception):
    """Anything casting refuses on purpose."""


class CastingUnknown(CastingError):
    """The shop has no such casting."""


class CastingRefused(CastingError):
    """What was asked cannot be done as things stand; nothing was changed."""


class FaceWorn(CastingError):
    """A face cannot be deleted while somebody wears it. `names` says who."""

    def __init__(self, names: list[str]) -> None:
        super().__init__("This face cannot be deleted: somebody at work wears it. Part with them first.")
        self.names = names
