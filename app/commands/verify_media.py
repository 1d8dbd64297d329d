"""`python -m app verify-media FILE`: what a film says about itself, and what of it is proven.

Exit status: 0 made here and unchanged, 3 made with Tillhand and changed since, 4 signature and pictures name two films, 5 signed by
somebody unknown, 6 only a label says that AI made it, 7 nothing found; 2 the file cannot be read, 1 our own certificate cannot.
"""

import sys
from pathlib import Path
from typing import Final

from app.commands.running import ready_database
from app.dashboard.film_words import answer_of
from app.settings import Settings
from app.studio.house_papers import FilmCertificateUnusable, certificate_of
from app.studio.works import KnownFilm, known_film
from app.wiring import system_clock
from avatar_pipeline.provenance import MediaUnreadable, Verdict, verify_media

STATUSES: Final[dict[Verdict, int]] = {
    Verdict.UNALTERED: 0,
    Verdict.ALTERED: 3,
    Verdict.CONTRADICTORY: 4,
    Verdict.SIGNED_ELSEWHERE: 5,
    Verdict.CLAIMS_AI: 6,
    Verdict.NOTHING: 7,
}


def check_media(settings: Settings, path: Path) -> int:
    """Print what was found; return the exit status."""
    try:
        report = verify_media(path, certificate_of(settings, system_clock()).root)
    except MediaUnreadable as error:
        print(f"{path}: {error}", file=sys.stderr)
        return 2
    except FilmCertificateUnusable as error:
        print(error, file=sys.stderr)
        return 1
    answer = answer_of(report, _known(settings, report.film), settings.seller_name)
    print(f"{answer.title}\n{answer.meaning}\n")
    width = max(len(name) for name, _ in answer.facts)
    for name, text in answer.facts:
        print(f"  {name:<{width}}  {text}")
    return STATUSES[report.verdict]


def _known(settings: Settings, film: str | None) -> KnownFilm | None:
    """Ask the books, where there are any: a machine that never ran the product is not given a database for one question."""
    has_books = not settings.has_own_database or (settings.data_folder / "postgres").exists()
    if film is None or not has_books:
        return None
    with ready_database(settings) as database:
        return known_film(database, film)
