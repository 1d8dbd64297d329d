"""What the loader tells when it asks who is there (`page`, `quiet`), and what a visitor may take along or have erased, over HTTP."""

from datetime import time
from uuid import UUID, uuid4

import httpx
from fakes.open_shop import SHOP_ORIGIN, OpenShop, open_talk
from sqlalchemy import select

from app.conversations.learning_tables import OpeningShown
from app.conversations.remember import Fact, MemoryRules, memory_of, remember_facts, set_memory_rules
from app.conversations.speak_first import OpeningRules, add_opening, set_rules
from tenants.identifiers import from_public

WORDS = "Shall I look after your basket?"


def boot(shop: OpenShop, visitor: UUID, **told: str) -> dict[str, object]:
    answer = httpx.get(f"{shop.url}/w/{shop.key}/boot", params={"visitor": str(visitor), **told}, headers={"Origin": SHOP_ORIGIN})
    assert answer.status_code == 200, answer.text
    return answer.json()


def test_first_words_follow_the_page_and_stay_away_from_whoever_sent_them_away(shop: OpenShop) -> None:
    employee_id, now = UUID(shop.account.employee_id), shop.house.clock()
    usual = boot(shop, uuid4())["teaser"]
    assert usual, "without rules the widget greets as always"
    assert boot(shop, uuid4(), quiet="1")["teaser"] == ""
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        rules = OpeningRules(is_on=True, per_week=2, quiet_from=time(0), quiet_until=time(0))
        set_rules(session, rules, employee_id=employee_id, by="test", now=now)
        add_opening(session, employee_id=employee_id, text=WORDS, page_words="/cart", by="test", now=now)
    assert boot(shop, uuid4(), page="/about")["teaser"] == "", "no words fit this page"
    asked = [uuid4() for _ in range(24)]
    heard = {visitor: boot(shop, visitor, page="/CART/items")["teaser"] for visitor in asked}
    assert set(heard.values()) == {WORDS, ""}, "some hear them, and by the same chance some hear nothing"
    told = next(visitor for visitor, words in heard.items() if words)
    assert boot(shop, told, page="/cart")["teaser"] == WORDS, "within a visit they stay"
    assert boot(shop, told, page="/cart", quiet="1")["teaser"] == ""
    assert boot(shop, told, page="/cart")["teaser"] == "", "never again, in whatever tab"
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        rows = {row.visitor_id: row for row in session.scalars(select(OpeningShown))}
    assert (set(rows), rows[told].page_path) == (set(asked), "/cart/items")
    assert {visitor for visitor, row in rows.items() if row.dismissed_at} == {told}


def test_what_the_loader_sends_is_bounded(shop: OpenShop) -> None:
    address = f"{shop.url}/w/{shop.key}/boot"
    assert boot(shop, uuid4(), page="/x" * 3_000)
    for wrong in ({"visitor": "me"}, {"visitor": str(uuid4()), "quiet": "1" * 11}):
        assert httpx.get(address, params=wrong, headers={"Origin": SHOP_ORIGIN}).status_code == 422


def test_a_visitor_takes_along_what_is_remembered_and_has_it_erased(shop: OpenShop, panel: httpx.Client) -> None:
    visitor, now = uuid4(), shop.house.clock()
    talk = open_talk(shop, panel, visitor=str(visitor))
    place, stranger = f"{talk.path}/memory", open_talk(shop, panel)
    assert panel.get(place, headers=talk.headers).json() == {"consent": None, "facts": []}
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        set_memory_rules(session, MemoryRules(is_on=True, days_kept=90), by="test", now=now)
        turn_id = from_public("cnv", talk.opened["conversation"])
        facts = (Fact("name", "Noor", "My name is Noor."), Fact("size", "42", "I wear size 42."))
        assert remember_facts(session, facts, visitor_id=visitor, turn_id=turn_id, consent_sentence="Yes, please.", now=now)
    for headers in ({}, stranger.headers, {"Authorization": "Bearer nonsense"}):
        assert panel.get(place, headers=headers).status_code in (401, 403, 404)
        assert panel.delete(place, headers=headers).status_code in (401, 403, 404)
    taken = panel.get(place, headers=talk.headers)
    assert (taken.headers["cache-control"], "remembered.json" in taken.headers["content-disposition"]) == ("no-store", True)
    assert taken.json()["consent"]["sentence"] == "Yes, please."
    assert [(one["name"], one["value"], one["sentence"]) for one in taken.json()["facts"]] == [
        ("name", "Noor", "My name is Noor."), ("size", "42", "I wear size 42."),
    ]  # fmt: skip
    for _ in range(2):
        assert panel.delete(place, headers=talk.headers).status_code == 204
    assert panel.get(place, headers=talk.headers).json() == {"consent": None, "facts": []}
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        assert memory_of(session, visitor, now=now).is_given is None
