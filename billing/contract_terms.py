"""What an employee is paid: a document that is readable prose and data at once, and never changes once signed.

The same terms always give the same canonical JSON and so the same sha256, which both sides keep.
"""

from billing.attribution.model_names import MODEL_SENTENCES
from billing.terms.clauses import (
    PLATFORM_ALONE,
    BaseRules,
    Guards,
    Lift,
    Ownership,
    Payee,
    Probation,
    ProductRule,
    Repeat,
    Tiers,
    TierStep,
)
from billing.terms.document import TERMS_FORMAT, canonical_json, document_of, read_terms, sha256_of
from billing.terms.percent import percent_text
from billing.terms.prose import changes_between, describe, explain_terms
from billing.terms.rule_clauses import ownership_text
from billing.terms.sentences import Clause
from billing.terms.terms import BONUS_KINDS, WINDOW_DAYS_DEFAULT, WINDOW_KINDS, ContractTerms

__all__ = [
    "BONUS_KINDS", "MODEL_SENTENCES", "PLATFORM_ALONE", "TERMS_FORMAT", "WINDOW_DAYS_DEFAULT", "WINDOW_KINDS", "BaseRules", "Clause",
    "ContractTerms", "Guards", "Lift", "Ownership", "Payee", "Probation", "ProductRule", "Repeat", "TierStep", "Tiers",
    "canonical_json", "changes_between", "describe", "document_of", "explain_terms", "ownership_text", "percent_text",
    "read_terms", "sha256_of",
]  # fmt: skip
