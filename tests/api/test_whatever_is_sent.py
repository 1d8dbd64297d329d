"""Whatever fits the API's description, and much that does not, gets a described answer and never a 5xx: schemathesis asks, seeded.

Few examples in every run, many in the long one. What is asked with is a real key, so requests come through to the rooms.
"""

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

import jsonschema_rs
import pytest
import schemathesis
from fakes.shop_history import Shop, open_shop, routed
from hypothesis import HealthCheck, given, seed, settings
from hypothesis.errors import Unsatisfiable
from schemathesis import GenerationMode
from schemathesis.checks import not_a_server_error
from schemathesis.python import asgi
from schemathesis.specs.openapi.checks import content_type_conformance, response_schema_conformance, status_code_conformance

from app.main import create_app
from app.settings import Settings
from app.wiring import house
from tenants.api_keys import SCOPES, issue_api_key
from tenants.database import Database
from tenants.identifiers import new_id

PUBLIC = "http://127.0.0.1:8700"
NOW = datetime(2026, 11, 20, 9, 30, tzinfo=UTC)
CHECKS = [not_a_server_error, status_code_conformance, content_type_conformance, response_schema_conformance]
FEW, MANY = 8, 400


@dataclass(frozen=True)
class Asked:
    """The described operations, the headers of a key that may do everything, and a client inside the process."""

    operations: list[Any]
    headers: dict[str, str]
    client: Any


@pytest.fixture(scope="module")
def asked(database_for_run: Database, empty_tables: Callable[[], None], tmp_path_factory: pytest.TempPathFactory) -> Iterator[Asked]:
    """A shop to ask. Its clock goes on with every look, so that nobody is told to slow down."""
    empty_tables()
    shop: Shop = open_shop(routed(database_for_run), new_id(NOW), now=NOW, email="robin@kestrel.example")
    with database_for_run.tenant_session(shop.tenant_id) as session:
        key = issue_api_key(session, name="everything", now=NOW, scopes=SCOPES)
    looks = count()
    folder = tmp_path_factory.mktemp("house")
    app = create_app(house(Settings(data_folder=folder), shop.database, clock=lambda: NOW + timedelta(milliseconds=200 * next(looks))))
    described = schemathesis.openapi.from_dict(app.openapi())
    described.app = app
    found = [one.ok() for one in described.include(path_regex="^/api/v1/").get_all_operations()]
    with asgi.get_client(app) as client:
        yield Asked(found, {"Authorization": f"Bearer {key}"}, client)


def ask_everything(asked: Asked, examples: int) -> int:
    """Ask each operation with what fits its description and with what does not; return how many requests were sent."""
    sent = 0
    for operation in asked.operations:
        for mode in (GenerationMode.POSITIVE, GenerationMode.NEGATIVE):

            @seed(5)
            @settings(max_examples=examples, deadline=None, database=None, suppress_health_check=list(HealthCheck))
            @given(case=operation.as_strategy(mode))
            def ask(case: Any) -> None:
                nonlocal sent
                sent += 1
                answer = case.call(base_url=PUBLIC, headers=asked.headers, session=asked.client)
                case.validate_response(answer, checks=CHECKS)

            try:
                ask()
            except Unsatisfiable:
                assert mode == GenerationMode.NEGATIVE, operation.label  # nothing can be wrong where nothing is asked for
    return sent


def test_every_operation_answers_as_described(asked: Asked) -> None:
    assert len(asked.operations) >= 11
    assert ask_everything(asked, FEW) > FEW * len(asked.operations)


@pytest.mark.long
def test_every_operation_answers_as_described_at_length(asked: Asked) -> None:
    ask_everything(asked, MANY)


def test_every_example_fits_its_schema(asked: Asked) -> None:
    """Every operation shows an example of what is asked and of what is answered, and each is what the schema says."""
    described = asked.operations[0].schema.raw_schema
    components = described["components"]
    for path, item in described["paths"].items():
        for method, one in item.items() if path.startswith("/api/v1/") else ():
            told = [("asked", one["requestBody"])] if "requestBody" in one else []
            told += [(status, answer) for status, answer in one["responses"].items()]
            for name, part in told:
                for media_type, content in part.get("content", {}).items():
                    schema = content.get("schema", {})
                    examples = [content["example"]] if "example" in content else examples_of(schema, components)
                    assert examples, (method, path, name, media_type)
                    check = jsonschema_rs.Draft202012Validator({**schema, "components": components})
                    for example in examples:
                        check.validate(example)


def examples_of(schema: dict[str, Any], components: dict[str, Any]) -> list[Any]:
    """The examples of a schema, also of the one it points at."""
    if "$ref" in schema:
        return examples_of(components["schemas"][schema["$ref"].rpartition("/")[2]], components)
    return list(schema.get("examples", []))
