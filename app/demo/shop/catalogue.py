"""The shelves: reads the shop's price list, the same CSV that the employee was taught from, and gives each product its drawing."""

import csv
import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path


class PriceListUnusable(Exception):
    """The price list lacks a column or holds a price that is not money; the sentence says which row."""


POSTED_CATEGORIES = frozenset({"beans", "merchandise"})


@dataclass(frozen=True)
class Product:
    """One thing for sale; `stock` is None where the shop does not count it."""

    slug: str
    name: str
    price_minor: int
    currency: str
    category: str
    stock: int | None
    allergens: tuple[str, ...]
    description: str
    picture: str
    """File name of its drawing under static/pictures."""

    @property
    def can_be_posted(self) -> bool:
        """Drinks and fresh food are not posted."""
        return self.category.casefold() in POSTED_CATEGORIES

    @property
    def is_for_sale(self) -> bool:
        """A counted product sells while there is one left."""
        return self.stock is None or self.stock > 0


@dataclass(frozen=True)
class Catalogue:
    """All products in the order of the price list."""

    products: tuple[Product, ...]

    @property
    def currency(self) -> str:
        """The one currency this shop sells in."""
        return self.products[0].currency

    @property
    def categories(self) -> tuple[str, ...]:
        """Category names, in the order in which the price list first mentions them."""
        return tuple(dict.fromkeys(product.category for product in self.products))

    def find(self, slug: str) -> Product | None:
        """The product with this address, or None."""
        return next((product for product in self.products if product.slug == slug), None)

    def of_category(self, category: str) -> tuple[Product, ...]:
        """The products of one category."""
        return tuple(product for product in self.products if product.category == category)


def read_price_list(path: Path) -> Catalogue:
    """Read a UTF-8 CSV with the columns name, price, currency, category, stock, allergens, description and url.

    Prices are decimals of a two-digit currency. Raises PriceListUnusable with the row's number.
    """
    with path.open(encoding="utf-8-sig", newline="") as lines:
        products = tuple(_products(csv.DictReader(lines)))
    if not products:
        raise PriceListUnusable(f"{path.name} lists no products.")
    if len({product.currency for product in products}) > 1:
        raise PriceListUnusable(f"{path.name} mixes currencies; this shop sells in one.")
    return Catalogue(products)


def _products(rows: Iterable[Mapping[str, str]]) -> Iterable[Product]:
    taken: set[str] = set()
    for number, row in enumerate(rows, start=2):
        try:
            product = _product(row, taken)
        except (KeyError, ValueError, ArithmeticError, AttributeError) as problem:
            raise PriceListUnusable(f"Row {number} of the price list cannot be sold: {problem!r}.") from problem
        taken.add(product.slug)
        yield product


def _product(row: Mapping[str, str], taken: set[str]) -> Product:
    name, category = row["name"].strip(), row["category"].strip()
    slug = (row.get("url") or "").rstrip("/").rpartition("/")[2] or _slug(name)
    if slug in taken:
        raise ValueError(f"a second product is called {name}")
    return Product(
        slug=slug,
        name=name,
        price_minor=_minor(row["price"]),
        currency=row["currency"].strip().upper(),
        category=category,
        stock=int(row["stock"]) if (row.get("stock") or "").strip().isdigit() else None,
        allergens=_allergens(row.get("allergens") or ""),
        description=row["description"].strip(),
        picture=picture_of(name, category),
    )


def _minor(price: str) -> int:
    cents = Decimal(price.strip().lstrip("$")) * 100
    if cents != cents.to_integral_value() or cents < 0:
        raise ValueError(f"{price!r} is not a price in whole cents")
    return int(cents)


def _allergens(cell: str) -> tuple[str, ...]:
    words = (word.strip() for word in re.split(r"[;,/|]", cell))
    return tuple(word for word in words if word and word.casefold() not in {"none", "-", "no", "n/a"})


def _slug(name: str) -> str:
    return re.sub(r"[^a-z0-9]+", "-", name.casefold().replace("é", "e").replace("'", "")).strip("-")


# The first row whose word is in the product's name wins, then the same for its category; a plain cup is never wrong in a coffee shop.
PICTURES: tuple[tuple[str, str], ...] = (
    ("keep cup", "keep_cup.svg"), ("macaroon", "macaroon.svg"), ("bun", "bun.svg"), ("swirl", "bun.svg"), ("baguette", "sandwich.svg"),
    ("hot chocolate", "chocolate_mug.svg"), ("chocolate bar", "chocolate.svg"), ("gift", "gift.svg"),
    ("voucher", "gift.svg"), ("mug", "mug.svg"), ("tumbler", "mug.svg"),
    ("dripper", "machine.svg"), ("pour-over", "machine.svg"), ("filter", "machine.svg"), ("carafe", "machine.svg"),
    ("bean", "beans.svg"), ("blend", "beans.svg"), ("250 g", "beans.svg"), ("ground", "beans.svg"),
    ("cocoa", "chocolate_mug.svg"), ("mocha", "chocolate_mug.svg"),
    ("flat white", "flat_white.svg"), ("cortado", "flat_white.svg"), ("cappuccino", "cappuccino.svg"), ("macchiato", "espresso.svg"),
    ("espresso", "espresso.svg"), ("ristretto", "espresso.svg"), ("cold brew", "iced.svg"), ("iced", "iced.svg"), ("tonic", "iced.svg"),
    ("latte", "latte.svg"), ("chai", "latte.svg"), ("matcha", "latte.svg"), ("yoghurt", "yoghurt.svg"), ("yogurt", "yoghurt.svg"),
    ("toast", "sandwich.svg"), ("sandwich", "sandwich.svg"), ("panini", "sandwich.svg"), ("bagel", "bagel.svg"),
    ("croissant", "croissant.svg"), ("pain au", "croissant.svg"), ("cookie", "cookie.svg"), ("biscuit", "cookie.svg"),
    ("shortbread", "cookie.svg"), ("brownie", "brownie.svg"), ("muffin", "muffin.svg"), ("scone", "muffin.svg"),
    ("cake", "cake.svg"), ("loaf", "cake.svg"), ("banana bread", "cake.svg"), ("bar", "bar.svg"), ("flapjack", "bar.svg"),
    ("nut", "nuts.svg"), ("almond", "nuts.svg"), ("cashew", "nuts.svg"), ("trail mix", "nuts.svg"), ("crisp", "crisps.svg"),
    ("chips", "crisps.svg"), ("popcorn", "crisps.svg"), ("pretzel", "crisps.svg"), ("juice", "bottle.svg"), ("lemonade", "lemonade.svg"),
    ("kombucha", "bottle.svg"), ("water", "water.svg"), ("tea", "tea.svg"), ("apple", "fruit.svg"), ("banana", "fruit.svg"),
    ("fruit", "fruit.svg"), ("chocolate", "brownie.svg"), ("bak", "croissant.svg"), ("past", "croissant.svg"), ("snack", "bar.svg"),
    ("lunch", "sandwich.svg"), ("cold", "bottle.svg"), ("gear", "machine.svg"),
)  # fmt: skip


def picture_of(name: str, category: str) -> str:
    """File name of the drawing that suits a product best."""
    for words in (name.casefold(), category.casefold()):
        for word, picture in PICTURES:
            if word in words:
                return picture
    return "cup.svg"
