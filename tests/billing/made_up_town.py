"""A shop with many pairs of employees, each pair under contracts of its own, in which as many made-up histories happen at once."""

from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager, suppress
from dataclasses import dataclass
from datetime import timedelta
from itertools import zip_longest
from random import Random
from uuid import UUID

from lived_soundness import assert_balances_are_postings, assert_everything_has_evidence
from made_up_facts import START, Fact, Place, tell
from shopkeeper import Shopkeeper
from sqlalchemy import func, select
from sqlalchemy.orm import Session

from billing.attribution.tables import AttributionRun
from billing.connections import create_connection
from billing.contract_terms import BaseRules, ContractTerms
from billing.ledger.posted import posted_orders, signed_for_employee
from billing.ledger.tables import Posting
from billing.orders.tables import ShopOrder
from billing.read_balances import snapshot_balances
from billing.read_earnings import earnings
from billing.record_order import OrderSource
from billing.record_touch import Touch
from billing.seal_ledger import seal_ledger
from billing.sign_contract import sign_contract
from billing.terms.clauses import Payee, ProductRule, Repeat, Tiers, TierStep
from tenants.database import Database

RICH = ContractTerms(
    currency="EUR",
    share_ppm=80_000,
    attribution_model="linear",
    base=BaseRules(product_rules=(ProductRule(categories=("gifts",), counts=False), ProductRule(products=("oil",), share_ppm=31_007))),
    tiers=Tiers(kind="marginal", steps=(TierStep(from_minor=2_000, share_ppm=120_000), TierStep(from_minor=6_000, share_ppm=95_000))),
    cap_minor=700,
    repeat=Repeat(days=60, share_ppm=20_001),
    royalty_share_ppm=150_000,
    payees=(
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=700_001),
        Payee(key="face", name="Ida", role="likeness_owner", part_ppm=299_999),
    ),
)
"""Everything at once: rates by product, tiers, a cap, repeat purchases, royalties and two payees."""

DEAR = ContractTerms(currency="USD", share_ppm=123_457, return_window_days=14)
RATES = "day,base,quote,rate,source\n" + "".join(
    f"2026-11-{day:02d},EUR,{quote},{rate},ecb\n" for day in range(1, 27) for quote, rate in (("JPY", "167.37"), ("USD", f"1.0{day:02d}"))
)
Ending = tuple[dict[tuple[str, str], int], dict[str, tuple[str, str]]]
"""Where one history's book stands, free of ids: minor units by (account, currency); of each order what counts, and why."""


class Undone(Exception):
    """A life is over and shall leave no trace."""


@dataclass(frozen=True)
class Town:
    """The shop and its places, one for each history that shall happen at once."""

    shop: Shopkeeper
    places: tuple[Place, ...]

    @contextmanager
    def undone(self) -> Iterator[Session]:
        """One transaction that is undone at its end: the next life finds the shop as it was, and no table grows."""
        with suppress(Undone), self.shop.session() as session:
            yield session
            raise Undone

    def live(self, session: Session, rounds: Sequence[Sequence[Sequence[Fact]]]) -> None:
        """Tell rounds of facts, each round with a list of them for every place, to a session that remembers nothing of the round before.

        Half way the book is sealed and its balances are kept, as the worker does now and then.
        """
        for number, facts in enumerate(rounds):
            self.tell(session, number, facts)
            if number == len(rounds) // 2:
                seal_ledger(session, now=self.shop.now)
                snapshot_balances(session, now=self.shop.now)

    def tell(self, session: Session, number: int, facts: Sequence[Sequence[Fact]]) -> None:
        """Tell one round; which kind of fact comes first changes from round to round."""
        told = [place.told(fact) for place, own in zip(self.places, facts, strict=False) for fact in own]
        told.sort(key=lambda one: isinstance(one, Touch), reverse=bool(number % 2))
        tell(session, told, self.shop.now + timedelta(minutes=number))
        session.flush()
        session.expunge_all()

    def endings(self, session: Session) -> list[Ending]:
        """Where each history's book stands, after looking that the whole book is sound."""
        accounts = self._accounts(session)
        orders: dict[str, dict[str, tuple[str, str]]] = defaultdict(dict)
        decided = (AttributionRun.order_id == ShopOrder.order_id) & (AttributionRun.revision == ShopOrder.revision)
        query = select(ShopOrder.channel, ShopOrder.external_id, AttributionRun.base_exact, AttributionRun.reason).join(
            AttributionRun, decided
        )
        for channel, reference, base, reason in session.execute(query):
            mark, _, name = reference.partition("|")
            orders[mark + "|"][f"{channel}/{name}"] = base, reason
        return [(accounts[place.employees], orders[place.mark]) for place in self.places]

    def _accounts(self, session: Session) -> dict[tuple[UUID, UUID], dict[tuple[str, str], int]]:
        """Balances by the two employees whose contracts the postings are under."""
        found: dict[tuple[UUID, UUID], dict[tuple[str, str], int]] = {place.employees: defaultdict(int) for place in self.places}
        pair_of = {one: (pair, name) for pair in found for one, name in zip(pair, ("first", "second"), strict=True)}
        minor = func.sum(Posting.amount_minor)
        query = select(Posting.employee_id, Posting.source, Posting.destination, Posting.currency, minor).group_by(
            Posting.employee_id, Posting.source, Posting.destination, Posting.currency
        )
        for employee, source, destination, currency, total in session.execute(query):
            pair, name = pair_of[employee]
            found[pair][destination.replace(str(employee), name), currency] += int(total)
            found[pair][source.replace(str(employee), name), currency] -= int(total)
        return {pair: {key: minor for key, minor in sums.items() if minor} for pair, sums in found.items()}


def settled_town(database: Database, pairs: int, terms: ContractTerms = RICH) -> Town:
    """A shop with two order books and a payment provider that is nobody's order book, and so many pairs of employees."""
    shop = Shopkeeper(database, START + timedelta(days=5), terms)
    signed_at = shop.now - timedelta(days=50)
    with shop.session() as session:
        till = create_connection(session, name="Till", channel="till", is_order_book=True, now=shop.now + timedelta(seconds=1))
        bank = create_connection(session, name="Bank", channel="online", is_order_book=False, now=shop.now + timedelta(seconds=2))
        sources = {
            "online": OrderSource(shop.book.connection_id, "online", True),
            "till": OrderSource(till.connection_id, "till", True),
            "bank": OrderSource(bank.connection_id, "online", False),
        }
        places = []
        for number in range(pairs):
            first, second = shop.employee_id if number == 0 else UUID(int=70_000 + number), UUID(int=80_000 + number)
            if number:
                sign_contract(session, employee_id=first, terms=terms, accepted_by="Ada", now=signed_at)
            sign_contract(session, employee_id=second, terms=DEAR, accepted_by="Ada", now=signed_at)
            places.append(Place(f"{number}|", (first, second), sources))
    return Town(shop, tuple(places))


def in_rounds(dice: Random, histories: Sequence[Sequence[Fact]]) -> list[tuple[list[Fact], ...]]:
    """Every history in another sequence, three of its facts told again, and cut into rounds: some one fact at a time, some by handfuls."""
    cut = []
    for facts in histories:
        told, size = [*facts, *dice.choices(facts, k=3)], dice.choice((1, 2, 3, 6))
        dice.shuffle(told)
        cut.append([told[at : at + size] for at in range(0, len(told), size)])
    return list(zip_longest(*cut, fillvalue=[]))


def smallest(told: Sequence[Fact], is_wrong: Callable[[Sequence[Fact]], bool]) -> list[Fact]:
    """The facts without all those that can be left out while it stays wrong: what a person then reads."""
    left = list(told)
    for fact in told:
        without = [one for one in left if one is not fact]
        if is_wrong(without):
            left = without
    return left


def assert_book_is_sound(session: Session, town: Town, endings: Sequence[Ending]) -> None:
    """Sides balance; snapshot and postings agree; all has its evidence; pages and workings say what the book says; no cap is passed."""
    assert_balances_are_postings(session)
    assert_everything_has_evidence(session)
    assert_workings_are_the_book(session)
    held: dict[str, int] = defaultdict(int)
    for accounts, _ in endings:
        euros = 0
        for (account, currency), minor in accounts.items():
            mine = minor if account.startswith("employee.") else 0
            held[currency] += mine
            euros += mine if currency == "EUR" else 0
        assert euros <= (town.shop.terms.cap_minor or euros)
    shown = {one.currency: one.balance_minor for one in earnings(session, now=START + timedelta(days=9)).currencies if one.balance_minor}
    assert shown == {currency: minor for currency, minor in held.items() if minor}


def assert_workings_are_the_book(session: Session) -> None:
    """The figures in an order's latest working are what its postings add up to."""
    orders = list(session.scalars(select(ShopOrder.order_id)))
    query = select(Posting.order_id, Posting.contract_version_id, func.sum(signed_for_employee())).group_by(
        Posting.order_id, Posting.contract_version_id
    )
    posted = {(order, version): int(total) for order, version, total in session.execute(query.where(Posting.order_id.is_not(None)))}
    said: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for order_id, order in posted_orders(session, orders).items():
        for share in order.shares:
            said[order_id, share.contract_version_id] += share.target_minor
    assert {key: minor for key, minor in said.items() if minor} == {key: minor for key, minor in posted.items() if minor}
