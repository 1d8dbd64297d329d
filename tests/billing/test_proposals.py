"""A change of terms that needs both sides: what is refused, what waits, and what either side hears of it."""

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from shopkeeper import TERMS, Shopkeeper
from sqlalchemy.orm import Session

from billing.contract_terms import ContractTerms, Payee, document_of, sha256_of
from billing.errors import ContractStartsInThePast, ContractTermsRefused, TermsShownDiffer
from billing.propose_terms import countersign, decline_proposal, declined_proposal, open_proposals, propose_terms
from billing.sign_contract import sign_contract
from tenants.database import Database

LOWERED = TERMS.model_copy(update={"share_ppm": 10_000})


@pytest.fixture
def shop(database: Database, now: datetime) -> Shopkeeper:
    return Shopkeeper(database, now)


def propose(session: Session, shop: Shopkeeper, terms: ContractTerms = LOWERED, **changed: Any) -> UUID | None:
    about = {"employee_id": shop.employee_id, "proposed_by": "Ada", "starts_at": shop.now, "now": shop.now}
    return propose_terms(session, terms=terms, **about | {"shown_sha256": sha256_of(document_of(terms))} | changed)


@pytest.mark.parametrize(
    ("terms", "changed", "refused", "why"),
    [
        (LOWERED, {"employee_id": UUID(int=5)}, ContractTermsRefused, "There is no contract to change"),
        (LOWERED, {"shown_sha256": "0" * 64}, TermsShownDiffer, "not the terms that were shown"),
        (LOWERED, {"starts_at": datetime.fromisoformat("2026-11-01T00:00:00+00:00")}, ContractStartsInThePast, "starts now or later"),
        (ContractTerms(currency="USD", share_ppm=80_000), {}, ContractTermsRefused, "Neither the currency nor the time zone"),
    ],
)
def test_what_cannot_be_proposed_is_refused(
    shop: Shopkeeper, terms: ContractTerms, changed: dict[str, Any], refused: type[Exception], why: str
) -> None:
    with shop.session() as session:
        with pytest.raises(refused, match=why):
            propose(session, shop, terms, **changed)
        assert open_proposals(session) == []


def test_a_stranger_cannot_take_over_a_payees_accounts(shop: Shopkeeper) -> None:
    stranger = Payee(key="platform", name="Somebody", role="platform", part_ppm=1_000_000)
    with shop.session() as session, pytest.raises(ContractTermsRefused, match="Somebody cannot take over the accounts of"):
        propose(session, shop, LOWERED.model_copy(update={"payees": (stranger,)}))


def test_a_raise_is_signed_at_once_and_a_later_proposal_replaces_the_one_that_waits(shop: Shopkeeper) -> None:
    with shop.session() as session:
        assert propose(session, shop, TERMS.model_copy(update={"share_ppm": 90_000})) is None
        first, second = propose(session, shop), propose(session, shop, LOWERED.model_copy(update={"share_ppm": 20_000}))
        assert [one.proposal_id for one in open_proposals(session)] == [second] != [first]


def test_a_proposal_against_an_older_version_has_to_be_made_again(shop: Shopkeeper) -> None:
    with shop.session() as session:
        proposal_id = propose(session, shop)
        assert proposal_id is not None
        raised = TERMS.model_copy(update={"share_ppm": 90_000})
        sign_contract(session, employee_id=shop.employee_id, terms=raised, accepted_by="Ada", now=shop.now + timedelta(minutes=1))
        with pytest.raises(ContractTermsRefused, match="Another version was signed since"):
            countersign(session, proposal_id=proposal_id, now=shop.now + timedelta(minutes=2))


def test_a_declined_proposal_says_why_and_waits_no_longer(shop: Shopkeeper) -> None:
    with shop.session() as session:
        assert declined_proposal(session, employee_id=shop.employee_id) is None
        proposal_id = propose(session, shop)
        assert proposal_id is not None
        with pytest.raises(ContractTermsRefused, match="Say why"):
            decline_proposal(session, proposal_id=proposal_id, why=" ", now=shop.now)
        decline_proposal(session, proposal_id=proposal_id, why="It is too little.", now=shop.now)
        declined = declined_proposal(session, employee_id=shop.employee_id)
        assert declined is not None
        assert (declined.why, declined.decided_at) == ("It is too little.", shop.now)
        with pytest.raises(ContractTermsRefused, match="no such proposal that waits"):
            countersign(session, proposal_id=proposal_id, now=shop.now)
