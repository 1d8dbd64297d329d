"""The money thread end to end: coupon, order by signed webhook, payslip line, refund."""

import json
from datetime import datetime, timedelta
from uuid import UUID

from billing.connections import create_connection
from billing.contract_terms import ContractTerms
from billing.handle_inbox import handle_inbox
from billing.inbox.signature import sign
from billing.issue_coupon import issue_coupon
from billing.offers import OfferTerms, create_offer
from billing.read_payslip import payslip
from billing.receive_webhook import receive_webhook
from billing.sign_contract import sign_contract
from tenants.database import Database
from tenants.identifiers import new_id


def test_from_coupon_to_payslip_and_back(database: Database, now: datetime, tenant_id: UUID) -> None:
    employee_id, visitor_id, conversation_id, turn_id = (new_id(now) for _ in range(4))
    with database.tenant_session(tenant_id) as session:
        sign_contract(session, employee_id=employee_id, terms=ContractTerms(currency="EUR", share_ppm=80_000), accepted_by="Ada", now=now)
        connection = create_connection(session, name="Shop", channel="online", is_order_book=True, now=now)
        offer = OfferTerms("Ten off", "EUR", 5, now, now + timedelta(days=30), percent_ppm=100_000)
        offer_id = create_offer(session, employee_id=employee_id, offer=offer, now=now)
    with database.tenant_session(tenant_id) as session:
        coupon = issue_coupon(
            session,
            offer_id=offer_id,
            visitor_id=visitor_id,
            conversation_id=conversation_id,
            turn_id=turn_id,
            now=now + timedelta(minutes=1),
        )
    later = now + timedelta(minutes=10)

    def post(kind: str, data: dict[str, object]) -> None:
        body = json.dumps({"type": kind, "data": data}).encode()
        stamp = int(later.timestamp())
        headers = {"Webhook-Id": f"msg_{data['id']}", "Webhook-Timestamp": str(stamp)}
        headers["Webhook-Signature"] = sign(connection.secret, delivery_id=headers["Webhook-Id"], timestamp=stamp, body=body)
        receive_webhook(database, connection_key=connection.public_key, headers=headers, body=body, now=later)

    line = {"id": "1", "product": "beans", "quantity": 2, "total": "24.00", "tax": "4.00"}
    moments = {"created_at": "2026-11-20T09:38:00Z", "updated_at": "2026-11-20T09:38:00Z"}
    post("order.paid", {
        "id": "1001", "currency": "EUR", "prices_include_tax": True, "lines": [line], "shipping": {"total": "6.00", "tax": "1.00"},
        "total": "30.00", "codes": [coupon.code.lower()], "attribution": {"visitor": str(visitor_id)}, **moments,
    })  # fmt: skip
    assert handle_inbox(database, clock=lambda: later) == 1
    with database.tenant_session(tenant_id) as session:
        slip = payslip(session, employee_id=employee_id, period_start=None, now=later)
    (only,) = slip.lines
    assert (only.amount_minor, only.base_minor, only.conversation_id) == (160, 2000, conversation_id)
    post("refund.created", {"id": "r1", "order": "1001", "currency": "EUR", "amount": "30.00", "created_at": "2026-11-20T09:39:00Z"})
    assert handle_inbox(database, clock=lambda: later) == 1
    with database.tenant_session(tenant_id) as session:
        slip = payslip(session, employee_id=employee_id, period_start=None, now=later)
    assert [line.amount_minor for line in slip.lines] == [160, -160]
    assert slip.lines[1].points_to == slip.lines[0].transaction_id
    assert slip.totals[0].balance_minor == 0
