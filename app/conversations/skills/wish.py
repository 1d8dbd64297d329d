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
_MARKED_AMOUNT = (
    r"(?P<{name}>(?:[$€£¥₩₹]|[A-Za-z]{{3}} ?)\d[\d.,]*|\d[\d.,]* ?(?:[$€£¥円元₩₹]|dollars?|euros?|pounds?|yen|yuan|块|块钱|bucks?))"
)
"""After "for" a number alone counts people or pieces: "how much for 2 cookies"."""
_UNDER = re.compile(
    r"(?:under|below|less than|cheaper than|no more than|up to|at most|max(?:imum)?(?: of)?|within"
    r"|moins de|maximum|à moins de|以内|不超过|低于)\s*"
    + _AMOUNT.format(name="a")
    + r"|for\s*"
    + _MARKED_AMOUNT.format(name="c")
    + r"|"
    + _AMOUNT.format(name="b")
    + r"\s*(?:or less|or under|max(?:imum)?|以下|以内|ou moins|未満)",
    re.IGNORECASE,
)
_WITHOUT = re.compile(
    r"(?:without|no|not contain(?:ing)?|free (?:of|from)|avoid(?:ing)?"
    r"|allergic to|allergy to|sans|allergi(?:que|e) (?:aux?|à la|à l'))\s*"
    r"(?:any |des |de |d')?"
    r"(?P<after>[^\W\d_]+(?: milk)?(?:(?:,| or| and| ou| et|、|和|或)+ ?[^\W\d_]+)*)"
    r"|(?P<before>[^\W\d_]+)[- ]free\b"
    r"|\b(?:have|has|having|with|got)(?: an?)?(?: severe| bad| strong)? "
    r"(?P<allergy>[^\W\d_]+(?:(?:,| or| and)+ [^\W\d_]+)*)[- ]allerg(?:y|ies)\b"
    r"|(?:不含|不带|不放|不要|没有|无)(?P<chinese>[\u3400-\u9fff、]{1,10}?)(?=[的吗么呢]|成分|[^\u3400-\u9fff、]|$)"
    r"|对(?P<reacts>[\u3400-\u9fff、]{1,10}?)过敏"
    r"|(?P<eastern>ナッツ|ピーナッツ|乳製品|牛乳|卵|小麦|グルテン|アレルゲン)(?:なし|抜き|の入っていない|不使用|が入っていない|アレルギー)",
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
    r"|propose[zr]?|quelque chose|autre chose|else|comme|avez-vous|auriez-vous|vendez-vous|smth|sth|u|ya|got)\b"
    r"|推荐|有什么|哪些|什么|おすすめ|どんな|何か|なに",
    re.IGNORECASE,
)
_QUANTITY = re.compile(
    r"\b(?:two|three|four|five|six|seven|eight|nine|ten|a couple of|a dozen|deux|trois|quatre|cinq)\s+(?=(?:[\w'-]+\s+){0,2}[\w'-]+[sx]\b)",
    re.IGNORECASE,
)
"""How many are wanted says nothing of what is wanted."""
_LUNCH, _MEALS = CONCEPT_MARK + "lunch", frozenset(CONCEPT_MARK + one for one in ("food", "breakfast"))
_SAYS_LUNCH = re.compile(r"lunch|dinner|meal|repas|déjeuner|午|昼|晚|夕", re.IGNORECASE)
"""The lexicon hears a meal in 餐 and 吃的 too, which every food is called."""
EXCLUDABLE = frozenset({"nuts", "dairy", "gluten", "egg", "fish", "meat", "sugar", "caffeine", "alcohol", "allergy"})
DIETS = frozenset({CONCEPT_MARK + "vegan", CONCEPT_MARK + "vegetarian"})
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
        phrase = next(filter(None, found.groups()), "")
        concepts = [term.removeprefix(CONCEPT_MARK) for term in content_terms(phrase)]
        if any(concept in EXCLUDABLE for concept in concepts):
            excluded += [concept for concept in concepts if concept in EXCLUDABLE]
            rest = rest.replace(found.group(), " ")
    is_cheapest = bool(_CHEAPEST.search(rest))
    rest = without(_SEARCH_WORDS.sub(" ", _CHEAPEST.sub(" ", rest)), "greeting", "thanks")
    wanted = tuple(term for term in content_terms(_QUANTITY.sub(" ", rest)) if term not in ASKING)
    if _LUNCH in wanted and not _MEALS.isdisjoint(wanted) and not _SAYS_LUNCH.search(rest):
        wanted = tuple(term for term in wanted if term != _LUNCH)
    return Wish(wanted, tuple(dict.fromkeys(excluded)), under, is_cheapest)


def is_said_to_be_free_of(fact: ProductFact, substance: str) -> bool:
    """Say whether a product's own name, kind or description says that it is without a substance of UNLISTED."""
    told = f"{fact.name}. {fact.category}. {fact.description}"
    return bool(_FREE_OF[substance].search(told)) or substance in read_wish(told, None).excluded


def _take_under(text: str, currency: str | None) -> tuple[int | None, str]:
    found = _UNDER.search(text)
    if not found or currency is None:
        return None, text
    amount = found.group("a") or found.group("b") or found.group("c")
    try:
        under, _ = read_price(amount, currency_in(amount) or currency)
    except PriceUnreadable:
        return None, text
    return under, text.replace(found.group(), " ")
