"""Signs a finished film after the C2PA standard, and reads such signatures: who signed, what was said, and whether a byte has changed.

The library is the C2PA's own (c2pa-python, Rust inside). Nothing is fetched from the network, neither when signing nor when reading:
a manifest that a file only links to is reported as none.
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any, Final

import c2pa

from avatar_pipeline.errors import StageRefusal
from avatar_pipeline.trust.house_certificate import HouseCertificate
from avatar_pipeline.trust.papers import COMMENT, FilmPapers

MADE_BY_TRAINED_MODELS: Final = "http://cv.iptc.org/newscodes/digitalsourcetype/trainedAlgorithmicMedia"
FILM_ASSERTION: Final = "org.tillhand.film"
MARK_ALGORITHM: Final = "org.tillhand.mark.1"
_MP4: Final = "video/mp4"
_MISSING_CODES: Final = ("ManifestNotFound", "RemoteManifest", "JumbfNotFound")


class FilmNotSigned(StageRefusal):
    """The certificate or its key was refused by the signing library."""


@dataclass(frozen=True)
class Credentials:
    """What a signature says. `is_whole` when no byte changed since; `is_ours` when it leads to our own root."""

    signed_by: str
    signed_at: str | None
    film: str | None
    says_ai: bool
    is_whole: bool
    is_ours: bool
    problems: tuple[str, ...]


@dataclass(frozen=True)
class FilmSigner:
    """Signs films with the house's certificate."""

    certificate: HouseCertificate

    def sign(self, source: Path, target: Path, papers: FilmPapers) -> None:
        """Write `source`, signed, to `target`."""
        info = c2pa.C2paSignerInfo(alg=b"es256", sign_cert=self.certificate.chain, private_key=self.certificate.key, ta_url=None)
        try:
            with (
                c2pa.Signer.from_info(info) as signer,
                c2pa.Builder.from_json(_manifest(papers), self._quiet) as builder,
                source.open("rb") as unsigned,
                target.open("w+b") as signed,
            ):
                builder.sign(signer, _MP4, unsigned, signed)
        except c2pa.C2paError as error:
            raise FilmNotSigned(f"The film cannot be signed: {error}. Check the film certificate and its key.") from error

    @cached_property
    def _quiet(self) -> c2pa.Context:
        return _context(self.certificate.root)


def read_credentials(path: Path, root: bytes | None) -> Credentials | None:
    """Read and check a file's signature; None when it carries none. `root` is the PEM of the root that we ourselves trust."""
    try:
        with path.open("rb") as file, c2pa.Reader(_MP4, file, context=_context(root)) as reader:
            told = json.loads(reader.json())
    except c2pa.C2paError as error:
        if any(code in f"{type(error).__name__} {error}" for code in _MISSING_CODES):
            return None
        return Credentials("", None, None, says_ai=False, is_whole=False, is_ours=False, problems=(str(error)[:200],))
    return _told(told)


def _context(root: bytes | None) -> c2pa.Context:
    settings: dict[str, Any] = {
        "verify": {"remote_manifest_fetch": False, "ocsp_fetch": False, "verify_trust": True, "verify_timestamp_trust": False},
        "builder": {"thumbnail": {"enabled": False}},
    }
    if root is not None:
        settings["trust"] = {"user_anchors": root.decode()}
    return c2pa.Context.from_dict(settings)


def _manifest(papers: FilmPapers) -> str:
    agent = {"name": papers.producer}
    actions = [
        {"action": "c2pa.created", "digitalSourceType": MADE_BY_TRAINED_MODELS, "softwareAgent": agent},
        {"action": "c2pa.watermarked.bound", "softwareAgent": agent},
    ]
    binding = {"alg": MARK_ALGORITHM, "blocks": [{"scope": {}, "value": papers.name}]}
    film = {"film": papers.name, "produce_id": papers.produce_id or papers.name, "producer": papers.producer, "comment": COMMENT}
    return json.dumps(
        {
            "claim_generator_info": [{"name": "Tillhand"}],
            "title": papers.name,
            "format": _MP4,
            "assertions": [
                {"label": "c2pa.actions.v2", "data": {"actions": actions}},
                {"label": "c2pa.soft-binding", "data": binding},
                {"label": FILM_ASSERTION, "data": film},
            ],
        }
    )


def _told(told: dict[str, Any]) -> Credentials:
    manifest = told["manifests"][told["active_manifest"]]
    data = {one["label"].partition("__")[0]: one["data"] for one in manifest.get("assertions", ())}
    failures = told.get("validation_results", {}).get("activeManifest", {}).get("failure", ())
    codes = tuple(sorted({str(one["code"]) for one in failures}))
    signature = manifest.get("signature_info") or {}
    actions = [action for label in ("c2pa.actions.v2", "c2pa.actions") for action in data.get(label, {}).get("actions", ())]
    return Credentials(
        signed_by=str(signature.get("common_name") or signature.get("issuer") or ""),
        signed_at=signature.get("time"),
        film=data.get(FILM_ASSERTION, {}).get("film"),
        says_ai=any(str(action.get("digitalSourceType", "")).endswith("AlgorithmicMedia") for action in actions),
        is_whole=told.get("validation_state") in ("Valid", "Trusted"),
        is_ours=told.get("validation_state") == "Trusted",
        problems=codes,
    )
