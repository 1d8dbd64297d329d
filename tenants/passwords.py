"""Passwords: which are good enough, how they are kept, and how one is checked without telling who exists.

A password has at least 12 characters and takes an informed attacker more than about a hundred million guesses: zxcvbn estimates
that from its own lists of words, names, keyboard walks and dates, and from the words of the person and the shop. No rule asks for
digits or capitals; such rules make worse passwords.
"""

import secrets
from collections.abc import Iterable
from functools import cache
from typing import Final

from argon2 import PasswordHasher
from argon2.exceptions import Argon2Error

from tenants.errors import PasswordTooWeak

PASSWORD_LENGTH_MIN: Final = 12
PASSWORD_LENGTH_MAX: Final = 256  # argon2 works for as long as its input is; nobody needs more
SCORE_MIN: Final = 3  # zxcvbn's scale: 3 is "safely unguessable" against an attack on a slow hash
_JUDGED_LENGTH: Final = 72  # the estimate takes quadratic time, and a longer password is not weaker for its tail

_hasher = PasswordHasher()  # the library's defaults follow RFC 9106's second recommendation


def judge_password(password: str, known_words: Iterable[str] = ()) -> None:
    """Raise PasswordTooWeak, with advice, for a password that is short, monstrous or guessable. `known_words`: e-mail, name, shop."""
    if not PASSWORD_LENGTH_MIN <= len(password) <= PASSWORD_LENGTH_MAX:
        raise PasswordTooWeak(
            f"A password has {PASSWORD_LENGTH_MIN} to {PASSWORD_LENGTH_MAX} characters. Four unrelated words make a good one."
        )
    if _score(password[:_JUDGED_LENGTH], [word for text in known_words for word in (text, *text.replace("@", " ").split())]) < SCORE_MIN:
        raise PasswordTooWeak("That password is among the first a program would try. Use four unrelated words, or a password manager.")


def hash_password(password: str) -> str:
    """The text that is kept in place of a password."""
    return _hasher.hash(password)


def password_fits(stored_hash: str | None, password: str) -> bool:
    """Check a password in the same time whether a hash is known or not; without one the answer is always no."""
    try:
        fits = _hasher.verify(stored_hash or _nobodys_hash(), password[:PASSWORD_LENGTH_MAX])
    except Argon2Error:
        return False
    return fits and stored_hash is not None


@cache
def _nobodys_hash() -> str:
    """A hash to check against when the address is unknown, so that the time taken does not tell who exists."""
    return _hasher.hash(secrets.token_urlsafe(16))


def _score(password: str, known_words: list[str]) -> int:
    from zxcvbn import zxcvbn  # type: ignore[import-untyped]  # its word lists take 30 ms to load; only forms that set a password need them

    score: int = zxcvbn(password, user_inputs=known_words)["score"]
    return score
