"""The rounds of getting paid run on a real shop: bills are made, held against the gateway, limits watched."""

from datetime import timedelta

from fakes.billed_shop import BY_HAND, CLOSED_AT, billed_shop
from fakes.shop_history import routed

from app.settings import Settings
from app.wiring import gateways, payment_gateway
from app.worker.payment_rounds import payment_rounds
from billing.read_bills import bills


def test_the_rounds_of_getting_paid(database, tenant_id):
    shop = billed_shop(routed(database), tenant_id)
    later = CLOSED_AT + timedelta(days=30)
    done = {one.task: one.work(shop.database, lambda: later) for one in payment_rounds({False: BY_HAND, True: BY_HAND})}
    assert done == {"tillhand.collect_fees": 0, "tillhand.reconcile_payments": 0, "tillhand.watch_spending": 0}
    with shop.database.tenant_session(tenant_id) as session:
        assert {one.state for one in bills(session, now=CLOSED_AT)} == {"overdue"}


def test_which_gateway_is_chosen(tmp_path):
    plain = Settings(data_folder=tmp_path, seller_address="1 Till Street; Dublin", seller_bank="IBAN 1;BIC 2")
    assert payment_gateway(plain).name == "manual"
    assert payment_gateway(plain).seller.address == "1 Till Street\nDublin"
    keyed = gateways(Settings(data_folder=tmp_path, stripe_key="sk_test_1"))
    assert (keyed[False].name, keyed[True].name) == ("stripe", "manual")
