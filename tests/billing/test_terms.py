"""A contract's prose says everything its data says: change any field and the words change; equal data, equal words."""

import copy
import json
from collections.abc import Callable
from typing import Any

from hypothesis import assume, given, settings
from hypothesis import strategies as st

from billing.attribution.model_names import MODEL_SENTENCES
from billing.contract_terms import (
    ContractTerms,
    canonical_json,
    changes_between,
    describe,
    document_of,
    explain_terms,
    read_terms,
    sha256_of,
)
from billing.errors import BillingError

rates = st.integers(0, 1_000_000)
amounts = st.integers(1, 10**12)
days = st.integers(1, 365)
names = st.text(st.characters(codec="utf-8", exclude_categories=("C", "Z")), min_size=1, max_size=12)
owners = st.sampled_from(["shop", "platform"])
flags = st.booleans()

product_rules = st.builds(
    lambda products, categories, rate, counts: {
        "products": sorted(products), "categories": sorted(categories), "counts": counts, "share_ppm": rate if counts else None,
    },
    st.sets(names, max_size=3), st.sets(names, min_size=1, max_size=3), st.one_of(st.none(), rates), flags,
)  # fmt: skip


@st.composite
def payees(draw: st.DrawFn) -> list[dict[str, Any]]:
    keys = sorted(draw(st.sets(st.from_regex(r"[a-z][a-z0-9_]{0,8}", fullmatch=True), min_size=1, max_size=4)))
    cuts = sorted(draw(st.sets(st.integers(1, 999_999), min_size=len(keys) - 1, max_size=len(keys) - 1)))
    parts = [end - start for start, end in zip([0, *cuts], [*cuts, 1_000_000], strict=True)]
    roles = st.sampled_from(["platform", "likeness_owner", "agency"])
    return [{"key": key, "name": draw(names), "role": draw(roles), "part_ppm": part} for key, part in zip(keys, parts, strict=True)]


@st.composite
def tiers(draw: st.DrawFn) -> dict[str, Any]:
    starts = sorted(draw(st.sets(amounts, min_size=1, max_size=4)))
    shares = sorted(draw(st.lists(rates, min_size=len(starts), max_size=len(starts))))
    steps = [{"from_minor": start, "share_ppm": share} for start, share in zip(starts, shares, strict=True)]
    return {"kind": draw(st.sampled_from(["marginal", "volume"])), "steps": steps}


def flags_of(*fields: str) -> st.SearchStrategy[dict[str, bool]]:
    return st.fixed_dictionaries(dict.fromkeys(fields, flags))


def maybe(of: st.SearchStrategy[Any]) -> st.SearchStrategy[Any]:
    return st.one_of(st.none(), of)


paid = st.fixed_dictionaries({"days": st.integers(1, 3650), "share_ppm": rates})
FIELDS: dict[str, st.SearchStrategy[Any]] = {
    "currency": st.sampled_from(["EUR", "USD", "JPY", "KWD"]),
    "share_ppm": rates,
    "attribution_model": st.sampled_from(sorted(MODEL_SENTENCES)),
    "half_life_days": days,
    "window_days": st.dictionaries(st.sampled_from(["coupon", "link", "conversation", "view"]), days),
    "return_window_days": st.integers(0, 365),
    "soft_days": st.integers(0, 60),
    "period_time_zone": st.sampled_from(["UTC", "Europe/Vienna", "Asia/Tokyo"]),
    "base": st.builds(
        lambda base, rules: base | {"product_rules": rules},
        flags_of("exclude_tax", "exclude_shipping", "exclude_tips", "exclude_gift_cards", "exclude_staff_orders"),
        st.lists(product_rules, max_size=3),
    ),
    "guards": flags_of(
        "exclude_coupon_after_cart", "exclude_coupon_of_another_visitor", "exclude_stacked_codes", "exclude_insiders",
        "exclude_bot_conversations",
    ),
    "tiers": maybe(tiers()),
    "cap_minor": maybe(amounts),
    "minimum_minor": maybe(amounts),
    "bonuses": st.dictionaries(st.sampled_from(["lead", "booking"]), amounts),
    "royalty_share_ppm": maybe(rates),
    "royalty_income_ppm": maybe(rates),
    "repeat": maybe(paid),
    "reserve_ppm": rates,
    "reserve_days": st.integers(1, 730),
    "probation": maybe(paid),
    "payees": payees(),
    "ownership": st.fixed_dictionaries({"works": owners, "transcripts": owners, "taste": owners}),
    "dispute_days": days,
    "holdout_ppm": rates,
    "lift": maybe(
        st.fixed_dictionaries(
            {"share_ppm": rates, "basis": st.sampled_from(["point", "lower"]), "confidence_ppm": st.integers(500_000, 999_999)}
        )
    ),
}  # fmt: skip
WITHOUT_EFFECT: dict[str, Callable[[ContractTerms], bool]] = {
    "half_life_days": lambda terms: terms.attribution_model != "time_decay_half_life",
    "reserve_days": lambda terms: terms.reserve_ppm == 0,
}
"""Fields that mean nothing beside the others: the prose leaves them out, and only these, and only then."""
PLAIN = ContractTerms(currency="EUR", share_ppm=80_000).model_dump(mode="json")


@st.composite
def documents(draw: st.DrawFn) -> dict[str, Any]:
    """A plain contract in which up to five clauses were chosen at random; drawing all of them each time would only be slower."""
    chosen = draw(st.lists(st.sampled_from(sorted(FIELDS)), max_size=5, unique=True))
    return PLAIN | {field: draw(FIELDS[field]) for field in chosen}


def valid(document: dict[str, Any]) -> ContractTerms | None:
    try:
        return read_terms(copy.deepcopy(document))
    except BillingError:
        return None


def meant(terms: ContractTerms) -> ContractTerms:
    """The terms with every field that has no effect at its default: two contracts that mean the same are then equal."""
    silent = [field for field, has_none in WITHOUT_EFFECT.items() if has_none(terms)]
    return terms.model_copy(update={field: ContractTerms.model_fields[field].default for field in silent})


def leaves(value: Any, path: tuple[Any, ...] = ()) -> list[tuple[Any, ...]]:
    inner = list(value.items()) if isinstance(value, dict) else list(enumerate(value)) if isinstance(value, list) else []
    return [path] if path and not inner else [leaf for key, child in inner for leaf in leaves(child, (*path, key))]


def without_contradictions(document: dict[str, Any], has_lift: bool) -> dict[str, Any]:
    """Make a random document mostly valid, so that few are thrown away."""
    plain = dict(document)
    if has_lift and plain["lift"]:
        rules = [rule | {"share_ppm": None} for rule in plain["base"]["product_rules"]]
        plain |= {
            "tiers": None,
            "royalty_share_ppm": None,
            "repeat": None,
            "probation": None,
            "base": plain["base"] | {"product_rules": rules},
        }
        plain["holdout_ppm"] = plain["holdout_ppm"] or 1
    else:
        plain["lift"] = None
    if plain["cap_minor"] and plain["minimum_minor"]:
        plain["minimum_minor"], plain["cap_minor"] = sorted((plain["minimum_minor"], plain["cap_minor"]))
    if plain["tiers"] and plain["tiers"]["kind"] == "volume":
        plain["share_ppm"] = min(plain["share_ppm"], plain["tiers"]["steps"][0]["share_ppm"])
    return plain


def test_every_field_is_tried() -> None:
    assert set(FIELDS) == set(ContractTerms.model_fields)


@given(documents(), flags, st.data())
@settings(max_examples=400, deadline=None)
def test_changing_any_field_changes_the_prose_and_nothing_else_does(document: dict[str, Any], has_lift: bool, data: st.DataObject) -> None:
    document = without_contradictions(document, has_lift)
    terms = valid(document)
    assert terms is not None
    field = data.draw(st.sampled_from(sorted(FIELDS)))
    other = valid(document | {field: data.draw(FIELDS[field])})
    assume(other is not None)
    assert other is not None
    assert (meant(terms) == meant(other)) == (describe(terms) == describe(other)) == (changes_between(terms, other) == ())
    assert (terms == other) == (sha256_of(document_of(terms)) == sha256_of(document_of(other)))


@given(documents(), flags, st.data())
@settings(max_examples=300, deadline=None)
def test_the_smallest_change_of_one_value_changes_the_prose(document: dict[str, Any], has_lift: bool, data: st.DataObject) -> None:
    document = json.loads(json.dumps(without_contradictions(document, has_lift)))
    path = data.draw(st.sampled_from(leaves(document)))
    changed = copy.deepcopy(document)
    place = changed
    for key in path[:-1]:
        place = place[key]
    old = place[path[-1]]
    if isinstance(old, bool):
        place[path[-1]] = not old
    elif isinstance(old, int):
        place[path[-1]] = old + data.draw(st.sampled_from([-1, 1]))
    elif isinstance(old, str):
        place[path[-1]] = data.draw(st.sampled_from([old.swapcase(), old + "x", old + '"', old[:-1]]))
    before, after = valid(document), valid(changed)
    assume(before is not None and after is not None and meant(before) != meant(after))
    assert before is not None
    assert after is not None
    assert describe(before) != describe(after)
    assert changes_between(before, after)


@given(documents(), flags)
@settings(max_examples=200, deadline=None)
def test_terms_survive_being_written_down(document: dict[str, Any], has_lift: bool) -> None:
    terms = valid(without_contradictions(document, has_lift))
    assert terms is not None
    stored = json.loads(canonical_json(document_of(terms)))
    assert read_terms(stored) == terms
    assert sha256_of(stored) == sha256_of(document_of(read_terms(stored)))
    clauses = explain_terms(terms)
    assert len({clause.title for clause in clauses}) == len(clauses)
    assert all(clause.text.endswith(".") for clause in clauses)
