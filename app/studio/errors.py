"""What the studio turns down, each refusal a sentence that says what to do."""


class StudioError(Exception):
    """Anything the studio refuses on purpose."""


class FilmUnknown(StudioError):
    """No film of this shop has that id."""


class FilmRefused(StudioError):
    """A film cannot be kept, rendered, approved or published as it stands; nothing was changed."""


class ScriptFaulty(StudioError):
    """A script has faults. `faults` says where: a field of the film, or "scene 2 text"."""

    def __init__(self, faults: dict[str, str]) -> None:
        super().__init__("The script has faults.")
        self.faults = faults
