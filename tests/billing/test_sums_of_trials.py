"""The short way through a trial says to the cent what the full reckoning says, whatever is on the order and whoever met its buyer."""

from dataclasses import replace
from datetime import timedelta
from typing import Any
from uuid import UUID

from attribution_cases import AMARA, BRUNO, CONTRACTS, ORDER_AT, TERMS, evidence, touch
from hypothesis import given, settings
from hypothesis import strategies as st
from test_attribution_of_anything import cases

from billing.attribution.evidence import ContractInForce, Evidence
from billing.attribution.models import MODELS
from billing.back_test.lean import read_lean
from billing.back_test.past import PastEvidence, PastOrder, read_document
from billing.back_test.replay import TRIED, Trial, replay, with_trial
from billing.back_test.sums import NOTHING, Owed, Sums
from billing.contract_terms import BaseRules, Lift, Probation, ProductRule
from billing.exchange.rates import Rate, RateWanted
from billing.neutral_order import NeutralLine, NeutralOrder, NeutralRefund
from billing.orders.documents import text_of_facts
from billing.orders.facts import OrderFacts
from billing.revenue_share.versions import Contracts, SignedVersion

MINORS = st.integers(0, 10_000)
RULES = (
    (), (ProductRule(products=("tea",), share_ppm=50_001),), (ProductRule(categories=("c",), counts=False),),
    (ProductRule(products=("tea",), share_ppm=0), ProductRule(categories=("c",), share_ppm=123_457)),
)  # fmt: skip
LINES = st.lists(
    st.builds(
        NeutralLine, st.sampled_from("123"), st.sampled_from(("tea", "beans")), st.just(1), MINORS, MINORS, st.booleans(),
        st.sampled_from(((), ("c",))),
    ),
    max_size=4, unique_by=lambda line: line.line_id,
)  # fmt: skip
REFUND = NeutralRefund("r", "refund", None, None, ORDER_AT, ORDER_AT, "EUR", 100)
USD_PER_EUR = Rate(ORDER_AT.date(), "EUR", "USD", 1_083_000_000, "ecb")


@st.composite
def orders(draw: st.DrawFn, codes: tuple[str, ...] = ()) -> OrderFacts:
    lines = tuple(draw(LINES))
    extras: dict[str, Any] = {name: draw(st.sampled_from((0, 0, 490))) for name in ("shipping_minor", "shipping_tax_minor", "tip_minor")}
    captured = sum(line.net_minor + line.tax_minor for line in lines) + sum(extras.values())
    rarely = st.sampled_from((False,) * 9 + (True,))
    order = NeutralOrder(
        "A", None, draw(st.sampled_from(("paid",) * 6 + ("pending", "cancelled"))), ORDER_AT, ORDER_AT, "EUR", lines,
        captured_minor=captured, is_test=draw(rarely), is_staff=draw(rarely), codes=codes, **extras,
    )  # fmt: skip
    refunds = draw(st.sampled_from(((),) * 5 + ((REFUND,),)))
    return OrderFacts(order, refunds, (), UUID(int=7) if draw(rarely) else None)


@st.composite
def trials(draw: st.DrawFn) -> Trial:
    base = BaseRules(
        product_rules=draw(st.sampled_from(RULES)),
        **{name: draw(st.booleans()) for name in BaseRules.model_fields if name.startswith("exclude_")},
    )
    changed: dict[str, Any] = {
        "currency": draw(st.sampled_from(("EUR",) * 5 + ("USD",))), "share_ppm": draw(st.integers(0, 300_000)), "base": base,
        "attribution_model": draw(st.sampled_from(sorted(MODELS))), "royalty_share_ppm": draw(st.sampled_from((None, 20_000))),
        "probation": draw(st.sampled_from((None, Probation(days=30, share_ppm=10_000)))),
        "lift": draw(st.sampled_from((None,) * 6 + (Lift(share_ppm=1000, basis="point"),))),
    }  # fmt: skip
    begun, ends_at = st.sampled_from((None, ORDER_AT)), draw(st.sampled_from((None, ORDER_AT)))
    days = ((None, None), (ORDER_AT - timedelta(days=40), ends_at))
    signed = [
        SignedVersion(ContractInForce(one.contract_version_id, one.employee_id, TERMS, draw(begun)), "", *span)
        for one, span in zip(CONTRACTS, days, strict=True)
    ]
    terms = TERMS.model_copy(update=changed)
    rates = {RateWanted(ORDER_AT.date(), "EUR", "USD"): USD_PER_EUR} if draw(st.booleans()) else {}
    return Trial(terms, ORDER_AT - timedelta(days=1), with_trial(Contracts(tuple(signed)), AMARA, terms), rates)


def text_of(facts: OrderFacts, seen: Evidence) -> bytes:
    bare = Evidence(seen.marks, seen.touches, seen.coupons, (), seen.bot_conversations)
    return text_of_facts(facts, bare, {}, Contracts(())).encode()


@settings(max_examples=400, deadline=None)
@given(st.data(), cases(), trials())
def test_the_short_way_pays_what_the_long_way_pays(data: st.DataObject, seen: Evidence, trial: Trial) -> None:
    if data.draw(st.booleans()):  # a film brought the buyer
        seen = replace(seen, touches=tuple(replace(one, work_id=UUID(int=8)) for one in seen.touches))
    if data.draw(st.booleans()):  # one employee alone, the shortest way of all
        coupons = tuple(replace(one, touch=replace(one.touch, employee_id=AMARA)) for one in seen.coupons)
        seen = replace(seen, touches=tuple(replace(one, employee_id=AMARA) for one in seen.touches), coupons=coupons)
    if data.draw(st.booleans()):  # every coupon was handed out in a meeting
        seen = replace(seen, touches=(*seen.touches, *(one.touch for one in seen.coupons)))
    past = PastOrder(UUID(int=9), 17, text_of(data.draw(orders(seen.marks.codes)), seen))
    told = read_document(past.text).evidence
    long_way = past._replace(seen_anew=PastEvidence(told.marks, told.touches, told.coupons, told.bot_conversations))
    assert replay([past], trial) == replay([long_way], trial)


def test_one_employee_alone_needs_no_dividing() -> None:
    trial = Trial(TERMS, ORDER_AT, with_trial(Contracts(()), AMARA, TERMS), {})
    lines = (NeutralLine("1", "tea", 1, 1000, 200, False),)
    order = NeutralOrder("A", None, "paid", ORDER_AT, ORDER_AT, "EUR", lines, 0, 0, 0, captured_minor=1200)
    sums = Sums(trial.contracts, trial.contracts.by_id[TRIED].contract)

    def owed(*employees: UUID, kind: str = "conversation", days: int = 1) -> Owed | None:
        seen = evidence(*(touch(number, kind, days=days, employee=one) for number, one in enumerate(employees)))
        return sums.owed(read_lean(text_of(OrderFacts(order, (), (), None), seen)))

    assert owed(AMARA, AMARA, AMARA) == Owed(80, 1000)
    assert owed(AMARA, BRUNO) == Owed(80, 1000)  # Bruno has no contract in force
    assert owed(BRUNO) == owed() == owed(AMARA, kind="smoke_signal") == owed(AMARA, days=999) == NOTHING


def test_what_came_back_in_another_currency_takes_the_full_reckoning() -> None:
    tried = Contracts((SignedVersion(CONTRACTS[0], "", None, None),))
    lines = (NeutralLine("1", "tea", 1, 1000, 200, False),)
    order = NeutralOrder("A", None, "paid", ORDER_AT, ORDER_AT, "EUR", lines, 0, 0, 0, captured_minor=1200)
    sums = Sums(tried, CONTRACTS[0])

    def owed(*refunds: NeutralRefund) -> Owed | None:
        return sums.owed(read_lean(text_of(OrderFacts(order, refunds, (), None), evidence(touch(0)))))

    assert owed(REFUND) == Owed(73, 917)  # 8 % of 10.00 less a twelfth
    assert owed(replace(REFUND, currency="USD")) is None
    assert owed(REFUND, replace(REFUND, external_id="r2", currency="USD")) is None
