"""Why an order earned what it earned, in one plain sentence and the evidence behind it. Pure: it words what the ledger already says."""

from collections.abc import Mapping
from dataclasses import dataclass
from uuid import UUID

from billing.explain import CreditExplained, OrderExplained, RevisionExplained
from billing.read_orders import CouponSeen, TouchSeen
from tenants.employee import EmployeeView


@dataclass(frozen=True)
class Evidence:
    """What the ids in an explanation stand for."""

    people: Mapping[UUID, EmployeeView]
    coupons: Mapping[UUID, CouponSeen]
    touches: Mapping[UUID, TouchSeen]
    films: Mapping[UUID, str]
    """Titles; a film that was deleted has none."""


@dataclass(frozen=True)
class Because:
    """One employee's part: what was earned, of what, and the touch that brought it.

    `way` is coupon, film, film_view, link or conversation; `film_title` is empty for a film that was deleted.
    """

    employee: EmployeeView
    earned_minor: int
    base_minor: int
    share_ppm: int
    weight_ppm: int
    way: str
    coupon: CouponSeen | None
    touch: TouchSeen | None
    conversation_id: UUID | None
    work_id: UUID | None
    film_title: str


@dataclass(frozen=True)
class LeftOut:
    """A touch or refund that did not count, with the reason; `subject` is a coupon code, a touch or a refund."""

    subject: str
    why: str
    touch: TouchSeen | None


def because(order: OrderExplained, evidence: Evidence) -> list[Because]:
    """The current decision, one entry per credited employee; empty when nobody brought the order."""
    current = order.revisions[-1]
    return [_part(current, credit, evidence) for credit in current.credits]


def left_out(revision: RevisionExplained, evidence: Evidence) -> list[LeftOut]:
    """What a revision did not count, touches first."""
    found = [*revision.excluded.get("touches", ()), *revision.excluded.get("refunds", ())]
    return [LeftOut(item["subject"], item["why"], evidence.touches.get(as_id(item["subject"]))) for item in found]


def touch_ids(order: OrderExplained) -> set[UUID]:
    """Every touch an explanation names, credited or left out."""
    named = {item["subject"] for revision in order.revisions for item in revision.excluded.get("touches", ())}
    credited = {credit.touch_id for revision in order.revisions for credit in revision.credits if credit.touch_id}
    return {found for name in named if (found := as_id(name)) != NO_TOUCH} | credited


NO_TOUCH = UUID(int=0)


def as_id(text: str) -> UUID:
    """The id a subject spells, or NO_TOUCH when it is a code or a refund's name."""
    try:
        return UUID(text)
    except ValueError:
        return NO_TOUCH


def _part(revision: RevisionExplained, credit: CreditExplained, evidence: Evidence) -> Because:
    return Because(
        employee=evidence.people[credit.employee_id],
        earned_minor=credit.target_minor,
        base_minor=revision.base_minor,
        share_ppm=credit.share_ppm,
        weight_ppm=credit.weight_ppm,
        way=_way(credit, evidence),
        coupon=evidence.coupons.get(credit.coupon_id) if credit.coupon_id else None,
        touch=evidence.touches.get(credit.touch_id) if credit.touch_id else None,
        conversation_id=credit.conversation_id,
        work_id=credit.work_id,
        film_title=evidence.films.get(credit.work_id, "") if credit.work_id else "",
    )


def _way(credit: CreditExplained, evidence: Evidence) -> str:
    """What brought the buyer. Nobody talks in a film: who came from one, or only watched it, is told apart from a talk."""
    touch = evidence.touches.get(credit.touch_id) if credit.touch_id else None
    if credit.coupon_id and _is_coupon_step(credit, evidence):
        return "coupon"
    if credit.work_id and touch and touch.kind == "video_view":
        return "film_view"
    if credit.work_id and (credit.link_id or (touch and touch.kind == "video_click")):
        return "film"
    return "link" if credit.link_id else "conversation"


def _is_coupon_step(credit: CreditExplained, evidence: Evidence) -> bool:
    """A coupon that was shown and then used; one only shown counts as a conversation."""
    coupon = evidence.coupons.get(credit.coupon_id) if credit.coupon_id else None
    return coupon is not None and "coupon" in credit.reason
