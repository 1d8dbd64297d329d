"""The demo shop's furniture: what its golden questions demand is what it was taught, and furnishing twice changes nothing."""

from datetime import datetime
from pathlib import Path
from uuid import UUID

from fakes.shop_history import fixed_vectors, routed

from app.conversations.golden import golden_questions
from app.conversations.golden_read import runs
from app.conversations.speak_first import openings_of, rules_of
from app.demo.account import KNOWLEDGE
from app.demo.furnish import GOLDEN, furnish_demo
from app.demo.seed import open_demo_account
from app.studio.films import films
from app.studio.renders import renders_of
from billing.offers import active_offers
from tenants.database import Database


def test_the_demo_shop_has_something_on_every_page(database: Database, tmp_path: Path, now: datetime) -> None:
    house = routed(database)
    account = open_demo_account(
        house, embed=fixed_vectors, clock=lambda: now, kept_in=tmp_path / "account.json", shop_origin="http://127.0.0.2:1", has_past=False
    )
    for _ in range(2):
        furnish_demo(house, account, now)
    employee_id = UUID(account.employee_id)
    with house.tenant_session(UUID(account.tenant_id)) as session:
        asked = golden_questions(session, employee_id=employee_id)
        assert sorted(one.question for one in asked) == sorted(question for question, _ in GOLDEN)
        assert [run.state for run in runs(session, employee_id=employee_id)] == ["waiting"]
        assert len(openings_of(session, employee_id=employee_id)) == 2
        rules = rules_of(session, employee_id=employee_id)
        assert rules is not None
        assert not rules.is_on, "visitors of the demo are greeted as ever"
        (film,) = films(session)
        assert film.title.startswith("Demo")
        assert [render.kind for render in renders_of(session, film.film_id)] == ["preview"]
        (offer,) = active_offers(session, employee_id, now)
    taught = "\n".join(path.read_text(encoding="utf-8") for path in sorted(KNOWLEDGE.iterdir())) + offer.terms_text
    assert [fact for _, facts in GOLDEN for fact in facts if fact not in taught] == []
