"""Makes offers' codes in merchants' systems ahead, so that one handed out is valid at the till already; and ends those nobody may use.

A code is written down before it is made there, and made there outside of any transaction. So a crash between any two steps leaves
nothing forgotten: the same code is made again, found to be ours, and kept. When the terms change or the offer ends, codes that nobody
has are ended at the till; one that was handed out stays good until its own day, and is ended then.
"""

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from sqlalchemy import ColumnElement, and_, exists, false, func, or_, select, true, update
from sqlalchemy.orm import Session

from billing.connectors.code_makers import CODE_MAKERS
from billing.connectors.code_wanted import CodeWanted
from billing.connectors.pulling import Account
from billing.connectors.saying import Say, SayOverHttps
from billing.coupons.codes import new_code
from billing.coupons.pool import add_codes
from billing.coupons.tables import Coupon, MadeCode, Offer, OfferClauses, OfferMaker, OfferVersion, PoolCode
from billing.errors import CodeTaken, ConnectionUnknown, FetchFailed, SlowDownAsked
from billing.events import CodesNotMade
from billing.fetch_orders import NOWHERE_ELSE, Origins, account_of
from tenants.database import Database
from tenants.every_shop import shops_with
from tenants.identifiers import to_public
from tenants.outbox import announce, retry_delay

BATCH: Final = 25
"""Codes made, and codes ended, for one offer before the next has its turn."""
LEASE: Final = timedelta(minutes=5)
"""How long whoever works on an offer's codes is left alone; longer than a batch takes at the patience we have."""
TOLD_AFTER_TRIES: Final = 3


@dataclass(frozen=True, slots=True)
class _Job:
    """What one offer needs now: codes to be made or looked for, and codes to be ended, each with the system's id where it is known."""

    tenant_id: UUID
    offer_id: UUID
    account: Account
    to_make: Sequence[CodeWanted]
    to_end: Sequence[tuple[CodeWanted, str | None]]


def shops_with_codes_due(database: Database, now: datetime) -> list[UUID]:
    """The shops whose offers need codes made or ended by now, found in one query: going round them all costs each a transaction."""
    with database.operator_session() as session:
        return shops_with(session, OfferMaker, OfferMaker.next_try_at <= now)


def make_codes_due(
    database: Database, tenant_id: UUID, *, clock: Callable[[], datetime], say: Say | None = None, origins: Origins = NOWHERE_ELSE
) -> int:
    """Make and end what one shop's offers need now; return how many codes were made or ended. Any number of workers may run it."""
    with database.tenant_session(tenant_id) as session:
        query = select(OfferMaker.offer_id).where(OfferMaker.tenant_id == tenant_id, OfferMaker.next_try_at <= clock())
        due = session.scalars(query.order_by(OfferMaker.next_try_at, OfferMaker.offer_id)).all()
    return sum(_work(database, (tenant_id, offer_id), clock, say or SayOverHttps(), origins) for offer_id in due)


def _work(database: Database, key: tuple[UUID, UUID], clock: Callable[[], datetime], say: Say, origins: Origins) -> int:
    """One offer's batch. What was done before something failed stays done."""
    done = 0
    try:
        with database.tenant_session(key[0]) as session:
            job = _claim(session, key, clock(), origins)
        if job is None:
            return 0
        for step in (_make, _end):
            done += step(database, job, clock, say)
    except SlowDownAsked as error:
        _note(database, key, clock() + timedelta(seconds=error.wait_seconds), None)
        return done
    except (FetchFailed, ConnectionUnknown) as error:
        _note_failure(database, key, clock(), str(error))
        return done
    _note(database, key, clock(), None)
    return done


def _claim(session: Session, key: tuple[UUID, UUID], now: datetime, origins: Origins) -> _Job | None:
    """Write down which codes are wanted, take the lease, and say what is to be done; None where nothing is, or another worker is at it."""
    offer = session.get_one(Offer, key, with_for_update=True, populate_existing=True)
    maker = session.get_one(OfferMaker, key, with_for_update=True, populate_existing=True)
    if maker.next_try_at > now:
        return None
    _write_down(session, offer, maker, now)
    running = and_(MadeCode.version == offer.version, _is_running(offer, now))
    to_make = _codes(session, offer, and_(MadeCode.state == "wanted", running))
    to_end = _codes(session, offer, or_(and_(MadeCode.state == "wanted", ~running), _is_unusable(now)))
    if not to_make and not to_end:
        return None
    maker.next_try_at = now + LEASE
    account = account_of(session, maker.connection_id, origins)
    return _Job(*key, account, [one for one, _ in to_make], to_end)


def _is_running(offer: Offer, now: datetime) -> ColumnElement[bool]:
    """Whether the offer still hands out codes, as a condition."""
    is_open = offer.ended_at is None and offer.ends_at > now
    return true() if is_open else false()


def _write_down(session: Session, offer: Offer, maker: OfferMaker, now: datetime) -> None:
    """Want as many codes as are missing, but no more than may still be handed out."""
    if offer.ended_at is not None or offer.ends_at <= now:
        return
    own = MadeCode.tenant_id == offer.tenant_id, MadeCode.offer_id == offer.offer_id, MadeCode.version == offer.version
    wanted = session.scalar(select(func.count()).select_from(MadeCode).where(*own, MadeCode.state == "wanted")) or 0
    target = min(maker.ready_count, offer.coupons_max - offer.issued_count)
    for _ in range(min(BATCH, target - offer.codes_left - wanted)):
        session.add(
            MadeCode(
                tenant_id=offer.tenant_id, code=new_code(), offer_id=offer.offer_id, version=offer.version, state="wanted",
                external_id=None, wanted_at=now, ends_at=offer.ends_at, made_at=None, ended_at=None,
            )
        )  # fmt: skip
    session.flush()


def _is_unusable(now: datetime) -> ColumnElement[bool]:
    """Codes that stand at the till and that nobody may use: spare ones, withdrawn ones, and those whose coupon's own day has passed.

    Codes that the merchant's system has ended by itself need nothing.
    """
    same = PoolCode.tenant_id == MadeCode.tenant_id, PoolCode.code == MadeCode.code
    lapsed = Coupon.tenant_id == MadeCode.tenant_id, Coupon.code == MadeCode.code, Coupon.expires_at <= now, Coupon.redeemed_at.is_(None)
    is_held = and_(Coupon.reserved_until.is_not(None), Coupon.reserved_until > now)
    return or_(
        MadeCode.state == "spare",
        and_(
            MadeCode.state == "ready",
            MadeCode.ends_at > now,
            or_(exists().where(*same, PoolCode.withdrawn_at.is_not(None)), exists().where(*lapsed, ~is_held)),
        ),
    )


def _codes(session: Session, offer: Offer, which: ColumnElement[bool]) -> list[tuple[CodeWanted, str | None]]:
    own = MadeCode.tenant_id == offer.tenant_id, MadeCode.offer_id == offer.offer_id
    rows = session.scalars(select(MadeCode).where(*own, which).order_by(MadeCode.wanted_at, MadeCode.code).limit(BATCH)).all()
    return [(_wanted(session, offer, row), row.external_id) for row in rows]


def _wanted(session: Session, offer: Offer, row: MadeCode) -> CodeWanted:
    """What a code promises: the clauses of its own version."""
    key = offer.tenant_id, offer.offer_id, row.version
    clauses: OfferClauses = offer if row.version == offer.version else session.get_one(OfferVersion, key)
    return CodeWanted(
        row.code, clauses.name, f"{to_public('off', offer.offer_id)}_v{row.version}", clauses.percent_ppm, clauses.amount_minor,
        clauses.currency, clauses.minimum_minor, clauses.starts_at, row.ends_at,
    )  # fmt: skip


def _make(database: Database, job: _Job, clock: Callable[[], datetime], say: Say) -> int:
    system = CODE_MAKERS[job.account.kind]
    for place, wanted in enumerate(job.to_make):
        if place == 0:
            system.check(say, job.account, wanted)
        try:
            external_id = system.make(say, job.account, wanted)
        except CodeTaken:
            _settle(database, job, wanted.code, clock(), state="ended")
            continue
        with database.tenant_session(job.tenant_id) as session:
            _keep(session, job, wanted.code, external_id, clock())
    return len(job.to_make)


def _keep(session: Session, job: _Job, code: str, external_id: str, now: datetime) -> None:
    """Add a code that stands at the till to the offer's codes, unless the offer was changed or ended meanwhile."""
    offer = session.get_one(Offer, (job.tenant_id, job.offer_id), with_for_update=True, populate_existing=True)
    made = session.get_one(MadeCode, (job.tenant_id, code), with_for_update=True, populate_existing=True)
    is_good = offer.version == made.version and offer.ended_at is None and made.state == "wanted" and add_codes(session, offer, [code], now)
    if made.state == "wanted":
        made.state, made.external_id, made.made_at = "ready" if is_good else "spare", external_id, now


def _end(database: Database, job: _Job, clock: Callable[[], datetime], say: Say) -> int:
    """End codes. One that was wanted and perhaps made by a call whose answer was lost is looked for first."""
    system = CODE_MAKERS[job.account.kind]
    for wanted, known in job.to_end:
        external_id = known or system.find(say, job.account, wanted)
        if external_id is not None:
            system.end(say, job.account, external_id, clock())
        _settle(database, job, wanted.code, clock(), state="ended")
    return len(job.to_end)


def _settle(database: Database, job: _Job, code: str, now: datetime, *, state: str) -> None:
    with database.tenant_session(job.tenant_id) as session:
        session.execute(
            update(MadeCode).where(MadeCode.tenant_id == job.tenant_id, MadeCode.code == code).values(state=state, ended_at=now)
        )


def _note(database: Database, key: tuple[UUID, UUID], next_try_at: datetime, reason: str | None) -> None:
    with database.tenant_session(key[0]) as session:
        maker = session.get_one(OfferMaker, key, with_for_update=True, populate_existing=True)
        maker.next_try_at, maker.attempts, maker.reason, maker.failing_since = next_try_at, 0, reason, None


def _note_failure(database: Database, key: tuple[UUID, UUID], now: datetime, why: str) -> None:
    """Try again ever later. After a few tries somebody is told, once until it has worked again."""
    with database.tenant_session(key[0]) as session:
        offer = session.get_one(Offer, key)
        maker = session.get_one(OfferMaker, key, with_for_update=True, populate_existing=True)
        maker.attempts += 1
        maker.next_try_at, maker.reason = now + retry_delay(maker.attempts), why
        maker.failing_since = maker.failing_since or now
        if maker.attempts == TOLD_AFTER_TRIES:
            announce(session, CodesNotMade(offer.offer_id, offer.name, why, offer.codes_left), now=now)
