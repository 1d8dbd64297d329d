"""Finding every sentence a person may see: the templates' and Python's marked ones, and what the rooms below raise as errors.

A room raises English sentences with their values already in them. Its source says their shape: `f"{count} codes are left."` becomes the
entry "%(count)s codes are left.", and language.said() finds it again by that shape.
"""

import ast
import re
import tomllib
from collections.abc import Iterator
from pathlib import Path
from typing import Final

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_from_dir

HERE: Final = Path(__file__).parent
ROOT: Final = HERE.parents[1]
KEYWORDS: Final = {"_": None, "N_": None, "P_": (1, 2), "gettext": None, "ngettext": (1, 2)}
METHODS: Final = [("templates/**.html", "jinja2"), ("templates/**.md", "jinja2"), ("**.py", "python")]
ROOMS: Final = (
    "billing/**/*.py", "tenants/*.py", "app/conversations/**/*.py", "app/installation/domains.py", "app/speaking/handover.py",
    "app/speaking/pronunciations.py",
    "avatar_pipeline/trust/read_film.py", "avatar_pipeline/shoot.py", "app/studio/*.py", "app/casting/*.py",
)  # fmt: skip
"""Where the rooms' own sentences stand that pages show."""
SILENT: Final = (
    "billing/recount.py", "billing/merkle.py", "billing/ledger", "billing/attribution/shapley", "billing/attribution/markov",
    "billing/links.py", "billing/redeem_coupon.py", "billing/record_outage.py", "billing/exchange", "billing/connectors/payloads",
    "billing/receive_webhook.py", "billing/payments", "tenants/local_postgres.py", "tenants/smtp.py", "app/conversations/record.py",
    "billing/inbox", "billing/connectors/shopify.py", "billing/connectors/shopify_order", "billing/connectors/square_order",
    "billing/connectors/stripe_events", "billing/connectors/stripe_orders", "billing/connectors/sums", "billing/connectors/values",
    "billing/connectors/woocommerce_order", "tenants/database.py", "tenants/identifiers.py", "tenants/jobs.py",
    "app/conversations/skills", "app/conversations/language_models",
)  # fmt: skip
"""What they say is said to programs or to the operator, in English."""
PROGRAMMERS: Final = {"ValueError", "IndexError", "TypeError", "LookupError", "RuntimeError", "KeyError"}
"""Errors nobody but a programmer reads."""
PROSE: Final = (
    "billing/terms/*.py", "billing/attribution/*.py", "billing/lift/*.py", "billing/coupons/clauses.py", "billing/plan_experiment.py",
    "billing/detect_unreported.py", "billing/note_refused_code.py",
    "billing/orders/worth.py", "billing/orders/reckoning.py", "billing/orders/facts.py",
    "billing/revenue_share/period_lines.py", "billing/decide_dispute.py", "billing/open_dispute.py", "billing/sign_contract.py",
    "billing/end_contract.py", "billing/mark_insider.py", "billing/flag_conversation.py", "billing/read_deliveries.py",
    "billing/import_codes.py", "billing/change_offer.py", "billing/record_touch.py", "billing/statements/payout.py",
    "billing/statements/closing.py", "billing/reconcile_orders.py", "billing/orders/keeping.py",
    "billing/revenue_share/reckon_events.py", "billing/what_if.py", "tenants/api_keys.py",
    "tenants/roles_of_members.py", "avatar_pipeline/catalogue.py", "app/conversations/golden.py", "app/conversations/handover.py",
    "app/conversations/skills/browse.py", "app/conversations/skills/c*.py", "app/conversations/skills/finder.py",
    "app/conversations/skills/listing.py", "app/conversations/skills/message.py",
    "app/conversations/skills/reviewed.py", "app/conversations/skills/rules.py", "app/conversations/skills/own/describe.py",
    "app/conversations/skills/own/dialogue.py",
    "app/conversations/skills/remembering.py", "app/conversations/call_own_skill.py", "app/conversations/read_site.py",
    "app/conversations/knowledge/products.py", "app/conversations/knowledge/sections.py",
    "app/conversations/guardrails/acceptable_use.py",
    "app/studio/batch_rows.py", "app/studio/check_script.py", "app/studio/concepts.py", "app/studio/films.py", "app/studio/render_films.py",
    "app/conversations/knowledge/price_list.py",
    "app/conversations/readers/grids.py", "app/conversations/readers/pdf.py",
    "app/casting/make_faces.py", "app/casting/errors.py", "avatar_pipeline/casting/read_picture.py",
    "avatar_pipeline/casting/judge_portrait.py", "avatar_pipeline/cast.py", "avatar_pipeline/cast_film.py", "app/casting/film_steps.py",
)  # fmt: skip
"""Where the rooms make prose for pages: every sentence in these files may be read."""
PLAIN: Final = re.compile(r"[a-z%]\S* [a-z%(]")
NO_PROSE: Final = re.compile(r"\\[bswW]|\(\?|^(SELECT|INSERT|UPDATE|WITH|DELETE)\b|\n|^#|^, |^ ")
MARK: Final = re.compile(r"[A-Za-z]{2}.*\s")


def template() -> Catalog:
    """Every sentence there is, with the places it stands at, without translations."""
    found = Catalog(project="Tillhand", charset="utf-8", fuzzy=False)
    strict = {"newstyle_gettext": "true", "silent": "false"}  # a template that cannot be read is a fault, not a page without words
    options = {"templates/**.html": strict, "templates/**.md": strict}
    for place, line, message, _comments, context in extract_from_dir(HERE, METHODS, options_map=options, keywords=KEYWORDS):
        found.add(message, locations=[(f"app/dashboard/{place}", line)], context=context)
    for path, line, sentence in sentences_of_rooms():
        found.add(sentence, locations=[(path, line)])
    return found


def sentences_of_rooms() -> Iterator[tuple[str, int, str]]:
    """What rooms raise: the file, the line and the sentence's shape."""
    for path in sorted({path for pattern in ROOMS for path in ROOT.glob(pattern)}):
        name = path.relative_to(ROOT).as_posix()
        if not name.startswith(SILENT):
            for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
                if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and ast.unparse(node.exc.func) not in PROGRAMMERS:
                    yield from ((name, one.lineno, shape) for one in node.exc.args if (shape := shape_of(one)))
    for path in sorted({path for pattern in PROSE for path in ROOT.glob(pattern)}):
        yield from ((path.relative_to(ROOT).as_posix(), line, shape) for line, shape in _prose_of(path))
    yield from (("tenants/jobs.toml", 0, sentence) for sentence in _job_sentences())


def _prose_of(path: Path) -> Iterator[tuple[int, str]]:
    tree = ast.parse(path.read_text(encoding="utf-8"))
    silent: set[ast.AST] = set()
    for node in ast.walk(tree):
        if isinstance(node, ast.Expr) and isinstance(node.value, ast.Constant):
            silent.add(node.value)  # a docstring
        if isinstance(node, ast.JoinedStr) or (isinstance(node, ast.Raise) and ast.unparse(node).split("(")[0][6:] in PROGRAMMERS):
            silent |= set(ast.walk(node)) - {node}
    for node in ast.walk(tree):
        if not isinstance(node, ast.Constant | ast.JoinedStr) or node in silent:
            continue
        shape = shape_of(node)
        if PLAIN.search(shape) and not NO_PROSE.search(shape):
            yield node.lineno, re.sub(r"\{(\w+)\}", r"%(\1)s", shape)


def _job_sentences() -> Iterator[str]:
    found = tomllib.loads((ROOT / "tenants" / "jobs.toml").read_text(encoding="utf-8"))
    yield from (skill[:1].upper() + skill[1:] for skill in found["skills"].values())
    for job in found["jobs"].values():
        yield from (job["title"], job["duties"], job["greeting"], job["brief"], *job["golden_questions"])


def shape_of(node: ast.expr) -> str:
    """The catalogue's entry for a sentence in the source; "" for anything that is none."""
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        return node.value if MARK.search(node.value) else ""
    if not isinstance(node, ast.JoinedStr):
        return ""
    names: dict[str, str] = {}
    parts = [str(part.value) if isinstance(part, ast.Constant) else f"%({_name_of(part, names)})s" for part in node.values]
    plain = "".join(str(part.value) for part in node.values if isinstance(part, ast.Constant))
    return "".join(parts) if MARK.search(plain) else ""


def _name_of(part: ast.expr, names: dict[str, str]) -> str:
    """A name for a value: the last word of its expression, numbered where another value of the sentence has it already."""
    expression = ast.unparse(part.value) if isinstance(part, ast.FormattedValue) else ""
    if expression not in names:
        words = re.findall(r"[A-Za-z]\w*", expression)
        name = words[-1].lower().strip("_") if words else "value"
        taken = sum(other.rstrip("0123456789") == name for other in names.values())
        names[expression] = f"{name}{taken + 1}" if taken else name
    return names[expression]
