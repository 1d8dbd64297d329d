"""Which of several offers a visitor is given: it stays theirs, all are tried, the better one wins, and what they brought is tallied."""

from datetime import datetime, timedelta
from random import Random
from uuid import UUID, uuid4

import pytest

from app.conversations.choose_offers import choose_offer, employees_who_chose, keep_offer_tallies, offer_tallies, offers_currency
from app.conversations.openings.bandit import FLOOR_PPM, Tally
from app.conversations.thoughts import Offered
from tenants.database import Database

POOR, GOOD = uuid4(), uuid4()


@pytest.fixture
def choose(database: Database, tenant_id: UUID, employee_id: UUID):
    def one(visitor_id: UUID, now: datetime, random: Random, offers=(POOR, GOOD)) -> UUID:
        with database.tenant_session(tenant_id) as session:
            return choose_offer(session, offers, employee_id=employee_id, visitor_id=visitor_id, now=now, random=random)

    return one


def test_a_visitor_s_offer_stays_theirs_until_it_is_gone(choose, now):
    visitor, random = uuid4(), Random(1)
    first = choose(visitor, now, random)
    assert {choose(visitor, now + timedelta(hours=hour), random) for hour in range(12)} == {first}
    other = GOOD if first == POOR else POOR
    assert choose(visitor, now, random, (other,)) == other


def test_the_one_that_sells_is_given_more_often_and_the_other_is_still_tried(choose, database, tenant_id, employee_id, now):
    random = Random(7)
    given = {visitor: choose(visitor, now, random) for visitor in (uuid4() for _ in range(60))}
    assert set(given.values()) == {POOR, GOOD}
    bought = {visitor: 9_000 for visitor, offer in given.items() if offer == GOOD}
    with database.tenant_session(tenant_id) as session:
        assert employees_who_chose(session) == [employee_id]
        seen = keep_offer_tallies(session, employee_id=employee_id, worths=lambda _session, _since: (bought, "EUR"), now=now)
        every, compared = (offer_tallies(session, employee_id=employee_id, which=which) for which in ("all", "compared"))
        assert offers_currency(session, employee_id=employee_id) == "EUR"
    assert seen == 60
    assert every[str(GOOD)] == Tally(len(bought), len(bought), 9_000 * len(bought), 9_000**2 * len(bought))
    assert every[str(POOR)].total_minor == 0
    assert 0 < sum(one.visitors for one in compared.values()) < 60
    later = [choose(uuid4(), now, random) for _ in range(60)]
    assert later.count(GOOD) > 60 * 0.75
    assert 0 < later.count(POOR) < 60 * 2 * FLOOR_PPM / 1_000_000


def test_another_shop_sees_none_of_it(choose, database, now):
    choose(uuid4(), now, Random(3))
    with database.tenant_session(uuid4()) as session:
        assert employees_who_chose(session) == []


def test_she_offers_what_the_power_chose_among_those_that_fit_alike(talk, house, open_offer, monkeypatch):
    open_offer("Five off", minimum_minor=0)
    open_offer("Ten off", minimum_minor=0)
    powers = type(house).powers

    def choosing(self, now):
        from dataclasses import replace

        return replace(powers(self, now), choose_offer=lambda offers: offers[-1])

    monkeypatch.setattr(type(house), "powers", choosing)
    (offered,) = [one for one in talk.ask("do you have a coupon for me?") if isinstance(one, Offered)]
    assert offered.coupon.title == "Ten off"
