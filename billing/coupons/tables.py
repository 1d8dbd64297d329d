"""Offers a tenant allows, the terms they had before, the codes imported for them, and the single-use coupons handed out under them."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, ForeignKeyConstraint, Index, UniqueConstraint, Uuid, text
from sqlalchemy.dialects.postgresql import ARRAY
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class OfferClauses:
    """What a coupon promises. The running clauses stand in the offer's row, earlier ones in `offer_version`; a coupon names its own.

    A free item is an amount, namely what the item costs, with the item's name beside it. Words name the goods: with `is_for_products`
    the till takes something off these alone, otherwise they only say what a talk must be about.
    """

    name: Mapped[str]
    percent_ppm: Mapped[int | None]
    amount_minor: Mapped[int | None] = mapped_column(BigInteger)
    item_name: Mapped[str | None]
    discount_minor_max: Mapped[int | None] = mapped_column(BigInteger)
    currency: Mapped[str]
    minimum_minor: Mapped[int] = mapped_column(BigInteger)
    floor_minor: Mapped[int | None] = mapped_column(BigInteger)
    product_words: Mapped[dict[str, Any]]
    is_for_products: Mapped[bool] = mapped_column(server_default=text("false"))
    coupon_valid_days: Mapped[int]
    starts_at: Mapped[datetime]
    ends_at: Mapped[datetime]


class Offer(OfferClauses, TenantOwned, Base):
    """What employees may promise, to how many visitors, and until when. Its row is the lock on the number of its coupons.

    `employee_id` is the first who may hand it out; `employee_ids` names all, and is unset where there is only the first.
    """

    __tablename__ = "offer"
    __table_args__ = (
        CheckConstraint("(percent_ppm IS NULL) <> (amount_minor IS NULL)", name="one_kind_of_discount"),
        CheckConstraint("issued_count <= coupons_max", name="budget_kept"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    employee_ids: Mapped[list[UUID] | None] = mapped_column(ARRAY(Uuid()))
    version: Mapped[int] = mapped_column(server_default=text("1"))
    coupons_max: Mapped[int]
    per_visitor_max: Mapped[int]
    issued_count: Mapped[int]
    draws_codes: Mapped[bool] = mapped_column(server_default=text("false"))
    codes_left: Mapped[int] = mapped_column(server_default=text("0"))
    codes_low: Mapped[int] = mapped_column(server_default=text("0"))
    created_at: Mapped[datetime]
    changed_at: Mapped[datetime | None]
    paused_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class OfferVersion(OfferClauses, TenantOwned, Base):
    """Clauses an offer had before it was changed; the codes handed out under them keep them."""

    __tablename__ = "offer_version"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        {"info": access(app="SELECT, INSERT", append_only=True)},
    )
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    version: Mapped[int] = mapped_column(primary_key=True)
    replaced_at: Mapped[datetime]


class OfferPurse(TenantOwned, Base):
    """The money an offer may give away. Its row is the lock on that money; an offer without one gives away any sum.

    Promised is what used codes took off, and the most that codes still good may take off.
    """

    __tablename__ = "offer_purse"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        CheckConstraint("promised_minor BETWEEN 0 AND budget_minor", name="purse_kept"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    budget_minor: Mapped[int] = mapped_column(BigInteger)
    promised_minor: Mapped[int] = mapped_column(BigInteger)


class PoolCode(TenantOwned, Base):
    """A code made in the merchant's own system and imported ahead. `typed` is its spelling there, `code` the one we compare."""

    __tablename__ = "pool_code"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        Index("ix_pool_code_left", "tenant_id", "offer_id", "position", postgresql_where=text("coupon_id IS NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    typed: Mapped[str]
    position: Mapped[int]
    imported_at: Mapped[datetime]
    coupon_id: Mapped[UUID | None]
    withdrawn_at: Mapped[datetime | None]


class OfferMaker(TenantOwned, Base):
    """Where an offer's codes are made: a connection to the merchant's system, and how many codes are kept ready there.

    `next_try_at` is also the lease of whoever works on it; `reason` is why the latest try failed, `attempts` how often in a row.
    """

    __tablename__ = "offer_maker"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        ForeignKeyConstraint(["tenant_id", "connection_id"], ["merchant_connection.tenant_id", "merchant_connection.connection_id"]),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    offer_id: Mapped[UUID] = mapped_column(primary_key=True)
    connection_id: Mapped[UUID]
    ready_count: Mapped[int]
    attempts: Mapped[int]
    next_try_at: Mapped[datetime]
    reason: Mapped[str | None]
    failing_since: Mapped[datetime | None]


class MadeCode(TenantOwned, Base):
    """A code we make in the merchant's system. Written down before it is made there, so that none is made and forgotten.

    wanted -> ready (it stands there, and among the offer's codes) or spare (it stands there, and nobody may have it) -> ended. What it
    promises are its offer's clauses of that version; `ends_at` is the last moment the merchant's system itself takes it.
    """

    __tablename__ = "made_code"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer_maker.tenant_id", "offer_maker.offer_id"]),
        Index("ix_made_code_state", "tenant_id", "offer_id", "state"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    code: Mapped[str] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    version: Mapped[int]
    state: Mapped[str]
    external_id: Mapped[str | None]
    wanted_at: Mapped[datetime]
    ends_at: Mapped[datetime]
    made_at: Mapped[datetime | None]
    ended_at: Mapped[datetime | None]


class Coupon(TenantOwned, Base):
    """One code given to one visitor. Its row is the lock on its single use.

    `held_minor` is what the code holds of its offer's purse: its most until it is used, then what it took off, nothing once it lapsed.
    """

    __tablename__ = "coupon"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "offer_id"], ["offer.tenant_id", "offer.offer_id"]),
        UniqueConstraint("tenant_id", "code"),
        UniqueConstraint("tenant_id", "offer_id", "turn_id"),
        Index("ix_coupon_visitor", "tenant_id", "offer_id", "visitor_id"),
        Index("ix_coupon_newest", "tenant_id", "offer_id", "coupon_id"),
        Index("ix_coupon_work", "tenant_id", "work_id", postgresql_where=text("work_id IS NOT NULL")),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT")},
    )
    coupon_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    offer_version: Mapped[int] = mapped_column(server_default=text("1"))
    employee_id: Mapped[UUID]
    code: Mapped[str]
    typed: Mapped[str | None]
    visitor_id: Mapped[UUID | None]
    conversation_id: Mapped[UUID | None]
    turn_id: Mapped[UUID | None]
    work_id: Mapped[UUID | None]
    """The film that shows it, if one does."""
    touch_id: Mapped[UUID]
    issued_at: Mapped[datetime]
    expires_at: Mapped[datetime]
    seen_at: Mapped[datetime | None]
    reserved_for: Mapped[str | None]
    reserved_until: Mapped[datetime | None]
    redeemed_for: Mapped[str | None]
    redeemed_at: Mapped[datetime | None]
    discount_minor: Mapped[int | None] = mapped_column(BigInteger)
    held_minor: Mapped[int | None] = mapped_column(BigInteger)

    @property
    def shown_code(self) -> str:
        """The code as the merchant's system spells it."""
        return self.typed or self.code


class CouponRefusal(TenantOwned, Base):
    """A coupon the till refused for one reason: how often, first and last when, and when a letter told of it."""

    __tablename__ = "coupon_refusal"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "coupon_id"], ["coupon.tenant_id", "coupon.coupon_id"]),
        Index("ix_coupon_refusal_last", "tenant_id", "last_at"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    coupon_id: Mapped[UUID] = mapped_column(primary_key=True)
    kind: Mapped[str] = mapped_column(primary_key=True)
    order_ref: Mapped[str | None]
    times: Mapped[int]
    first_at: Mapped[datetime]
    last_at: Mapped[datetime]
    told_at: Mapped[datetime | None]
