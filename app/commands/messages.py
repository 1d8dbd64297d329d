"""`python -m app messages`: bring the catalogues up to date with the sentences in the source, and say what is still to be translated."""

from io import BytesIO

from babel.messages.catalog import Catalog
from babel.messages.pofile import read_po, write_po

from app.dashboard.catalogue import path_of
from app.dashboard.extraction import template

LANGUAGES = ("zh",)
LINE_WIDTH = 140


def messages() -> int:
    """Rewrite each catalogue in the order of the source; return 1 while a sentence lacks its translation."""
    found = template()
    missing = 0
    for language in LANGUAGES:
        path = path_of(language)
        with path.open("rb") as file:
            kept = read_po(file, locale=language)
        renewed = renew(kept, found)
        path.write_bytes(text_of(renewed))
        lacking = [message for message in renewed if message.id and not _is_said(message.string)]
        missing += len(lacking)
        print(f"{language}: {len(renewed)} sentences, {len(lacking)} without a translation ({path.name}).")
        for message in lacking[:20]:
            print(f"  {message.locations[0][0]}:{message.locations[0][1]}: {message.id}")
    return 1 if missing else 0


def renew(kept: Catalog, found: Catalog) -> Catalog:
    """The sentences of `found` with the translations of `kept`; what stands nowhere any more is left out, and nothing is guessed."""
    renewed = Catalog(locale=kept.locale, project="Tillhand", charset="utf-8", header_comment=kept.header_comment, fuzzy=False)
    for message in sorted((one for one in found if one.id), key=lambda one: (one.locations[0], str(one.id))):
        known = kept.get(message.id, message.context)
        if known is None and not isinstance(message.id, str):
            known = kept.get(message.id[0], message.context)
        places = sorted({(place, 0) for place, _line in message.locations})
        renewed.add(message.id, known.string if known else None, locations=places, flags=message.flags, context=message.context)
    return renewed


def text_of(catalogue: Catalog) -> bytes:
    """A catalogue as it stands in its file: without dates and line numbers, so that it changes only when its sentences do."""
    written = BytesIO()
    write_po(written, catalogue, width=LINE_WIDTH, omit_header=False, include_lineno=False)
    dated = (b'"POT-Creation-Date', b'"PO-Revision-Date', b'"Last-Translator', b'"Generated-By', b'"Report-Msgid')
    return b"".join(line for line in written.getvalue().splitlines(keepends=True) if not line.startswith(dated))


def _is_said(string: object) -> bool:
    return bool(string) and (isinstance(string, str) or (isinstance(string, tuple | list) and all(string)))
