"""The shop's pages without script: shelves, product, cart, checkout, receipt, back office, and what they answer to nonsense."""

import re
from pathlib import Path

import pytest
from fakes.coffee_shop import SHOP_URL, WIDGET_URL, OpenShop

from app.demo.players.page_reading import read_page
from app.demo.shop.catalogue import PriceListUnusable, read_price_list
from app.demo.shop.counter import FOLDER


def test_every_product_stands_on_the_shelf_with_its_price_and_a_drawing(shop: OpenShop) -> None:
    page = read_page(shop.browser.get("/").text)
    products = shop.counter.catalogue.products
    assert len(products) >= 30
    text = page.all_text()
    for product in products:
        assert product.name in text
        assert (FOLDER / "static" / "pictures" / product.picture).is_file()
    cards = [card for card in page.find_all("li") if "card" in card.attributes.get("class", "").split()]
    assert len(cards) == len(products)


def test_every_page_holds_the_snippet_and_a_policy_with_one_foreign_origin(shop: OpenShop) -> None:
    shop.fill_cart()
    number = shop.buy()
    shop.fill_cart()
    for path in ("/", "/shop/flat-white-large", "/cart", "/checkout", f"/orders/{number}"):
        answer = shop.browser.get(path)
        assert answer.status_code == 200
        scripts = read_page(answer.text).find_all("script", src=f"{WIDGET_URL}/w/loader.js", data_key="wk_test")
        assert len(scripts) == 1
        assert set(re.findall(r"https?://[^ ;]+", answer.headers["content-security-policy"])) == {WIDGET_URL}
        assert "unsafe" not in answer.headers["content-security-policy"]
        assert not re.search(r"<style|style=|<script(?![^>]*src=)| on[a-z]+=", answer.text)


def test_a_sold_out_product_cannot_be_put_into_the_cart(shop: OpenShop) -> None:
    assert "Sold out" in shop.browser.get("/shop/oat-raisin-cookie").text
    assert shop.browser.post("/cart/add", data={"slug": "oat-raisin-cookie"}).status_code == 404
    assert "Nothing in it yet" in shop.browser.get("/cart").text


def test_a_cart_counts_and_never_holds_more_than_the_shelf(shop: OpenShop) -> None:
    shop.browser.post("/cart/add", data={"slug": "ham-baguette", "quantity": "20"})
    cart = shop.browser.get("/cart").text
    assert "$28.80" in cart  # four at $7.20, not twenty
    shop.browser.post("/cart/set", data={"slug": "ham-baguette", "quantity": "0"})
    assert "Nothing in it yet" in shop.browser.get("/cart").text


def test_two_browsers_do_not_share_a_cart(shop: OpenShop) -> None:
    shop.fill_cart()
    shop.browser.cookies.clear()
    assert "Nothing in it yet" in shop.browser.get("/cart").text


def test_only_beans_and_merchandise_go_by_post(shop: OpenShop) -> None:
    shop.browser.post("/cart/add", data={"slug": "lantern-beans-250", "quantity": "1"})
    posted = shop.browser.post("/checkout/choices", data={"way": "post", "tip_minor": "0"})
    assert "$4.00" in posted.text
    shop.browser.post("/cart/add", data={"slug": "cold-brew"})
    assert "not for drinks and fresh food" in shop.browser.get("/checkout").text
    number = shop.buy()
    order = shop.counter.book.order(number)
    assert order is not None
    assert (order.is_posted, order.shipping_minor) == (False, 0)


def test_the_total_on_the_checkout_is_the_total_that_is_charged(shop: OpenShop) -> None:
    shop.fill_cart()
    page = shop.browser.post("/checkout/choices", data={"way": "pick-up", "tip_minor": "200"})
    shown = re.search(r'sum-total"><dt>Total</dt><dd>([^<]+)', page.text.split("Your order")[1])
    receipt = shop.browser.get(f"/orders/{shop.buy()}").text
    assert shown is not None
    assert f"<dt>Paid</dt><dd>{shown[1]}" in receipt


@pytest.mark.parametrize(
    ("path", "data", "status"),
    [
        ("/cart/add", {}, 422),
        ("/cart/add", {"slug": "cold-brew", "quantity": "many"}, 422),
        ("/cart/add", {"slug": "cold-brew", "quantity": "-3"}, 422),
        ("/cart/add", {"slug": "no-such-thing"}, 404),
        ("/cart/add", {"slug": "x" * 5_000}, 422),
        ("/checkout/choices", {"way": "balloon"}, 422),
        ("/checkout/choices", {"tip_minor": "999999999"}, 422),
        ("/back-office/orders/KC-NONE/pay", {}, 409),
        ("/back-office/orders/KC-NONE/burn", {}, 422),
        ("/back-office/deliveries/msg_none/again", {}, 404),
        ("/consent", {"answer": "perhaps"}, 422),
    ],
)
def test_nonsense_gets_a_page_that_says_so(shop: OpenShop, path: str, data: dict[str, str], status: int) -> None:
    answer = shop.browser.post(path, data=data)
    assert answer.status_code == status
    assert "text/html" in answer.headers["content-type"]


@pytest.mark.parametrize("path", ["/shop/none", "/orders/KC-NONE", "/nowhere"])
def test_an_unknown_page_is_a_friendly_404(shop: OpenShop, path: str) -> None:
    answer = shop.browser.get(path)
    assert answer.status_code == 404
    assert "We have no such page" in answer.text


def test_a_form_from_another_site_and_a_huge_body_are_refused(shop: OpenShop) -> None:
    foreign = shop.browser.post("/cart/add", data={"slug": "cold-brew"}, headers={"origin": "http://elsewhere.test"})
    assert foreign.status_code == 403
    assert shop.browser.post("/cart/add", data={"slug": "cold-brew"}, headers={"origin": SHOP_URL}).status_code == 200
    assert shop.browser.post("/cart/add", content=b"x" * 70_000).status_code == 413


def test_a_buyers_name_cannot_write_html(shop: OpenShop) -> None:
    shop.fill_cart()
    number = shop.buy(buyer="<script>alert(1)</script>")
    for path in (f"/orders/{number}", "/back-office"):
        page = shop.browser.get(path).text
        assert "<script>alert" not in page
        assert "&lt;script&gt;alert" in page


def test_consent_travels_to_the_snippet_only_when_granted(shop: OpenShop) -> None:
    assert "data-consent" not in shop.browser.get("/").text.replace("data-consents", "")
    assert 'data-consent="granted"' in shop.browser.post("/consent", data={"answer": "granted"}).text
    assert 'data-consent="granted"' not in shop.browser.post("/consent", data={"answer": "denied"}).text


@pytest.mark.parametrize(
    "row", ["Tea,three,USD,Tea,1,none,Hot,/shop/tea", "Tea,3.001,USD,Tea,1,none,Hot,/shop/tea", "Tea,3.00,EUR,Tea,1,none,Hot,/t"]
)
def test_a_price_list_that_is_not_money_does_not_open_the_shop(tmp_path: Path, row: str) -> None:
    path = tmp_path / "prices.csv"
    path.write_text(f"name,price,currency,category,stock,allergens,description,url\nCake,2.00,USD,Bakery,1,none,Good,/shop/cake\n{row}\n")
    with pytest.raises(PriceListUnusable):
        read_price_list(path)
