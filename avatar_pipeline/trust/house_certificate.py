"""The house's own chain of certificates for signing films: made once on a fresh machine, replaced by real ones in production.

The root is ours and nobody else's list holds it, so other readers call such a signature "untrusted" while it still proves that
nothing was changed. C2PA asks a signing certificate for e-mail protection or document signing, and for nothing beside signatures.
A signature without a time stamp of somebody else counts as long as its certificate does, so ours live for ten years and are renewed
after five: every film can be checked for five years at least.
"""

from __future__ import annotations

import fcntl
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import datetime, timedelta
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

ROOT_DAYS, LEAF_DAYS, RENEW_BEFORE_DAYS = 7300, 3650, 1825
_CHAIN, _KEY, _ROOT, _ROOT_KEY = "chain.pem", "key.pem", "root.pem", "root-key.pem"
_PKCS8: Final = (serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption())


@dataclass(frozen=True)
class HouseCertificate:
    """PEM texts: the signing certificate and those above it, its key, and the root that we ourselves trust."""

    chain: bytes
    key: bytes
    root: bytes


def house_certificate(folder: Path, house: str, now: datetime) -> HouseCertificate:
    """Read the house's chain from `folder`, making what is missing or runs out within five years. OSError where it cannot be kept."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    with _one_at_a_time(folder):
        if not (folder / _ROOT).exists():
            _make_root(folder, house, now)
        if not (folder / _CHAIN).exists() or _ends_at(folder) < now + timedelta(days=RENEW_BEFORE_DAYS):
            _make_leaf(folder, house, now)
        return HouseCertificate(*((folder / name).read_bytes() for name in (_CHAIN, _KEY, _ROOT)))


def given_certificate(chain: Path, key: Path) -> HouseCertificate:
    """Read a chain bought elsewhere: the signing certificate first, its root last."""
    text = chain.read_bytes()
    return HouseCertificate(text, key.read_bytes(), x509.load_pem_x509_certificates(text)[-1].public_bytes(serialization.Encoding.PEM))


@contextmanager
def _one_at_a_time(folder: Path) -> Iterator[None]:
    """Processes that start together must not each make half of a chain."""
    descriptor = os.open(folder / "lock", os.O_RDWR | os.O_CREAT, 0o600)
    try:
        fcntl.flock(descriptor, fcntl.LOCK_EX)
        yield
    finally:
        os.close(descriptor)


def _ends_at(folder: Path) -> datetime:
    return x509.load_pem_x509_certificates((folder / _CHAIN).read_bytes())[0].not_valid_after_utc


def _make_root(folder: Path, house: str, now: datetime) -> None:
    key, name = ec.generate_private_key(ec.SECP256R1()), _name(house, "film root")
    usage = _usage(is_root=True)
    certificate = (
        _draft(name, name, key.public_key(), now, ROOT_DAYS)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(usage, critical=True)
        .sign(key, hashes.SHA256())
    )
    _keep(folder / _ROOT_KEY, key.private_bytes(*_PKCS8))
    _keep(folder / _ROOT, certificate.public_bytes(serialization.Encoding.PEM))


def _make_leaf(folder: Path, house: str, now: datetime) -> None:
    root = x509.load_pem_x509_certificate((folder / _ROOT).read_bytes())
    root_key = serialization.load_pem_private_key((folder / _ROOT_KEY).read_bytes(), None)
    assert isinstance(root_key, ec.EllipticCurvePrivateKey)  # noqa: S101 - we made it
    key = ec.generate_private_key(ec.SECP256R1())
    certificate = (
        _draft(_name(house, "films"), root.subject, key.public_key(), now, LEAF_DAYS)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_usage(is_root=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage([ExtendedKeyUsageOID.EMAIL_PROTECTION]), critical=False)
        .add_extension(x509.AuthorityKeyIdentifier.from_issuer_public_key(root_key.public_key()), critical=False)
        .sign(root_key, hashes.SHA256())
    )
    pem = serialization.Encoding.PEM
    _keep(folder / _KEY, key.private_bytes(*_PKCS8))
    _keep(folder / _CHAIN, certificate.public_bytes(pem) + root.public_bytes(pem))


def _draft(subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePublicKey, now: datetime, days: int) -> x509.CertificateBuilder:
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key)
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - timedelta(hours=1))
        .not_valid_after(now + timedelta(days=days))
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key), critical=False)
    )


def _name(house: str, purpose: str) -> x509.Name:
    return x509.Name(
        [x509.NameAttribute(NameOID.ORGANIZATION_NAME, house[:64]), x509.NameAttribute(NameOID.COMMON_NAME, f"{house[:40]} {purpose}")]
    )


def _usage(*, is_root: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=not is_root, key_cert_sign=is_root, crl_sign=is_root, content_commitment=False, key_encipherment=False,
        data_encipherment=False, key_agreement=False, encipher_only=False, decipher_only=False,
    )  # fmt: skip


def _keep(path: Path, text: bytes) -> None:
    """Write a file only its owner reads, whole or not at all."""
    unfinished = path.with_name(f".{path.name}.{secrets.token_hex(4)}")
    descriptor = os.open(unfinished, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(text)
    unfinished.replace(path)
