"""What a column of a price list or a field of a product feed holds, told from its title, in the languages shops write."""

from collections.abc import Mapping, Sequence

from app.conversations.guardrails.plain_text import clean

TITLES: Mapping[str, tuple[str, ...]] = {
    "name": (
        *("name", "product", "item", "title", "product name", "item name", "article", "artikel", "produit", "nom"),
        *("商品", "商品名", "品名", "名称"),
    ),
    "price": (
        *("price", "unit price", "sale price", "retail price", "amount", "cost", "prix", "preis"),
        *("价格", "单价", "価格", "値段", "税込価格"),
    ),
    "currency": ("currency", "cur", "devise", "währung", "货币", "通貨"),
    "category": (
        *("category", "type", "product type", "group", "section", "department", "catégorie", "kategorie"),
        *("类别", "分类", "カテゴリ", "カテゴリー"),
    ),
    "stock": ("stock", "in stock", "quantity", "qty", "available", "availability", "inventory", "bestand", "库存", "在庫"),
    "allergens": ("allergens", "allergen", "contains", "allergènes", "allergene", "过敏原", "アレルゲン", "アレルギー"),
    "description": ("description", "details", "notes", "note", "desc", "beschreibung", "描述", "说明", "説明"),
    "url": ("url", "link", "page", "href", "lien", "链接", "リンク"),
    "unit": ("unit", "per", "price per", "sold by", "einheit", "unité", "单位", "単位"),
    "variant": ("variant", "size", "option", "colour", "color", "größe", "farbe", "taille", "couleur", "规格", "尺寸", "サイズ"),
}
LOOSE_WORDS: Mapping[str, str] = {
    "name": "name", "price": "price", "currency": "currency", "category": "category", "stock": "stock", "allergens": "allergen",
    "description": "description", "url": "url",
}  # fmt: skip
"""A title that only contains the word will do ("Price (USD)"); units and variants are too easily mistaken for that."""


def columns_of(titles: Sequence[str]) -> dict[str, int]:
    """Match each kind to a column: the exact title first, then a title that contains the kind's word."""
    cleaned = [clean(title).casefold().replace("_", " ") for title in titles]
    found: dict[str, int] = {}
    for kind, names in TITLES.items():
        exact = [place for place, title in enumerate(cleaned) if title in names and place not in found.values()]
        if exact:
            found[kind] = exact[0]
    for kind, word in LOOSE_WORDS.items():
        loose = [place for place, title in enumerate(cleaned) if word in title and place not in found.values()]
        if kind not in found and loose:
            found[kind] = loose[0]
    return found
