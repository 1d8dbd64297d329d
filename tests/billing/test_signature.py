"""The door opens to the right signature only, and no header can make it crash."""

import base64
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from billing.errors import DeliveryRefused, SignatureInvalid, TimestampOutsideTolerance
from billing.inbox.signature import new_secret, sign, verify

NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
STAMP = int(NOW.timestamp())
SECRET = new_secret()
BODY = b'{"type":"order.paid"}'


def headers(**changed: str) -> dict[str, str]:
    good = {
        "webhook-id": "msg_1",
        "webhook-timestamp": str(STAMP),
        "webhook-signature": sign(SECRET, delivery_id="msg_1", timestamp=STAMP, body=BODY),
    }
    return good | {name.replace("_", "-"): value for name, value in changed.items()}


def test_the_published_example_of_standard_webhooks_verifies() -> None:
    secret = "whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw"
    body = b'{"test": 2432232314}'
    signature = sign(secret, delivery_id="msg_p5jXN8AQM9LWM0D4loKWxJek", timestamp=1614265330, body=body)
    assert signature == "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE="


def test_header_names_may_be_written_in_any_case() -> None:
    assert verify({name.title(): value for name, value in headers().items()}, BODY, [SECRET], now=NOW).delivery_id == "msg_1"


def test_one_right_signature_among_several_is_enough() -> None:
    right = headers()["webhook-signature"]
    verify(headers(webhook_signature=f"v1a,xyz v1,!!! {right} v1,{base64.b64encode(b'x' * 32).decode()}"), BODY, [SECRET], now=NOW)


def test_either_accepted_secret_opens() -> None:
    assert verify(headers(), BODY, [new_secret(), SECRET], now=NOW)
    with pytest.raises(SignatureInvalid):
        verify(headers(), BODY, [new_secret()], now=NOW)
    with pytest.raises(SignatureInvalid):
        verify(headers(), BODY, [], now=NOW)


@pytest.mark.parametrize("seconds", [-300, 300])
def test_five_minutes_of_clock_difference_are_tolerated(seconds: int) -> None:
    assert verify(headers(), BODY, [SECRET], now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize("seconds", [-301, 301, 86_400])
def test_more_is_refused_in_both_directions(seconds: int) -> None:
    with pytest.raises(TimestampOutsideTolerance):
        verify(headers(), BODY, [SECRET], now=NOW + timedelta(seconds=seconds))


@pytest.mark.parametrize(
    "broken",
    [
        {"webhook-id": "msg_1"}, {}, headers(webhook_id=""), headers(webhook_id="msg 1"),
        headers(webhook_id="m" * 201), headers(webhook_id="müsli"),
        headers(webhook_timestamp="now"), headers(webhook_timestamp="-1"),
        headers(webhook_timestamp="١٢٣"), headers(webhook_timestamp="9" * 13),
        headers(webhook_timestamp="1e9"),
        headers(webhook_signature=""), headers(webhook_signature="garbage"), headers(webhook_signature="v1,"),
        headers(webhook_signature="v1,é"), headers(webhook_signature="v1a,AAAA"), headers(webhook_signature="v1,AAAA"),
    ],
)  # fmt: skip
def test_broken_headers_are_refused_as_unsigned(broken: dict[str, str]) -> None:
    with pytest.raises(SignatureInvalid):
        verify(broken, BODY, [SECRET], now=NOW)


@settings(max_examples=500, deadline=None)
@given(st.fixed_dictionaries({}, optional={name: st.text(max_size=60) for name in headers()}), st.binary(max_size=60))
def test_no_headers_and_no_body_make_the_verifier_crash(given_headers: dict[str, str], body: bytes) -> None:
    with pytest.raises(DeliveryRefused):
        verify(given_headers, body, [SECRET], now=NOW)


@settings(max_examples=200, deadline=None)
@given(st.integers(0, len(BODY) - 1), st.integers(1, 255))
def test_one_changed_byte_is_noticed(place: int, difference: int) -> None:
    changed = bytearray(BODY)
    changed[place] ^= difference
    with pytest.raises(SignatureInvalid):
        verify(headers(), bytes(changed), [SECRET], now=NOW)
