"""Which rows of a table can become films, and why the others cannot. Pure: a script, columns and cells go in, judged rows come out.

One bad row never stops the rest: it is told with its number and left out.
"""

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID, uuid5

from app.studio.check_script import faults_of
from app.studio.read_table import CELL_LETTERS_MAX
from avatar_pipeline.shoot import fill_script, names_in, unsaid_in_english

OWN_CODE: Final = "code"
"""The name that stands for each recipient's own code, where the film has an offer to draw it from."""
SAMPLE_CODE: Final = "ABCD-2345"
RECIPIENT_LETTERS_MAX: Final = 80


@dataclass(frozen=True)
class JudgedRow:
    """One row: its number in the file (beneath the headings stands 2, as spreadsheets count), what fills the names, and its fault."""

    number: int
    recipient: str
    recipient_id: UUID
    values: Mapping[str, str]
    problem: str = ""


def names_of(script: Mapping[str, Any]) -> list[str]:
    """The names a table must have columns for, in alphabetical sequence. The own code needs none where an offer gives it."""
    return sorted(names_in(script) - ({OWN_CODE} if offers_in(script) else set()))


def offers_in(script: Mapping[str, Any]) -> list[str]:
    """The offers that give every recipient a code of their own, by their public ids, each once."""
    coupons = [coupon for scene in script.get("scenes", []) if isinstance(coupon := scene.get("coupon"), dict)]
    own = [coupon["offer"] for coupon in coupons if coupon.get("offer") and coupon.get("code") == f"{{{OWN_CODE}}}"]
    return list(dict.fromkeys(own))


def guessed_columns(names: Sequence[str], header: Sequence[str]) -> dict[str, int]:
    """The column of each name, where one is called the same but for capitals and spaces."""
    plain = [_plain(heading) for heading in header]
    return {name: plain.index(_plain(name)) for name in names if _plain(name) in plain}


def judge_rows(
    script: Mapping[str, Any], header: Sequence[str], cells: Sequence[Sequence[str]], columns: Mapping[str, int], home: UUID,
    *, header_row: int = 1, known: Collection[str] = (),
) -> list[JudgedRow]:  # fmt: skip
    """Judge every row but the empty ones, which count all the same. `home` is the shop: the same cells are one recipient in all its tables.

    `known` are the names for which the shop has written how they are said.
    """
    judged: list[JudgedRow] = []
    first_numbers: dict[UUID, int] = {}
    for number, row in ((number, row) for number, row in enumerate(cells, start=header_row + 1) if row):
        values = {name: row[place] if place < len(row) else "" for name, place in columns.items()}
        recipient_id = uuid5(home, "\x1f".join(cell.casefold() for cell in row))
        problem = _problem(script, header, row, values) or _unsaid(script, values, known)
        if not problem and recipient_id in first_numbers:
            problem = f"Row {first_numbers[recipient_id]} says the same already."
        first_numbers.setdefault(recipient_id, number)
        recipient = next((cell for cell in (values.get("name", ""), *row) if cell), "")
        judged.append(JudgedRow(number, recipient[:RECIPIENT_LETTERS_MAX], recipient_id, values, problem))
    return judged


def filled_for(script: Mapping[str, Any], values: Mapping[str, str], code: str = "") -> dict[str, Any]:
    """The script as one recipient gets it. Without a code the own code's name stays."""
    return fill_script(script, {OWN_CODE: code or f"{{{OWN_CODE}}}", **values} if offers_in(script) else values)


def sampled(script: Mapping[str, Any], header: Sequence[str] = (), row: Sequence[str] = ()) -> dict[str, Any]:
    """The script filled in from one row, so that a film for many can be seen before it is made; a name without a cell stands for itself."""
    columns = guessed_columns(sorted(names_in(script)), header)
    cells = {name: row[place] for name, place in columns.items() if place < len(row) and row[place]}
    return fill_script(script, {name: name for name in names_in(script)} | {OWN_CODE: SAMPLE_CODE} | cells)


def _problem(script: Mapping[str, Any], header: Sequence[str], row: Sequence[str], values: Mapping[str, str]) -> str:
    if len(row) != len(header):
        return f"Cells: {len(row)}, columns: {len(header)}. Perhaps a separator is missing, or stands in a cell without quotes."
    for name, value in values.items():
        if not any(letter.isalnum() for letter in value):
            return f"Its column “{name}” is empty, or has no letter and no digit." if value else f"Its column “{name}” is empty."
        if len(value) > CELL_LETTERS_MAX:
            return f"Its column “{name}” has more than {CELL_LETTERS_MAX:,} letters."
        if not value.replace("\n", " ").isprintable():
            return f"Its column “{name}” has characters that cannot be shown or said."
        if "{" in value or "}" in value:
            return f"Its column “{name}” has braces. Take them out."
    faults = faults_of(filled_for(script, values, SAMPLE_CODE))
    return next(iter(faults.values()), "")


def _unsaid(script: Mapping[str, Any], values: Mapping[str, str], known: Collection[str]) -> str:
    """Why the voice would pass over a word of this row, found before its film is made."""
    for scene in filled_for(script, values, SAMPLE_CODE).get("scenes", []):
        if unsaid := unsaid_in_english(scene.get("text", ""), known):
            return f"The voice cannot say “{unsaid}” in an English sentence. Write it in Latin letters, or say how it is said."
    return ""


def _plain(name: str) -> str:
    return "".join(letter for letter in name.casefold() if letter.isalnum())
