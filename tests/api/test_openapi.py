"""The description of our API is true: every operation is described, and whatever is sent gets a described answer, never a 5xx."""

import random
from typing import Any

import pytest
from test_hooks_and_till import shop as shop  # noqa: PLC0414 - the fixture of the same shop

from app.api import coupons, webhooks
from app.main import create_app

ODD: tuple[Any, ...] = (None, "", "\x00", "x" * 5000, -1, 10**30, 0.5, [], {}, [[]], True, "😀", {"a": {"b": []}})
FITTING = {"string": ("KES-1", "USD", "A-1", "é"), "integer": (0, 1, 2000, 10**15), "boolean": (True, False), "null": (None,)}
KEYS = ('"a"', "b", '"', "c" * 300)


@pytest.fixture
def described(the_house) -> dict[str, Any]:
    return create_app(the_house).openapi()


def operations(described: dict[str, Any]) -> list[tuple[str, str, dict[str, Any]]]:
    found = [(method, path, one) for path, item in described["paths"].items() for method, one in item.items()]
    return [one for one in found if one[1].startswith("/api/v1/")]


def test_every_operation_of_the_public_api_is_described(described):
    found = operations(described)
    assert len(found) >= len(coupons.router.routes) + len(webhooks.router.routes)
    for method, path, one in found:
        assert one.get("description") or one.get("summary"), (method, path)
        assert any(status.startswith("2") for status in one["responses"]), (method, path)


def value(schema: dict[str, Any], described: dict[str, Any], chance: random.Random) -> Any:
    """A value that fits a schema of ours, or now and then an odd one in its place."""
    if "$ref" in schema:
        return value(described["components"]["schemas"][schema["$ref"].rpartition("/")[2]], described, chance)
    if chance.random() < 0.2:
        return chance.choice(ODD)
    if "anyOf" in schema:
        return value(chance.choice(schema["anyOf"]), described, chance)
    if schema.get("type") == "object":
        named = schema.get("properties", {}).items()
        return {name: value(one, described, chance) for name, one in named if chance.random() < 0.9}
    if schema.get("type") == "array":
        return [value(schema["items"], described, chance) for _ in range(chance.randint(0, 3))]
    return chance.choice(FITTING.get(schema.get("type", ""), ODD))


async def test_whatever_is_sent_gets_a_described_answer(public, shop, described):
    chance, seen = random.Random(5), set()
    for _ in range(12):
        for method, path, one in operations(described):
            content = one.get("requestBody", {}).get("content", {}).get("application/json", {})
            names = [entry["name"] for entry in one.get("parameters", []) if entry["in"] == "path"]
            address = path.format(**{name: chance.choice(("con_1", "x", "%00", "..")) for name in names})
            headers = {"authorization": f"Bearer {shop['key']}", "idempotency-key": chance.choice(KEYS)}
            sent = value(content.get("schema", {}), described, chance)
            answer = await public.request(method.upper(), address, json=sent, headers=headers)
            seen.add(answer.status_code)
            assert answer.status_code < 500, (method, path, sent, answer.text)
            if answer.status_code >= 400:
                assert answer.headers["content-type"] == "application/problem+json"
                assert answer.json()["status"] == answer.status_code
    assert {400, 404, 422} <= seen
