"""What a shop's page tells through the panel, over HTTP with the real mind, voice and database: one visit, many calls."""

from uuid import uuid4

import httpx
from fakes.open_shop import OpenShop, open_talk
from fakes.visitor_tokens import claims, token

from app.flows import VERBS
from app.installation.happenings import HAPPENINGS_MAX, happenings_of
from app.installation.identity import customer_of_visitor, make_secret
from app.installation.sightings import sightings
from billing.customer_hash import customer_hash
from billing.redeem_coupon import redeem_coupon
from tenants.identifiers import from_public
from tenants.outbox import deliver_due


def test_a_visit_with_everything_a_page_may_tell(shop: OpenShop, panel: httpx.Client):
    visitor, now = uuid4(), shop.house.clock()
    talk = open_talk(shop, panel, visitor=str(visitor))
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        secret = make_secret(session, house_key=shop.house.settings.signing_key, actor="operator", now=now)

    def post(call: str, body: object) -> httpx.Response:
        return panel.post(f"{talk.path}/{call}", json=body, headers=talk.headers)

    refused = post("identity", {"token": token("vis_wrong", claims(now))})
    assert (refused.status_code, refused.json()["title"]) == (422, "The visitor was not identified")
    assert "not signed" in refused.json()["detail"]
    assert post("identity", {"token": token(secret, claims(now))}).status_code == 204
    assert (
        post(
            "happenings", {"kind": "context", "facts": {"product": "Lantern", "price": 14.5, "stock": None, "cart": ["Beans"]}}
        ).status_code
        == 204
    )
    assert post("happenings", {"kind": "track", "name": "cart:add"}).status_code == 204
    for bad in ({"kind": "gossip"}, {"kind": "track", "facts": {"a": {"deep": 1}}}, {"kind": "track", "facts": {"a": "x" * 201}},
                {"kind": "context", "facts": {"cart": ["x"] * 21}}, {"kind": "context", "facts": {"cart": [["deep"]]}},
                {"kind": "track", "facts": {str(number): 1 for number in range(21)}}):  # fmt: skip
        assert post("happenings", bad).status_code == 422
    said = post("say", {"text": "Your parcel leaves today."}).json()["sentences"]
    assert panel.get(said[0]["audio_url"]).status_code == 200
    assert said[0]["score"]["format"] == "tillhand-score/1"
    assert post("say", {"text": "x" * 301}).status_code == 422
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        told = happenings_of(session, from_public("cnv", talk.opened["conversation"]))
        assert [(one.kind, one.name) for one in told] == [("context", ""), ("track", "cart:add"), ("say", "Your parcel leaves today.")]
        assert customer_of_visitor(session, visitor) == customer_hash(shop.tenant_id, "customer-7")
    assert panel.post(f"{talk.path}/say", json={"text": "x"}).status_code == 401
    assert len(told) < HAPPENINGS_MAX


def test_a_code_used_at_the_till_is_told_on_the_line(shop: OpenShop, panel: httpx.Client):
    talk = open_talk(shop, panel)
    turn = talk.ask("Do you have a discount for me?")
    before = talk.until("turn:end", turn)
    code = next(event["code"] for _, event in before if event["type"] == "offer")
    for _ in range(2):
        with shop.house.database.tenant_session(shop.tenant_id) as session:
            redeem_coupon(session, code=code, order_ref="order-1", cart_total_minor=5000, currency="USD", now=shop.house.clock())
        deliver_due(shop.house.database, VERBS, clock=shop.house.clock)
    after = talk.until("offer:redeemed", after=before[-1][0])
    assert after[-1][1] == {"type": "offer:redeemed", "turn": turn, "code": code}


def test_the_hosted_page_is_a_place_of_its_own(shop: OpenShop):
    page = httpx.get(f"{shop.url}/w/{shop.key}/hosted")
    assert page.status_code == 200
    assert "frame-ancestors 'none'" in page.headers["content-security-policy"]
    assert "<script>" not in page.text
    assert httpx.get(f"{shop.url}/w/wk_nobody/hosted").status_code == 404
    boot = f"{shop.url}/w/{shop.key}/boot?visitor={uuid4()}"
    assert httpx.get(boot, headers={"Sec-Fetch-Site": "same-origin"}).status_code == 200
    assert httpx.get(boot, headers={"Sec-Fetch-Site": "cross-site"}).status_code == 403
    with shop.house.database.tenant_session(shop.tenant_id) as session:
        assert [one.origin for one in sightings(session)] == [shop.url]


def test_files_travel_small_and_are_kept(shop: OpenShop):
    frame = httpx.get(f"{shop.url}/w/{shop.key}/frame").text
    script = next(part.split('"')[0] for part in frame.split('src="') if "/panel/main.js" in part.split('"')[0])
    small = httpx.get(f"{shop.url}{script}", headers={"Accept-Encoding": "gzip"})
    assert (small.headers["content-encoding"], "immutable" in small.headers["cache-control"]) == ("gzip", True)
    plain = httpx.get(f"{shop.url}{script}", headers={"Accept-Encoding": "identity"})
    assert "content-encoding" not in plain.headers
    assert plain.text == small.text
    assert httpx.get(f"{shop.url}{script}", headers={"If-None-Match": small.headers["etag"]}).status_code == 304
    old = script.replace(script.split("/")[3], "000000000000")
    before = httpx.get(f"{shop.url}{old}")
    assert (before.text, before.headers["cache-control"]) == (small.text, "no-cache")
    types = httpx.get(f"{shop.url}/w/tillhand.d.ts")
    assert types.headers["access-control-allow-origin"] == "*"
    assert "TillhandCommands" in types.text
    badge = httpx.get(f"{shop.url}/w/faces/amara/badge.webp")
    assert len(badge.content) < 3000
    assert httpx.get(f"{shop.url}/w/faces/nobody/badge.webp").status_code == 404
