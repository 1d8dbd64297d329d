"""The models side by side over one shop's orders, and what each channel is worth to the chain: figures by hand."""

from datetime import datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from attribution_cases import AMARA, BRUNO, CONTRACTS, evidence, touch
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper import Shopkeeper, order_message

from billing.attribution.comparison import PATH_LENGTH_MAX, Channel, Comparison
from billing.attribution.decide import sift
from billing.attribution.markov import CHANNELS_MAX
from billing.attribution.models import MODELS
from billing.attribution_report import AttributionReport, attribution_report
from billing.contract_terms import ContractTerms
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id

FORTNIGHT = timedelta(days=14)


def report_of(shop: Shopkeeper) -> AttributionReport:
    with shop.session() as session:
        return attribution_report(session, start=shop.now - FORTNIGHT, end=shop.now + FORTNIGHT)


def buyer(shop: Shopkeeper, *kinds: str, total: str | None = None) -> None:
    """A visitor who is met in each of these ways, an hour apart, and then buys or not."""
    visitor = new_id(shop.now)
    for hours, kind in enumerate(reversed(kinds), start=1):
        shop.touch(kind, at=shop.now - timedelta(hours=hours), visitor_id=visitor)
    if total:
        shop.tell(order_message(str(visitor), total=total, at=shop.now.isoformat(), attribution={"visitor": str(visitor)}))


def test_every_model_stands_beside_the_others_and_the_chain_knows_who_left(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    buyer(shop, "link_click", "conversation", "conversation", total="30.00")
    buyer(shop, "conversation", total="10.00")
    buyer(shop, "link_click")
    buyer(shop, "link_click")
    buyer(shop, "video_view")  # weighs nothing under this contract, so nobody was met
    buyer(shop, total="99.00")  # met nobody
    shop.tell(order_message("free", total="0.00", at=now.isoformat()))
    report = report_of(shop)
    assert (report.order_count, report.left_count) == (2, 2)
    found = {(credit.model, credit.channel.kind): [credit.orders, credit.base] for credit in report.credits}
    assert found["coupon_first", "link_click"] == [1, 3000]
    assert found["coupon_first", "conversation"] == [1, 1000]
    assert found["last", "conversation"] == [2, 4000]
    assert found["first", "link_click"] == [1, 3000]
    assert found["linear", "link_click"] == [Fraction(1, 3), 1000]
    assert found["position", "conversation"] == [Fraction(8, 5), 2800]
    assert found["time_decay_step", "link_click"] == [Fraction(1, 7), Fraction(3000, 7)]
    assert {credit.channel.employee_id for credit in report.credits} == {shop.employee_id}
    assert {credit.currency for credit in report.credits} == {"EUR"}
    losses = {loss.channel.kind: loss for loss in report.removal.losses}
    assert report.removal.base_rate == Fraction(1, 2)
    assert losses["conversation"].effect == 1  # no order was ever placed without a talk
    assert losses["link_click"].effect == Fraction(1, 2)
    assert (losses["conversation"].orders, losses["link_click"].orders) == (Fraction(4, 3), Fraction(2, 3))


def test_of_very_many_orders_the_newest_are_compared_and_the_time_begins_with_them(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    moments = [now + timedelta(hours=hours) for hours in range(4)]
    for shop.now in moments:
        buyer(shop, "conversation", total="10.00")
        buyer(shop, "link_click")

    def newest(orders_max: int) -> AttributionReport:
        with shop.session() as session:
            return attribution_report(session, start=now - FORTNIGHT, end=now + FORTNIGHT, orders_max=orders_max)

    cut = newest(2)
    assert (cut.order_count, cut.start, cut.is_cut) == (2, moments[2], True)
    assert cut.left_count == 1  # of the four who left, one was met after the oldest of these orders
    whole = newest(4)
    assert (whole.order_count, whole.left_count, whole.start, whole.is_cut) == (4, 4, now - FORTNIGHT, False)


def test_a_time_in_which_nothing_happened_says_so(database: Database, now: datetime) -> None:
    report = report_of(Shopkeeper(database, now))
    assert (report.order_count, report.left_count, report.credits) == (0, 0, ())
    assert report.removal.why_none == "Nobody met an employee in this time."


def test_an_employee_whose_contract_starts_later_had_met_nobody(database: Database, now: datetime) -> None:
    shop = Shopkeeper(database, now)
    newcomer = new_id(now)
    with shop.session() as session:
        sign_contract(
            session, employee_id=newcomer, terms=ContractTerms(currency="EUR", share_ppm=1), accepted_by="Ada", now=now,
            starts_at=now + timedelta(days=30),
        )  # fmt: skip
    shop.touch(employee_id=newcomer)
    assert report_of(shop).left_count == 0
    shop.touch()
    assert report_of(shop).left_count == 1


def channels(count: int) -> list[Channel]:
    return [Channel(UUID(int=number), "conversation") for number in range(count)]


def test_too_many_channels_give_a_sentence_instead_of_a_figure() -> None:
    removal = Comparison().removal([(channels(CHANNELS_MAX + 1), 1)])
    assert "more than 24 channels" in (removal.why_none or "")
    assert removal.losses == ()


def test_of_a_very_long_journey_the_chain_sees_the_latest_touches() -> None:
    talks = [touch(0, "link_click", days=5), *(touch(number, days=1 - number / 1000) for number in range(1, PATH_LENGTH_MAX + 1))]
    candidates, _ = sift(evidence(*talks))
    comparison = Comparison()
    comparison.add(candidates, Fraction(100), "EUR")
    assert {loss.channel.kind for loss in comparison.removal([]).losses} == {"conversation"}
    assert {credit.channel.kind for credit in comparison.credits() if credit.model == "first"} == {"link_click"}


@settings(max_examples=100, deadline=None)
@given(
    st.lists(
        st.tuples(
            st.lists(
                st.tuples(st.sampled_from(("conversation", "link_click")), st.integers(0, 6), st.sampled_from((AMARA, BRUNO))),
                min_size=1, max_size=5,
            ),
            st.integers(1, 10**6),
        ),
        max_size=6,
    )
)  # fmt: skip
def test_each_model_credits_every_order_and_every_cent_exactly_once(orders: list[tuple[list[tuple[str, int, UUID]], int]]) -> None:
    comparison = Comparison()
    for seen, base in orders:
        touches = [touch(number, kind, days=days, employee=employee) for number, (kind, days, employee) in enumerate(seen)]
        comparison.add(sift(evidence(*touches, contracts=CONTRACTS))[0], Fraction(base), "EUR")
    for name in MODELS:
        own = [credit for credit in comparison.credits() if credit.model == name]
        assert sum(credit.orders for credit in own) == len(orders)
        assert sum(credit.base for credit in own) == sum(base for _, base in orders)
    assert sum(loss.orders for loss in comparison.removal([]).losses) == len(orders)


@pytest.mark.parametrize("model", MODELS)
def test_the_report_and_the_book_divide_by_the_same_weights(model: str) -> None:
    touches = [touch(1, "link_click", days=6), touch(2, days=4, employee=BRUNO), touch(3, days=2), touch(4, "coupon_issue", days=1)]
    candidates, _ = sift(evidence(*touches))
    comparison = Comparison()
    comparison.add(candidates, Fraction(100), "EUR")
    credited, _ = MODELS[model].divide(candidates, candidates[-1].contract.terms)
    by_channel: dict[Channel, int] = {}
    for credit in credited:
        channel = Channel(credit.candidate.touch.employee_id, credit.candidate.touch.kind)
        by_channel[channel] = by_channel.get(channel, 0) + credit.weight_ppm
    reported = {credit.channel: credit.orders for credit in comparison.credits() if credit.model == model}
    assert by_channel.keys() == reported.keys()
    assert all(abs(by_channel[channel] - part * 1_000_000) < 2 for channel, part in reported.items())
