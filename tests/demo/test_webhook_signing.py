"""The shop's own signature, held against the example that the Standard Webhooks project publishes."""

import pytest
from fakes.coffee_shop import SECRET

from app.demo.shop.webhook_signing import WebhookSecretInvalid, signed_headers

PUBLISHED = {
    "delivery_id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
    "timestamp_s": 1614265330,
    "body": b'{"test": 2432232314}',
}


def test_the_published_example_gets_the_published_signature() -> None:
    headers = signed_headers(secret=SECRET, **PUBLISHED)
    assert headers == {
        "webhook-id": "msg_p5jXN8AQM9LWM0D4loKWxJek",
        "webhook-timestamp": "1614265330",
        "webhook-signature": "v1,g0hM9SsE+OTPJTGt/tmIKtSyZlE3uFJELVlNIOLJ1OE=",
    }


@pytest.mark.parametrize("change", [{"delivery_id": "msg_other"}, {"timestamp_s": 1614265331}, {"body": b'{"test": 2432232315}'}])
def test_any_other_id_time_or_body_gets_another_signature(change: dict[str, object]) -> None:
    before = signed_headers(secret=SECRET, **PUBLISHED)["webhook-signature"]
    assert signed_headers(secret=SECRET, **{**PUBLISHED, **change})["webhook-signature"] != before


@pytest.mark.parametrize("secret", ["whsec_", "whsec_c2hvcnQ=", "whsec_not base64!", "whsec_" + "QUFB" * 30])
def test_a_secret_that_was_copied_in_part_is_refused(secret: str) -> None:
    with pytest.raises(WebhookSecretInvalid):
        signed_headers(secret=secret, **PUBLISHED)
