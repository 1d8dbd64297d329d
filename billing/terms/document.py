"""The one spelling of a contract: canonical JSON and its sha256, which both sides keep.

Format "tillhand-terms/2". Contracts signed in format 1 are read as they were meant: guards that did not exist then stay off.
"""

import hashlib
import json
from typing import Any, Final

from pydantic import ValidationError

from billing.errors import ContractTermsRefused
from billing.terms.terms import ContractTerms

TERMS_FORMAT: Final = "tillhand-terms/2"
TERMS_FORMAT_FIRST: Final = "tillhand-terms/1"
GUARDS_UNKNOWN_TO_FIRST: Final = {"exclude_insiders": False, "exclude_bot_conversations": False}

LIMITS: Final = ("greater_than_equal", "less_than_equal")


def read_terms(document: dict[str, Any]) -> ContractTerms:
    """Rebuild terms from their stored JSON; raises ContractTermsRefused with a sentence when a field is wrong."""
    stated = document.get("format", TERMS_FORMAT)
    if stated not in (TERMS_FORMAT, TERMS_FORMAT_FIRST):
        raise ContractTermsRefused(f"Terms of the format {str(stated)[:60]!r} are not known here.")
    fields = {name: value for name, value in document.items() if name != "format"}
    if stated == TERMS_FORMAT_FIRST:
        fields["guards"] = GUARDS_UNKNOWN_TO_FIRST | fields.get("guards", {})
    try:
        return ContractTerms.model_validate_json(json.dumps(fields))
    except ValidationError as error:
        raise ContractTermsRefused(sentence_of(error)) from error


def sentence_of(error: ValidationError) -> str:
    """What is wrong with the first field that is, for the person who wrote it."""
    first = error.errors(include_url=False, include_context=False)[0]
    place = ".".join(str(part) for part in first["loc"])
    if place.endswith("_ppm") and first["type"] in LIMITS:
        field = place.removesuffix("_ppm").replace("_", " ").replace(".", " ").capitalize()
        return f"{field}: write a percentage from 0 to 100."
    return f"{place or 'The document'}: {first['msg']}."


def document_of(terms: ContractTerms) -> dict[str, Any]:
    """The terms as plain data, with the name of their format."""
    return {"format": TERMS_FORMAT, **terms.model_dump(mode="json")}


def canonical_json(document: Any) -> bytes:
    """One spelling for one meaning: sorted keys, no spaces, UTF-8."""
    return json.dumps(document, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False).encode()


def sha256_of(document: Any) -> str:
    """Hex sha256 of a document's canonical JSON."""
    return hashlib.sha256(canonical_json(document)).hexdigest()
