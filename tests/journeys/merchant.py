"""A merchant's back office for tests: signs the generic webhook as the Standard Webhooks text says, and sends it."""

import base64
import hashlib
import hmac
import json
import time
from dataclasses import dataclass
from typing import Any

import httpx


@dataclass(frozen=True)
class Merchant:
    """One connection's address and secret."""

    hooks_url: str
    secret: str

    def sign(self, delivery_id: str, body: bytes) -> dict[str, str]:
        stamp = str(int(time.time()))
        key = base64.b64decode(self.secret.removeprefix("whsec_"))
        digest = hmac.new(key, f"{delivery_id}.{stamp}.".encode() + body, hashlib.sha256).digest()
        signature = base64.b64encode(digest).decode()
        headers = {"webhook-id": delivery_id, "webhook-timestamp": stamp, "webhook-signature": f"v1,{signature}"}
        return {**headers, "content-type": "application/json"}

    def send(self, delivery_id: str, message: dict[str, Any]) -> httpx.Response:
        body = json.dumps(message).encode()
        return httpx.post(self.hooks_url, content=body, headers=self.sign(delivery_id, body), timeout=30)

    def send_until_taken(self, delivery_id: str, message: dict[str, Any], seconds_max: float = 90) -> httpx.Response:
        """Send as any merchant does: again and again until somebody answers 2xx."""
        deadline = time.monotonic() + seconds_max
        while time.monotonic() < deadline:
            try:
                response = self.send(delivery_id, message)
                if response.is_success:
                    return response
            except httpx.TransportError:
                pass
            time.sleep(0.1)
        raise AssertionError(f"{delivery_id} was not taken within {seconds_max} s")
