"""The pages about outgoing webhooks: an address added with its secret shown once, watched, tried, changed and taken away."""

import re

import httpx
import pytest
from fakes.dashboard_person import Hands, send
from fakes.shop_history import Shop
from fakes.webhook_receiver import webhook_receiver
from test_offer_pages import words

from app.outgoing.sending import send_due
from app.settings import Settings
from app.wiring import House
from tenants.audit import AuditFilter, audit_entries

PATH = "/dashboard/webhooks"


@pytest.fixture
def house(house: House, tmp_path) -> House:
    """A house where development is allowed: the receiver runs on this machine."""
    settings = house.settings.model_copy(update={"webhooks_to_loopback": True})
    assert isinstance(settings, Settings)
    return House(settings=settings, database=house.database, clock=house.clock, embed=house.embed, voice=house.voice, media_folder=tmp_path)


async def test_an_address_is_added_tried_and_taken_away(member: httpx.AsyncClient, shop: Shop, hands: Hands) -> None:
    assert "No program of yours is told yet." in (await member.get(PATH)).text
    secret = await send(member, PATH, url="https://me:pass@shop.example/", topics="touch.recorded")
    assert (secret.status_code, "may not hold a name or a password" in secret.text) == (422, True)
    refused = await send(member, PATH, url="http://shop.example/", topics="touch.recorded")
    assert (refused.status_code, "must begin with https://" in refused.text, 'value="http://shop.example/"' in refused.text) == (
        422,
        True,
        True,
    )
    with webhook_receiver() as receiver:
        added = await send(member, PATH, url=receiver.url, topics="touch.recorded")
        secret = re.search(r"whsec_[\w+/=]+", added.text)
        own = re.search(rf'href="({PATH}/end_\w+)"', added.text)
        assert secret
        assert own
        path = own[1]
        assert (await send(member, path, f"{path}/test")).headers["location"] == f"{path}?done=tried"
        receiver.answers = [(500, {}, b"Out of coffee")]
        send_due(shop.database, clock=lambda: hands.now)
        page = (await member.get(path)).text
        assert ("Failing" in page, "It answered 500." in page, secret[0] in page) == (True, True, False)
        message = re.search(rf'href="({PATH}/messages/msg_\w+)"', page)
        assert message
        shown = words((await member.get(message[1])).text)
        assert ("Out of coffee" in shown, "webhook-signature: v1," in shown, "Send it again" in shown) == (True, True, False)
        assert (await send(member, path, f"{message[1]}/again")).status_code == 409
        hands.now = hands.now.replace(hour=hands.now.hour + 1)
        send_due(shop.database, clock=lambda: hands.now)
        assert "Send it again" in (await member.get(message[1])).text
        assert (await send(member, message[1], f"{message[1]}/again")).headers["location"] == f"{message[1]}?done=again"
        receiver.answers = [(410, {}, b"")]
        send_due(shop.database, clock=lambda: hands.now)
    page = words((await member.get(path)).text)
    assert ("Switched off" in page, "It answered 410 Gone" in page, "Switch it on again" in page) == (True, True, True)
    assert (await send(member, path, f"{path}/on")).headers["location"] == f"{path}?done=on"
    assert (await send(member, path, f"{path}/topics")).status_code == 422
    changed = await send(member, path, f"{path}/topics", topics="statement.closed")
    assert changed.headers["location"] == f"{path}?done=changed"
    fresh = re.search(r"whsec_[\w+/=]+", (await send(member, path, f"{path}/secret")).text)
    assert fresh
    assert fresh[0] != secret[0]
    assert (await send(member, path, f"{path}/remove")).headers["location"] == f"{PATH}?done=removed"
    assert (await member.get(path)).status_code == 404
    with shop.database.tenant_session(shop.tenant_id) as session:
        actions = [one.action for one in audit_entries(session, AuditFilter(), limit=20) if one.action.startswith("webhook.")]
    done = ("added", "changed", "removed", "secret_rotated", "sent_again", "switched_on")
    assert sorted(actions) == [f"webhook.{what}" for what in done]


async def test_who_may_only_look_sees_no_buttons(member: httpx.AsyncClient, kim: httpx.AsyncClient) -> None:
    assert (await kim.get(PATH)).status_code == 403, "staff sees no deliveries"
    assert (await member.get(f"{PATH}/messages/msg_00000000000000000000000001")).status_code == 404
    assert (await member.get(f"{PATH}/end_00000000000000000000000001")).status_code == 404
