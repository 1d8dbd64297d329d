"""Contracts: read, changed after being shown, signed as shown, ended after being asked; and the form that never loses a clause."""

import re
from datetime import timedelta

import httpx
import pytest
from fakes.dashboard_person import Hands, field, send, sign_in
from fakes.shop_history import PASSWORD, Shop

from app.dashboard.terms_form import fields_of, ppm_of, terms_from
from app.flows import VERBS
from billing.contract_terms import ContractTerms, Guards, Lift, Ownership, Payee, Probation, Repeat, Tiers, TierStep
from billing.errors import ContractTermsRefused
from billing.propose_terms import countersign, decline_proposal, declined_proposal, open_proposals
from billing.read_contracts import contracts_of
from tenants.employee import employee_view
from tenants.identifiers import to_public
from tenants.outbox import deliver_due
from tenants.sign_in import add_member

PLAIN = ContractTerms(currency="USD", share_ppm=82_500)
PLAIN_OF_SHOP = ContractTerms(currency="USD", share_ppm=100_000, period_time_zone="America/New_York")
RICH = ContractTerms(
    currency="JPY", share_ppm=80_001, attribution_model="position", half_life_days=3, window_days={"coupon": 9, "view": 1},
    return_window_days=14, soft_days=6, cap_minor=90_000, minimum_minor=1_000, bonuses={"lead": 300}, royalty_share_ppm=50_000,
    royalty_income_ppm=0, repeat=Repeat(days=90, share_ppm=20_000), probation=Probation(days=30, share_ppm=10_000), reserve_ppm=12_500,
    reserve_days=60, dispute_days=20, holdout_ppm=50_000, ownership=Ownership(works="platform", transcripts="shop", taste="shop"),
    tiers=Tiers(kind="volume", steps=(TierStep(from_minor=5_000, share_ppm=100_000), TierStep(from_minor=9_000, share_ppm=110_000))),
    guards=Guards(exclude_stacked_codes=True, exclude_insiders=False),
    payees=(
        Payee(key="platform", name="Tillhand", role="platform", part_ppm=850_000),
        Payee(key="mei", name="Mei", role="agency", part_ppm=150_000),
    ),
)  # fmt: skip
ON_LIFT = ContractTerms(
    currency="EUR", share_ppm=1, holdout_ppm=100_000, lift=Lift(share_ppm=300_000, basis="point", confidence_ppm=900_000)
)


@pytest.mark.parametrize("terms", [PLAIN, RICH, ON_LIFT], ids=["plain", "rich", "lift"])
def test_a_form_sent_back_untouched_changes_nothing(terms: ContractTerms) -> None:
    assert terms_from(fields_of(terms), terms) == terms


@pytest.mark.parametrize(
    ("fields", "sentence"),
    [
        ({"share": "8 of 100"}, "Share: '8 of 100' is not a percentage"),
        ({"share": "1e999999"}, "is not a percentage"),
        ({"share": "8.00001"}, "is not a percentage"),
        ({"share": "120"}, "Share: write a percentage from 0 to 100."),
        ({"cap_minor": "12.345"}, "Cap: "),
        ({"soft_days": "-1"}, "Soft days: '-1' is not a whole number."),
        ({"window_coupon": "five"}, "Window coupon"),
        ({"model": "magic"}, "'magic' is not known"),
        ({"share": ""}, "Share: write a percentage"),
        ({"reserve": " "}, "Reserve: write a percentage"),
        ({"holdout": ""}, "Holdout: write a percentage"),
        ({"probation_days": "30"}, "Probation share: write a percentage"),
        ({"probation_share": "4"}, "Probation days: '' is not a whole number."),
        ({"tier_share_0": "12"}, "write an amount such as 500.00"),
        ({"tier_from_0": "500"}, "write a percentage"),
        ({"payee_part_1": "10"}, "a part needs the name of who is paid"),
        ({"payee_name_1": "Mei", "payee_role_1": "agency"}, "write a percentage"),
        ({"cap_minor": "1,000"}, "Cap: "),
        ({"payee_part_0": "90"}, "add up to exactly 100 %"),
        ({"tier_from_0": "100", "tier_share_0": "12", "tier_from_1": "90", "tier_share_1": "14"}, "higher turnover"),
    ],
)
def test_what_does_not_fit_is_refused_with_a_sentence(fields: dict[str, str], sentence: str) -> None:
    with pytest.raises(ContractTermsRefused, match=re.escape(sentence)):
        terms_from(fields_of(PLAIN) | fields, PLAIN)


def test_people_write_percentages_as_they_like() -> None:
    assert [ppm_of({"x": text}, "x") for text in ("8", "8,25 %", " 0.0001", "")] == [80_000, 82_500, 1, None]


def test_a_new_payee_gets_a_key_of_its_own() -> None:
    changed = fields_of(PLAIN) | {"payee_part_0": "70", "payee_name_1": "Platform", "payee_role_1": "agency", "payee_part_1": "20"}
    changed |= {"payee_name_2": "美", "payee_role_2": "likeness_owner", "payee_part_2": "10"}
    keys = [payee.key for payee in terms_from(changed, PLAIN).payees]
    assert keys[0] == "platform"
    assert len(set(keys)) == 3


def test_a_renamed_payee_is_somebody_else() -> None:
    renamed = terms_from(fields_of(RICH) | {"payee_name_1": "Ren"}, RICH, ["ren"])
    assert [payee.key for payee in renamed.payees] == ["platform", "ren_x"]
    assert terms_from(fields_of(RICH) | {"payee_role_1": "likeness_owner"}, RICH).payees[1].key == "mei_x"


def test_amounts_may_be_written_with_a_comma() -> None:
    assert terms_from(fields_of(PLAIN) | {"minimum_minor": "50,00", "cap_minor": "60.5"}, PLAIN).minimum_minor == 5_000


async def test_what_pays_less_waits_for_the_other_side(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    with shop.database.tenant_session(shop.tenant_id) as session:
        signed = contracts_of(session, shop.employee_id)[0].terms
    for share in ("1", "0"):
        shown = await send(member, f"{own}/change", **(fields_of(signed) | {"share": share}))
        assert "both sides sign" in shown.text
        form = {name: field(shown.text, name) for name in ("csrf_token", "terms", "shown_sha256")}
        done = await member.post(f"{own}/sign", data={**form, "starts_on": "2026-12-01"})
        assert done.headers["location"].endswith("done=proposed")
    page = (await member.get(own)).text
    assert "Waiting for Tillhand" in page
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert len(contracts_of(session, shop.employee_id)) == 1
        [waiting] = open_proposals(session)
        assert (waiting.terms.share_ppm, waiting.proposed_by) == (0, "Robin Vale")
        countersign(session, proposal_id=waiting.proposal_id, now=hands.now)
        assert open_proposals(session) == []
        latest = contracts_of(session, shop.employee_id)[-1]
    assert (latest.terms.share_ppm, latest.terms_sha256) == (0, waiting.terms_sha256)
    assert latest.accepted_by == "Robin Vale; countersigned by the platform"


async def test_the_contract_is_read_clause_by_clause_with_its_versions(member: httpx.AsyncClient, shop: Shop) -> None:
    page = (await member.get(f"/dashboard/contracts/{to_public('emp', shop.employee_id)}")).text
    assert "The employee earns 10 % of the worth of every order it brought" in page
    assert "A sale of 100.00 USD earns 10.00 USD." in page
    assert re.search(r"sha256 <span class=\"mono wrap\">[0-9a-f]{64}", page)
    assert "The first version." in page
    assert "Version 1, in force from" in (await member.get("/dashboard/contracts")).text


async def test_a_change_is_tried_before_it_is_signed_and_signed_as_shown(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    at = hands.now - timedelta(days=2)
    shop.sell("K-1", "100.00", now=at + timedelta(minutes=9), talk=shop.talk("Open on Sunday?", ["No."], now=at, cited=0))
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    with shop.database.tenant_session(shop.tenant_id) as session:
        signed = contracts_of(session, shop.employee_id)[0].terms
    shown = await send(member, f"{own}/change", **(fields_of(signed) | {"share": "12.5"}))
    assert shown.status_code == 200
    assert "Until now: The employee earns 10 %" in shown.text
    assert 'value="1250"' in shown.text  # the sale of 100.00, under the terms on trial
    assert "Earned" in shown.text
    form = {name: field(shown.text, name) for name in ("csrf_token", "terms", "shown_sha256")}
    form["terms"] = form["terms"].replace("&#34;", '"')
    other = await member.post(f"{own}/sign", data={**form, "terms": form["terms"].replace("125000", "135000")})
    assert other.status_code == 422
    assert "These are not the terms that were shown" in other.text
    assert (await member.post(f"{own}/sign", data={**form, "starts_on": "2020-01-01"})).status_code == 422
    assert (await member.post(f"{own}/sign", data={**form, "terms": "[]"})).status_code == 422
    done = await member.post(f"{own}/sign", data={**form, "starts_on": "2026-12-01"})
    assert done.status_code == 303
    with shop.database.tenant_session(shop.tenant_id) as session:
        first, second = contracts_of(session, shop.employee_id)
    assert (first.ends_at, second.starts_at, second.terms.share_ppm) == (second.starts_at, first.ends_at, 125_000)
    assert (second.terms_sha256, second.accepted_by) == (form["shown_sha256"], "Robin Vale")
    page = (await member.get(done.headers["location"])).text
    assert "The new terms are signed" in page
    assert "Share. Until now: The employee earns 10 %" in page
    assert (
        "contract.signed" in (await member.get("/dashboard/audit")).text or "Contract signed" in (await member.get("/dashboard/audit")).text
    )


async def test_a_refused_form_keeps_what_was_typed(member: httpx.AsyncClient, shop: Shop) -> None:
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}/change"
    answer = await send(member, own, **(fields_of(PLAIN) | {"share": "a lot"}))
    assert answer.status_code == 422
    assert 'value="a lot"' in answer.text
    assert (await member.post(own, data={"share": "9"})).status_code == 403


async def test_ending_asks_for_the_name_and_takes_the_employee_off_the_floor(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    asked = await member.get(f"{own}/end")
    assert "its works (films) belong to the shop" in asked.text
    refused = await send(member, f"{own}/end", sure="yes")
    assert refused.status_code == 422
    assert "Write Amara to confirm." in refused.text
    assert (await send(member, f"{own}/end", sure=" amara ")).status_code == 303
    deliver_due(shop.database, VERBS, clock=lambda: hands.now)
    with shop.database.tenant_session(shop.tenant_id) as session:
        assert employee_view(session, shop.employee_id).is_retired
    page = (await member.get(own)).text
    assert "The contract ended on" in page
    again = await member.get(f"{own}/end")
    token = field(again.text, "csrf_token")
    assert (await member.post(f"{own}/end", data={"csrf_token": token, "sure": "Amara"})).status_code == 422


async def test_a_last_day_may_be_chosen_and_counts_whole(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    assert 'value="2026-11-30"' in (await member.get(f"{own}/end")).text
    for last_day, sentence in (
        ("2026-11-19", "lies in the past"),
        ("", "Choose the last day"),
        ("30.11.", "is not a date"),
        ("9999-12-31", ""),
    ):
        refused = await send(member, f"{own}/end", when="day", last_day=last_day, sure="Amara")
        assert refused.status_code == 422
        assert sentence in refused.text
        assert f'value="{last_day}"' in refused.text
    unsure = await send(member, f"{own}/end", when="day", last_day="2026-12-15", sure="?")
    assert 'value="2026-12-15"' in unsure.text
    done = await send(member, f"{own}/end", when="day", last_day="2026-12-15", sure="Amara")
    page = (await member.get(done.headers["location"])).text
    assert "Notice is given." in page
    assert "Its last day is 15 December 2026." in page
    with shop.database.tenant_session(shop.tenant_id) as session:
        [version] = contracts_of(session, shop.employee_id)
        assert not employee_view(session, shop.employee_id).is_retired
    assert version.ends_at is not None
    assert version.ends_at.isoformat() == "2026-12-16T05:00:00+00:00"  # midnight in New York
    assert "Notice is given already: the last day is 15 December 2026." in (await member.get(f"{own}/end")).text
    later = await send(member, f"{own}/end", when="day", last_day="2026-12-20", sure="Amara")
    assert "The contract ends already on" in later.text
    assert (await send(member, f"{own}/end", when="day", last_day="2026-11-20", sure="Amara")).status_code == 303
    hands.now += timedelta(days=1)
    await sign_in(member, shop.email)
    assert "The contract ended on 20 November 2026" in (await member.get(own)).text


async def test_a_declined_proposal_is_shown_with_its_reason_until_another_is_made(
    member: httpx.AsyncClient, shop: Shop, hands: Hands
) -> None:
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"

    async def propose(share: str) -> None:
        shown = await send(member, f"{own}/change", **(fields_of(PLAIN_OF_SHOP) | {"share": share}))
        form = {name: field(shown.text, name) for name in ("csrf_token", "terms", "shown_sha256")}
        await member.post(f"{own}/sign", data={**form, "starts_on": "2026-12-01"})

    await propose("1")
    with shop.database.tenant_session(shop.tenant_id) as session:
        [waiting] = open_proposals(session)
        assert declined_proposal(session, employee_id=shop.employee_id) is None
        decline_proposal(session, proposal_id=waiting.proposal_id, why="1 % does not pay for <her> voice.", now=hands.now)
    page = (await member.get(own)).text
    assert "Tillhand did not agree to the last proposal" in page
    assert "1 % does not pay for &lt;her&gt; voice." in page
    assert "Until now: The employee earns 10 %" in page
    await propose("2")
    assert "did not agree" not in (await member.get(own)).text
    with shop.database.tenant_session(shop.tenant_id) as session:
        countersign(session, proposal_id=open_proposals(session)[0].proposal_id, now=hands.now)
        assert declined_proposal(session, employee_id=shop.employee_id) is None


async def test_who_may_not_sign_is_told_who_can(visitor: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    with shop.database.tenant_session(shop.tenant_id) as session:
        add_member(session, email="fin@kestrel.example", password=PASSWORD, display_name="Fin", role="finance", now=hands.now)
    await sign_in(visitor, "fin@kestrel.example")
    own = f"/dashboard/contracts/{to_public('emp', shop.employee_id)}"
    shown = await send(visitor, f"{own}/change", **(fields_of(PLAIN) | {"share": "12.5", "period_time_zone": "x"}))
    assert "Only an owner can sign." in shown.text
    assert (await visitor.get(f"{own}/end")).status_code == 403
    assert "Robin Vale" in (await visitor.get(f"{own}/end")).text
