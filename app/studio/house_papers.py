"""The papers this house gives its films: its own name, and its signature by the certificate in the settings or one made here."""

from datetime import datetime
from pathlib import Path

from app.settings import Settings
from avatar_pipeline.provenance import FilmPapers, FilmSigner, HouseCertificate, draw_film_id, given_certificate, house_certificate


class FilmCertificateUnusable(ValueError):
    """The certificate or key named in the settings cannot be read; the message says which setting."""


def papers_for(settings: Settings, now: datetime, *, mark_id: int | None = None, produce_id: str | None = None) -> FilmPapers:
    """The papers of one film. Raises FilmCertificateUnusable."""
    film_id = draw_film_id() if mark_id is None else mark_id
    return FilmPapers(film_id, settings.seller_name, produce_id, FilmSigner(certificate_of(settings, now)))


def certificate_of(settings: Settings, now: datetime) -> HouseCertificate:
    """The house's certificate: from the settings, else made once and kept in the data folder. Raises FilmCertificateUnusable."""
    chain, key = settings.film_certificate, settings.film_certificate_key
    if (chain is None) != (key is None):
        raise FilmCertificateUnusable("Set both TILLHAND_FILM_CERTIFICATE and TILLHAND_FILM_CERTIFICATE_KEY, or neither.")
    try:
        if chain is not None and key is not None:
            return given_certificate(chain, key)
        return house_certificate(own_folder(settings), settings.seller_name, now)
    except (OSError, ValueError) as error:
        raise FilmCertificateUnusable(f"The film certificate cannot be used: {error}") from error


def own_folder(settings: Settings) -> Path:
    """Where the house keeps a chain it made itself."""
    return settings.data_folder / "film_certificate"
