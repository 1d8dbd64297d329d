"""What a shopper wants of a product: the words for it, a price limit, what must not be in it, and whether the cheapest is asked."""

import re
from dataclasses import dataclass

from app.conversations.knowledge.pieces import ProductFact
from app.conversations.knowledge.prices import PriceUnreadable, currency_in, read_price
from app.conversations.knowledge.words import CONCEPT_MARK, content_terms
from app.conversations.skills.phrases import without

_AMOUNT = (
    r"(?P<{name}>(?:[$€£¥₩₹]|[A-Za-z]{{3}} ?)?\d[\d.,]*"
    r"(?: ?(?:[$€£¥円元₩₹]|dollars?|euros?|pounds?|yen|yuan|块|块钱|bucks?))?)"
)
_UNDER = re.compile(
    r"(?:under|below|less than|cheaper than|no more than|up to|at most|max(?:imum)?(?: of)?|within|for"
    r"|moins de|maximum|à moins de|以内|不超过|低于)\s*"
    + _AMOUNT.format(name="a")
    + r"|"
    + _AMOUNT.format(name="b")
    + r"\s*(?:or less|or under|max(?:imum)?|以下|以内|ou moins|未満)",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"(?:without|no|not contain(?:ing)?|free (?:of|from)|avoid(?:ing)?"
    r"|allergic to|allergy to|sans|allergique (?:aux?|à la|à l')|不含|不要|没有|无)\s*"
    r"(?:any |des |de |d')?"
    r"(?P<after>[^\W\d_]+(?: milk)?(?:(?:,| or| and| ou| et|、|和|或)+ ?[^\W\d_]+)*)"
    r"|(?P<before>[^\W\d_]+)[- ]free\b"
    r"|(?P<eastern>ナッツ|ピーナッツ|乳製品|牛乳|卵|小麦|グルテン|アレルゲン)(?:なし|抜き|の入っていない|不使用|が入っていない)",
    re.IGNORECASE,
)
_CHEAPEST = re.compile(
    r"\b(?:cheapest|least expensive|lowest price"
    r"|le moins cher|la moins chère)\b|最便宜|一番安い|最も安い",
    re.IGNORECASE,
)
_SEARCH_WORDS = re.compile(
    r"\b(?:recommend\w*|suggest\w*|looking for|find me|show me|options?|choices?|kinds?|types?|sorts?|range|selection|menu|list"
    r"|best|good|nice|popular|cheap|inexpensive|affordable|budget|pas cher"
    r"|favou?rite|available|left|in stock|sold out|many|contains?|ingredients?|allerg\w*|recommand\w*|conseill\w*|cherche|sortes?"
    r"|propose[zr]?)\b"
    r"|推荐|有什么|哪些|什么|おすすめ|どんな|何か|なに",
    re.IGNORECASE,
)
EXCLUDABLE = frozenset({"nuts", "dairy", "gluten", "egg", "fish", "meat", "sugar", "caffeine", "alcohol", "allergy"})
UNLISTED = frozenset({"meat", "sugar", "caffeine", "alcohol"})
"""No list of allergens names these: that a cell is silent about them says nothing, the product must be said to be free of them."""
_FREE_OF = {
    "sugar": re.compile(r"\bunsweetened\b|\bno (?:added )?sugar\b|无糖|無糖|sans sucre", re.IGNORECASE),
    "caffeine": re.compile(r"\bdecaf|低因|デカフェ|カフェインレス|\bdéca", re.IGNORECASE),
    "alcohol": re.compile(r"\b(?:non|zero)[- ]alcohol|无酒精|ノンアルコール|sans alcool", re.IGNORECASE),
    "meat": re.compile(r"\bvegan\b|\bvegetarian\b|\bmeatless\b|素|ビーガン|ベジタリアン|\bvég(?:an|étarien)", re.IGNORECASE),
}
ASKING = frozenset(CONCEPT_MARK + concept for concept in ("price", "stock", "allergy"))


@dataclass(frozen=True)
class Wish:
    """`wanted` are content terms the product must speak of; `excluded` are concepts its allergens must not name."""

    wanted: tuple[str, ...]
    excluded: tuple[str, ...]
    under_minor: int | None
    is_cheapest: bool

    @property
    def has_limits(self) -> bool:
        """Say whether the shopper narrows the choice beyond words."""
        return bool(self.excluded or self.under_minor is not None or self.is_cheapest)


def read_wish(text: str, currency: str | None) -> Wish:
    """Read a wish; `currency` is the shop's own, for "under 4". Words of a limit are taken out before the rest is read."""
    under, rest = _take_under(text, currency)
    excluded: list[str] = []
    for found in _WITHOUT.finditer(rest):
        phrase = found.group("after") or found.group("before") or found.group("eastern") or ""
        concepts = [term.removeprefix(CONCEPT_MARK) for term in content_terms(phrase)]
        if any(concept in EXCLUDABLE for concept in concepts):
            excluded += [concept for concept in concepts if concept in EXCLUDABLE]
            rest = rest.replace(found.group(), " ")
    is_cheapest = bool(_CHEAPEST.search(rest))
    rest = without(_SEARCH_WORDS.sub(" ", _CHEAPEST.sub(" ", rest)), "greeting", "thanks")
    wanted = tuple(term for term in content_terms(rest) if term not in ASKING)
    return Wish(wanted, tuple(dict.fromkeys(excluded)), under, is_cheapest)


def is_said_to_be_free_of(fact: ProductFact, substance: str) -> bool:
    """Say whether a product's own name, kind or description says that it is without a substance of UNLISTED."""
    told = f"{fact.name}. {fact.category}. {fact.description}"
    return bool(_FREE_OF[substance].search(told)) or substance in read_wish(told, None).excluded


def _take_under(text: str, currency: str | None) -> tuple[int | None, str]:
    found = _UNDER.search(text)
    if not found or currency is None:
        return None, text
    amount = found.group("a") or found.group("b")
    try:
        under, _ = read_price(amount, currency_in(amount) or currency)
    except PriceUnreadable:
        return None, text
    return under, text.replace(found.group(), " ")
