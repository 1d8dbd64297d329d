"""From credits to what each is worth by now, rounded once per contract version and split so that nothing is lost."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from fractions import Fraction
from uuid import UUID

from billing.attribution.evidence import Credit
from billing.money import PARTS_PER_MILLION, share_of, split


@dataclass(frozen=True)
class CreditTarget:
    """One credit and the cumulative minor units it is worth."""

    credit: Credit
    target_minor: int


def targets_of(credited: Sequence[Credit], base_of_version: Mapping[UUID, Fraction]) -> tuple[CreditTarget, ...]:
    """The cumulative target of every credit.

    Each contract version takes its share of its own base and its credits' joint weight, rounded once; its credits split that.
    """
    versions = sorted({credit.candidate.contract.contract_version_id for credit in credited})
    parts: dict[int, int] = {}
    for version in versions:
        own = {number: credit for number, credit in enumerate(credited) if credit.candidate.contract.contract_version_id == version}
        weight = sum(credit.weight_ppm for credit in own.values())
        share_ppm = next(iter(own.values())).candidate.contract.terms.share_ppm
        target = share_of(base_of_version[version] * weight / PARTS_PER_MILLION, share_ppm)
        by_touch = {(str(credit.candidate.touch.touch_id), number): credit.weight_ppm for number, credit in own.items()}
        parts |= {number: minor for (_, number), minor in split(target, by_touch).items()}
    return tuple(CreditTarget(credit, parts[number]) for number, credit in enumerate(credited))
