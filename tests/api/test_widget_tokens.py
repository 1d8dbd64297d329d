"""A token opens one conversation under one key for one day, and nothing else."""

from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.api.widget_limits import Limiter, Pace
from app.api.widget_tokens import TOKEN_HOURS, TokenRefused, Visit, seal, unseal
from tenants.identifiers import new_id

SECRET = b"a secret of the house"


@pytest.fixture
def visit(now):
    return Visit(*(new_id(now) for _ in range(4)))


def test_a_token_reads_back(visit, now):
    token = seal(visit, widget_key="wk_1", secret=SECRET, now=now)
    assert unseal(token, widget_key="wk_1", secret=SECRET, now=now + timedelta(hours=TOKEN_HOURS)) == visit


def test_a_token_is_refused_elsewhere_and_later(visit, now):
    token = seal(visit, widget_key="wk_1", secret=SECRET, now=now)
    too_late = now + timedelta(hours=TOKEN_HOURS, seconds=1)
    for key, secret, moment in (("wk_2", SECRET, now), ("wk_1", b"other", now), ("wk_1", SECRET, too_late)):
        with pytest.raises(TokenRefused):
            unseal(token, widget_key=key, secret=secret, now=moment)


def test_no_changed_character_is_accepted(visit, now):
    """Every character stands for bits of the note or the seal; only spare bits of the last one may differ."""
    token = seal(visit, widget_key="wk_1", secret=SECRET, now=now)
    for place in range(len(token) - 1):
        changed = token[:place] + ("A" if token[place] != "A" else "B") + token[place + 1 :]
        with pytest.raises(TokenRefused):
            unseal(changed, widget_key="wk_1", secret=SECRET, now=now)


@given(st.text())
def test_no_text_is_a_token(text):
    with pytest.raises(TokenRefused):
        unseal(text, widget_key="wk_1", secret=SECRET, now=datetime(2026, 11, 20, tzinfo=UTC))


def test_a_limiter_lets_the_burst_through_and_then_the_pace(now):
    limiter = Limiter(Pace(burst=3, per_minute=60))
    assert [limiter.wait_s("a", now) for _ in range(3)] == [0, 0, 0]
    assert limiter.wait_s("a", now) == pytest.approx(1)
    assert limiter.wait_s("b", now) == 0
    assert limiter.wait_s("a", now + timedelta(seconds=1)) == 0
    assert limiter.wait_s("a", now + timedelta(seconds=1)) > 0
