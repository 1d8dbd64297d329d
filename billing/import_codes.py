"""Takes over a list of codes that the merchant's own system made, after showing what in the list would be taken and what not."""

import csv
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy.orm import Session

from billing.change_offer import lock_offer
from billing.coupons.codes import normal_code
from billing.coupons.pool import add_codes, known_codes
from billing.coupons.tables import OfferMaker
from billing.errors import CodesRefused
from tenants.audit import note
from tenants.identifiers import to_public

CODES_MAX: Final = 20_000
TEXT_BYTES_MAX: Final = 800_000
CODE_LENGTH_MAX: Final = 40
HEADINGS: Final = frozenset({"code", "codes", "coupon", "coupon code", "discount code", "promotion code", "voucher", "voucher code"})
FAULTS_SHOWN_MAX: Final = 50


@dataclass(frozen=True)
class CodeFault:
    """A line of the list that is not taken, and why; lines count from 1."""

    line: int
    text: str
    why: str


@dataclass(frozen=True)
class CodesPreview:
    """What a list holds: codes that are new, in their sequence, and how many lines fall away, the first of them with reasons."""

    codes: tuple[str, ...]
    repeated_count: int
    known_count: int
    unreadable_count: int
    faults: tuple[CodeFault, ...]


def preview_codes(session: Session, *, text: str) -> CodesPreview:
    """Read a pasted list or CSV without keeping anything. One code a line, or the column headed "code", or the first column.

    Capitals and small letters count as the same. Raises CodesRefused when the list is empty or larger than one import may be.
    """
    if len(text.encode(errors="replace")) > TEXT_BYTES_MAX:
        raise CodesRefused(f"The list is larger than {TEXT_BYTES_MAX // 1000} kB. Import it in parts.")
    read = list(_cells(text))
    if not read:
        raise CodesRefused("The list holds no code. Paste one code a line, or choose a CSV file.")
    if len(read) > CODES_MAX:
        raise CodesRefused(f"The list holds {len(read)} lines; one import takes at most {CODES_MAX}. Import it in parts.")
    known = known_codes(session, {normal_code(cell) for _, cell in read if _is_code(cell)})
    return _sorted_out(read, known)


def import_codes(session: Session, *, offer_id: UUID, text: str, now: datetime, by: str) -> int:
    """Add a list's new codes to an offer that draws them, and return how many. Safe to repeat: what is known is left out.

    Raises OfferUnknown, and CodesRefused when the list is no list or the offer makes its codes itself or has ended.
    """
    offer = lock_offer(session, offer_id)
    is_made_elsewhere = session.get(OfferMaker, (offer.tenant_id, offer_id)) is not None
    if not offer.draws_codes or offer.ended_at is not None or is_made_elsewhere:
        raise CodesRefused("This offer takes no codes: they are made for it, or it has ended.")
    added = add_codes(session, offer, preview_codes(session, text=text).codes, now)
    if added:
        note(session, by, "offer.codes_imported", to_public("off", offer_id), {"name": offer.name, "codes": added}, now=now)
    return added


def _sorted_out(read: list[tuple[int, str]], known: set[str]) -> CodesPreview:
    fresh: dict[str, str] = {}
    counts = {"repeated": 0, "known": 0, "unreadable": 0}
    faults: list[CodeFault] = []
    for line, cell in read:
        normal = normal_code(cell)
        if not _is_code(cell):
            kind, why = "unreadable", f"A code has 1 to {CODE_LENGTH_MAX} letters, digits and signs, without spaces and slashes."
        elif normal in known:
            kind, why = "known", "This code was imported or handed out before."
        elif normal in fresh:
            kind, why = "repeated", "This code stands in the list already."
        else:
            fresh[normal] = cell
            continue
        counts[kind] += 1
        if len(faults) < FAULTS_SHOWN_MAX:
            faults.append(CodeFault(line, cell[:CODE_LENGTH_MAX], why))
    return CodesPreview(tuple(fresh.values()), counts["repeated"], counts["known"], counts["unreadable"], tuple(faults))


def _cells(text: str) -> Iterator[tuple[int, str]]:
    """Each line's number and its code; blank lines and a heading are passed over."""
    lines = text.lstrip("\N{ZERO WIDTH NO-BREAK SPACE}").splitlines()
    first = next((line for line in lines if line.strip()), "")
    delimiter = next((sign for sign in ("\t", ";", ",") if sign in first), ",")
    heading = [cell.strip().casefold() for cell in _row(first, delimiter)]
    column = next((place for place, cell in enumerate(heading) if cell in HEADINGS), None)
    is_headed = column is not None
    for number, line in enumerate(lines, start=1):
        if line.strip() and not (is_headed and line == first):
            row = _row(line, delimiter)
            yield number, row[column or 0].strip() if len(row) > (column or 0) else ""


def _row(line: str, delimiter: str) -> list[str]:
    """One line's cells. Codes hold no line breaks, so every line stands for itself, also after a stray quotation mark."""
    return next(csv.reader([line], delimiter=delimiter), [])


def _is_code(cell: str) -> bool:
    return 0 < len(cell) <= CODE_LENGTH_MAX and cell.isascii() and cell.isprintable() and not set(cell) & set(" /\\")
