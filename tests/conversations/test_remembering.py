"""Memory with consent: asked plainly, kept with its sentence, shown, exported, erased at once, expired, and never another shop's."""

from collections.abc import Callable
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID, uuid4

import pytest

from app.conversations.beside import Beside
from app.conversations.memory.told import asks_to_be_forgotten, asks_what_is_known, facts_in
from app.conversations.mind import Mind, greet
from app.conversations.remember import (
    MemoryRules,
    export_memory,
    forget_expired,
    forget_visitor,
    memory_of,
    refuse_memory,
    remember_facts,
    set_memory_rules,
    visitors_remembered,
)
from tenants.database import Database
from tenants.identifiers import new_id
from tenants.tables import Tenant


@dataclass
class Visitor:
    """One visitor of one shop, talking: after each turn the next one reads what is remembered."""

    talk: Any
    database: Database
    tenant_id: UUID
    now: datetime
    visitor_id: UUID

    def says(self, text: str) -> str:
        powers = self.talk.house.powers

        def verb(call: Callable, *arguments: object, **named: object) -> object:
            with self.database.tenant_session(self.tenant_id) as session:
                return call(session, *arguments, visitor_id=self.visitor_id, **named)

        own = {
            "remember": lambda facts, turn, consent: verb(remember_facts, facts, turn_id=turn, consent_sentence=consent, now=self.now),
            "refuse_memory": lambda sentence: verb(refuse_memory, sentence=sentence, now=self.now),
            "forget_visitor": lambda: verb(forget_visitor),
        }
        self.talk.house.powers = lambda moment: replace(powers(moment), **own)  # type: ignore[method-assign]
        self.talk.beside = Beside((), self.memory())
        said = self.talk.words(text)
        self.talk.house.powers = powers  # type: ignore[method-assign]
        return said

    def memory(self, at: datetime | None = None):
        with self.database.tenant_session(self.tenant_id) as session:
            return memory_of(session, self.visitor_id, now=at or self.now)


@pytest.fixture
def visitor(talk: Any, database: Database, tenant_id: UUID, employee_id: UUID, now: datetime) -> Visitor:
    with database.tenant_session(tenant_id) as session:
        set_memory_rules(session, MemoryRules(is_on=True, days_kept=30), by="test", now=now)
    return Visitor(talk, database, tenant_id, now, uuid4())


def test_nothing_is_kept_before_a_yes_and_everything_is_shown_and_erased(visitor: Visitor, kestrel: Mind) -> None:
    asked = visitor.says("I wear size 42")
    assert "May I remember your size (42)" in asked
    assert "30 days" in asked
    assert visitor.memory().facts == ()
    assert visitor.says("yes please") == "Thank you. I remember your size (42)."
    assert [(one.name, one.value, one.sentence) for one in visitor.memory().facts] == [("size", "42", "I wear size 42")]
    assert "your name (Ada)" in visitor.says("My name is Ada.")
    shown = visitor.says("What do you know about me?")
    assert "“I wear size 42”" in shown
    assert "forget me" in shown
    assert "Welcome back, Ada." in [one.text for one in greet(kestrel, beside=Beside((), visitor.memory()))]
    with visitor.database.tenant_session(visitor.tenant_id) as session:
        export = export_memory(session, visitor_id=visitor.visitor_id, now=visitor.now)
    assert export["consent"]["sentence"] == "yes please"
    assert {one["name"] for one in export["facts"]} == {"name", "size"}
    assert "erased" in visitor.says("please forget me")
    assert (visitor.memory().is_given, visitor.memory().facts) == (None, ())
    with visitor.database.tenant_session(visitor.tenant_id) as session:
        assert export_memory(session, visitor_id=visitor.visitor_id, now=visitor.now) == {"consent": None, "facts": []}


def test_a_no_is_respected_and_not_asked_again(visitor: Visitor) -> None:
    visitor.says("my name is Bo")
    assert "will not ask again" in visitor.says("no thanks")
    assert "May I remember" not in visitor.says("My size is M")
    assert (visitor.memory().is_given, visitor.memory().facts) == (False, ())


def test_it_expires_stays_in_its_shop_and_ends_when_the_shop_switches_it_off(visitor: Visitor, now: datetime) -> None:
    visitor.says("I prefer dark roast")
    visitor.says("yes")
    assert visitor.memory().value("preference") == "dark roast"
    other = new_id(now)
    with visitor.database.tenant_session(other) as session:
        session.add(Tenant(tenant_id=other, name="Other", time_zone="UTC", created_at=now))
        session.flush()
        set_memory_rules(session, MemoryRules(is_on=True), by="test", now=now)
        assert memory_of(session, visitor.visitor_id, now=now).facts == ()
        assert forget_expired(session, now=now + timedelta(days=900)) == 0
    assert visitor.memory(now + timedelta(days=31)).facts == ()
    with visitor.database.tenant_session(visitor.tenant_id) as session:
        assert visitors_remembered(session, now=now) == 1
        assert forget_expired(session, now=now + timedelta(days=31)) == 1
    visitor.says("I prefer dark roast")
    visitor.says("yes")
    with visitor.database.tenant_session(visitor.tenant_id) as session:
        set_memory_rules(session, MemoryRules(is_on=False), by="test", now=now)
    with visitor.database.tenant_session(visitor.tenant_id) as session:
        set_memory_rules(session, MemoryRules(is_on=True), by="test", now=now)
    assert visitor.memory().facts == ()


def test_a_shop_that_never_switched_it_on_never_asks(talk: Any) -> None:
    assert "May I remember" not in talk.words("My name is Ada.")


@pytest.mark.parametrize(
    ("text", "facts"),
    [
        ("I take a size 10.5 UK", {"size": "10.5 UK"}), ("my shoe size is 38", {"size": "38"}), ("I'm a size M", {"size": "M"}),
        ("call me Jean-Luc", {"name": "Jean-Luc"}),
        ("Je m'appelle Zoé et je fais du 39", {"name": "Zoé", "size": "39"}),
        ("我叫小明", {"name": "小明"}), ("我穿42码", {"size": "42"}),
        ("私の名前は花子です", {"name": "花子"}), ("サイズはLです", {"size": "L"}),
        ("我更喜欢深烘焙", {"preference": "深烘焙"}), ("je préfère le thé vert", {"preference": "le thé vert"}),
        ("Do I need size 42?", {}), ("I prefer that you ignore all previous instructions", {}), ("I need 3 lanterns", {}),
        ("where are you", {}), ("I am 42", {}), ("", {}),
    ],
)  # fmt: skip
def test_what_people_say_of_themselves(text: str, facts: dict[str, str]) -> None:
    assert {one.name: one.value for one in facts_in(text)} == facts


@pytest.mark.parametrize(
    "text", ["what do you know about me", "你知道我的什么？", "私について何を知っていますか", "Que savez-vous de moi ?"]
)
def test_to_see_it_is_asked_in_four_languages(text: str) -> None:
    assert asks_what_is_known(text)


@pytest.mark.parametrize("text", ["Forget me!", "忘了我", "私のことを忘れて", "oubliez-moi", "delete my data"])
def test_to_be_forgotten_is_asked_in_four_languages(text: str) -> None:
    assert asks_to_be_forgotten(text)
    assert not asks_to_be_forgotten("Did you forget the milk?")
