"""Who makes a connection's signing secret: most shop systems make it themselves and show it to the merchant; for the others we do."""

import secrets
from typing import Final

from billing.connectors.kinds import CONNECTORS
from billing.errors import ConnectionKindUnknown, ConnectionSecretRefused
from billing.inbox.signature import new_secret

GIVEN_BY_THE_SHOP: Final = ("shopify", "stripe", "square")
SECRET_LENGTH_MIN: Final = 8
SECRET_LENGTH_MAX: Final = 300
OWN_SECRET_BYTES: Final = 32


def first_secret(kind: str, given: str) -> str:
    """The secret a connection begins with: the one the merchant brought, or a fresh one of ours.

    Raises ConnectionKindUnknown, and ConnectionSecretRefused where the merchant has to bring one and did not.
    """
    if kind not in CONNECTORS:
        raise ConnectionKindUnknown("There is no such kind of system to connect.")
    if kind == "generic":
        return new_secret()
    if kind not in GIVEN_BY_THE_SHOP:
        return secrets.token_urlsafe(OWN_SECRET_BYTES)
    secret = given.strip()
    is_readable = secret.isascii() and secret.isprintable() and " " not in secret
    if not (SECRET_LENGTH_MIN <= len(secret) <= SECRET_LENGTH_MAX and is_readable):
        raise ConnectionSecretRefused("Paste the signing secret exactly as the other system shows it, without spaces.")
    return secret
