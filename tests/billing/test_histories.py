"""Whatever sequence the facts of a shop arrive in, and however often, its book ends with the same totals.

Twenty made-up histories happen in one shop at once, each with two employees of its own, and are told twice: all together, and in another
sequence with repetitions, in rounds. Where a history ends elsewhere the second time, the facts that are needed for it are named.
"""

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from random import Random

import pytest
from made_up_facts import FIRST, START, Fact, made_up_history, made_up_orders, touched
from made_up_town import RATES, Town, assert_book_is_sound, in_rounds, settled_town, smallest
from shopkeeper import Shopkeeper, order_message, refund_message
from sqlalchemy import func, select

from billing.import_rates import import_rates
from billing.ledger.tables import Posting
from billing.neutral_order import NeutralRefund
from tenants.database import Database

TOGETHER = 20
SHORT = [pytest.param(seed, id=f"histories_{seed}") for seed in range(0, 200, TOGETHER)]
LONG = [pytest.param(seed, id=f"histories_{seed}", marks=pytest.mark.long) for seed in range(1_000, 5_000, TOGETHER)]


@pytest.fixture(scope="module")
def town(database_for_run: Database, empty_tables: object) -> Town:
    """A shop on days that all have their exchange rates. Its lives are undone, so one will do for all of them."""
    empty_tables()  # type: ignore[operator]
    import_rates(database_for_run, RATES, now=START + timedelta(days=20), are_jumps_confirmed=True)
    return settled_town(database_for_run, TOGETHER)


@pytest.mark.parametrize("seed", SHORT + LONG)
def test_sequence_and_repetition_do_not_matter(town: Town, seed: int) -> None:
    histories = [made_up_history(Random(f"history {seed + number}")) for number in range(TOGETHER)]
    rounds = in_rounds(Random(f"told again {seed}"), histories)
    with town.undone() as session:
        town.live(session, [histories])
        expected = town.endings(session)
        assert_book_is_sound(session, town, expected)
        assert sum(bool(accounts) for accounts, _ in expected) > TOGETHER // 2
    with town.undone() as session:
        town.live(session, rounds)
        found = town.endings(session)
        assert_book_is_sound(session, town, found)
    for number, (one, other) in enumerate(zip(found, expected, strict=True)):
        assert one == other, told_smallest(town, [fact for told in rounds for fact in told[number]])


def test_told_for_good_one_by_one_they_come_to_the_same(town: Town, database_for_run: Database) -> None:
    """Each round in a transaction of its own, as the product tells them, and nothing undone."""
    histories = [made_up_history(Random(f"history {number}")) for number in range(6)]
    with town.undone() as session:
        town.live(session, [histories])
        expected = town.endings(session)[: len(histories)]
    kept = settled_town(database_for_run, len(histories))
    for number, facts in enumerate(in_rounds(Random(7), histories)):
        with kept.shop.session() as session:
            kept.tell(session, number, facts)
    with kept.shop.session() as session:
        found = kept.endings(session)
        assert_book_is_sound(session, kept, found)
    assert found == expected


def told_smallest(town: Town, told: Sequence[Fact]) -> str:
    """The fewest facts, told one by one, that end elsewhere than all at once; what a failed test says."""

    def is_wrong(facts: Sequence[Fact]) -> bool:
        endings = []
        for rounds in ([[list(dict.fromkeys(facts))]], [[[fact]] for fact in facts]):
            with town.undone() as session:
                town.live(session, rounds)
                endings.append(town.endings(session)[0])
        return endings[0] != endings[1]

    left = smallest(told, is_wrong) if is_wrong(told) else told
    return "\n".join(["It ends elsewhere, told in this sequence:", *map(str, left)])


def test_giving_everything_back_leaves_zero_in_every_account(town: Town) -> None:
    """By up to four refunds, whatever was edited before, in any sequence."""
    dice = Random("given back")
    histories = [given_back(dice) for _ in range(TOGETHER)]
    with town.undone() as session:
        town.live(session, in_rounds(dice, histories))
        endings = town.endings(session)
        assert_book_is_sound(session, town, endings)
    for facts, (accounts, orders) in zip(histories, endings, strict=True):
        assert accounts == {}, facts
        assert orders


def given_back(dice: Random) -> list[Fact]:
    """An order with its edits, the meeting that brought it, and refunds that together give all of it back."""
    states = [replace(order, status="paid", visitor_id=FIRST) for order in made_up_orders(dice, "a")]
    final = max(states, key=lambda order: (order.source_updated_at, order.captured_minor))
    facts = [Fact(order) for order in states if order.source_updated_at < final.source_updated_at] + [Fact(final)]
    facts.append(touched(1, final.occurred_at - timedelta(hours=1)))
    left, weights = final.captured_minor, [dice.randint(1, 9) for _ in range(dice.randint(1, 4))]
    for number, weight in enumerate(weights):
        amount = left if number == len(weights) - 1 else final.captured_minor * weight // sum(weights)
        left -= amount
        if amount:
            moment = final.occurred_at + timedelta(hours=number)
            facts.append(Fact(NeutralRefund(f"r{number}", "refund", "a", None, moment, moment, final.currency, amount)))
    return facts


@pytest.mark.parametrize("amounts", [(3000,), (1000, 2000), (1, 1, 2998), (1499, 1501)])
def test_a_sale_and_its_refunds_net_to_zero_after_real_movements(database: Database, now: datetime, amounts: tuple[int, ...]) -> None:
    shop = Shopkeeper(database, now)
    shop.touch()
    shop.tell(order_message(attribution={"visitor": str(shop.visitor_id)}))
    assert shop.earned() == 240
    for number, minor in enumerate(amounts):
        shop.tell(refund_message(f"r{number}", f"{minor // 100}.{minor % 100:02d}"))
    assert shop.balances() == {}
    with shop.session() as session:
        assert (session.scalar(select(func.count()).select_from(Posting)) or 0) >= 2
