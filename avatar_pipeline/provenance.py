"""Where a film comes from: everything it says and carries, read at once and weighed.

This is the front door to the trust room. Three things are read, from the weakest to the strongest: the label (anybody can write
one), the invisible mark (it survives copying, and says which film it was), and the signature (it says that not one byte changed).
"""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from pathlib import Path

from avatar_pipeline.trust.content_credentials import Credentials, FilmNotSigned, FilmSigner, read_credentials
from avatar_pipeline.trust.house_certificate import HouseCertificate, given_certificate, house_certificate
from avatar_pipeline.trust.mark import draw_film_id
from avatar_pipeline.trust.mark_search import MarkFound, find_mark
from avatar_pipeline.trust.papers import FilmPapers, film_name
from avatar_pipeline.trust.read_film import AiLabel, MediaUnreadable, container_of, read_film

__all__ = [
    "AiLabel", "Credentials", "FilmNotSigned", "FilmPapers", "FilmSigner", "HouseCertificate", "MarkFound", "MediaReport",
    "MediaUnreadable", "Verdict", "container_of", "draw_film_id", "film_name", "given_certificate", "house_certificate", "verify_media",
]  # fmt: skip


class Verdict(StrEnum):
    """What is proven about a file, the strongest first."""

    UNALTERED = "unaltered"
    """Signed by this house, and no byte has changed since."""
    ALTERED = "altered"
    """It carries the mark of a film made here, and has been encoded again, cut or edited since."""
    CONTRADICTORY = "contradictory"
    """Its signature is whole and names one film; its pictures are another's."""
    SIGNED_ELSEWHERE = "signed_elsewhere"
    """Whole, and signed by somebody this house does not know."""
    CLAIMS_AI = "claims_ai"
    """Only words in the file say that AI made it; words prove nothing."""
    NOTHING = "nothing"
    """No label, no mark, no signature; which does not prove that a camera took it."""


@dataclass(frozen=True)
class MediaReport:
    """What was found in a file. `film_id` is the marked film's, None where no mark could be read."""

    verdict: Verdict
    label: AiLabel | None
    mark: MarkFound | None
    credentials: Credentials | None
    duration_s: float
    width_px: int
    height_px: int
    pictures_read: int
    ends_early: bool

    @property
    def film_id(self) -> int | None:
        """The id of 48 bits read from the pictures."""
        return self.mark.film_id if self.mark else None

    @property
    def film(self) -> str | None:
        """The film's name: by the mark, else by a whole signature of this house."""
        if self.film_id is not None:
            return film_name(self.film_id)
        return self.credentials.film if self.credentials and self.credentials.is_ours else None


def verify_media(path: Path, root: bytes | None = None) -> MediaReport:
    """Read a film's label, mark and signature. `root` is the PEM of this house's root certificate. Raises MediaUnreadable."""
    film = read_film(path)
    mark, credentials = find_mark(film.luma), read_credentials(path, root)
    return MediaReport(
        weigh(film.label, mark, credentials), film.label, mark, credentials,
        film.duration_s, film.width_px, film.height_px, film.pictures, film.ends_early,
    )  # fmt: skip


def weigh(label: AiLabel | None, mark: MarkFound | None, credentials: Credentials | None) -> Verdict:
    """Decide what is proven. A whole signature of ours outweighs all; the mark outweighs every word."""
    if credentials and credentials.is_ours:
        read = film_name(mark.film_id) if mark and mark.film_id is not None else None
        return Verdict.CONTRADICTORY if read and credentials.film and read != credentials.film else Verdict.UNALTERED
    if mark:
        return Verdict.ALTERED
    if credentials and credentials.is_whole:
        return Verdict.SIGNED_ELSEWHERE
    says_ai = bool(label and label.is_ai) or bool(credentials and credentials.says_ai)
    return Verdict.CLAIMS_AI if says_ai else Verdict.NOTHING
