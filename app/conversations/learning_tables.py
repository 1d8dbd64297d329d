"""The tables of what an employee does beyond answering: own skills, first words, visitors' memory, taste, the shop's site."""

from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import BigInteger, ForeignKeyConstraint, Index, UniqueConstraint, text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned
from tenants.work_line import InLine

EMPLOYEE = ["tenant_id", "employee_id"], ["employee.tenant_id", "employee.employee_id"]
READ_ADD_CHANGE = access(app="SELECT, INSERT, UPDATE")
ERASABLE = access(app="SELECT, INSERT, UPDATE, DELETE", operator="")


class ShopSkill(TenantOwned, Base):
    """Something the shop's own system can be asked: where to call, what to ask the shopper for, and how the answer is said.

    `described` is written by skills/own/describe.py; `vectors` are float32 (examples, 384), the meaning of its example sentences.
    """

    __tablename__ = "shop_skill"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        Index("ix_shop_skill_employee", "tenant_id", "employee_id"),
        {"info": READ_ADD_CHANGE},
    )
    skill_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    name: Mapped[str]
    url: Mapped[str]
    secret: Mapped[str]
    is_loopback: Mapped[bool]
    described: Mapped[dict[str, Any]]
    vectors: Mapped[bytes]
    is_on: Mapped[bool]
    made_at: Mapped[datetime]
    changed_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class OpeningSetting(TenantOwned, Base):
    """Whether and when an employee may speak first (openings/setting.py), and what each of their first words and offers brought by now."""

    __tablename__ = "opening_setting"
    __table_args__ = (ForeignKeyConstraint(*EMPLOYEE), {"info": READ_ADD_CHANGE})
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    setting: Mapped[dict[str, Any]]
    changed_at: Mapped[datetime]
    tallies: Mapped[dict[str, Any]]
    tallied_at: Mapped[datetime | None]


class Opening(TenantOwned, Base):
    """First words the shop wrote. `page_words` are pieces of the page's address they fit, empty for any page."""

    __tablename__ = "opening"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        Index("ix_opening_employee", "tenant_id", "employee_id"),
        {"info": READ_ADD_CHANGE},
    )
    opening_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    text: Mapped[str]
    page_words: Mapped[str]
    made_at: Mapped[datetime]
    removed_at: Mapped[datetime | None]


class OpeningShown(TenantOwned, Base):
    """One choice of first words for one visitor. `opening_id` is null where, by the same chance, nothing was said: the comparison.

    `is_explored` marks choices by an even draw, whatever was known: only these are compared, for the others followed what had sold.
    """

    __tablename__ = "opening_shown"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        ForeignKeyConstraint(["tenant_id", "opening_id"], ["opening.tenant_id", "opening.opening_id"]),
        Index("ix_opening_shown_visitor", "tenant_id", "employee_id", "visitor_id", "chosen_at"),
        Index("ix_opening_shown_chosen", "tenant_id", "employee_id", "chosen_at"),
        {"info": READ_ADD_CHANGE},
    )
    shown_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    opening_id: Mapped[UUID | None]
    visitor_id: Mapped[UUID]
    page_path: Mapped[str]
    is_explored: Mapped[bool]
    chosen_at: Mapped[datetime]
    dismissed_at: Mapped[datetime | None]


class OfferChoice(TenantOwned, Base):
    """Which of several offers that fitted a visitor was given first. `is_explored` marks an even draw; only these are compared."""

    __tablename__ = "offer_choice"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        Index("ix_offer_choice_chosen", "tenant_id", "employee_id", "chosen_at"),
        {"info": READ_ADD_CHANGE},
    )
    visitor_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    offer_id: Mapped[UUID]
    is_explored: Mapped[bool]
    chosen_at: Mapped[datetime]


class OfferTally(TenantOwned, Base):
    """What each offer brought that was chosen among several, as last reckoned (choose_offers.py)."""

    __tablename__ = "offer_tally"
    __table_args__ = (ForeignKeyConstraint(*EMPLOYEE), {"info": READ_ADD_CHANGE})
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    tallies: Mapped[dict[str, Any]]
    tallied_at: Mapped[datetime]


class MemorySetting(TenantOwned, Base):
    """Whether a shop lets its employees remember visitors who agree, and for how many days."""

    __tablename__ = "memory_setting"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": READ_ADD_CHANGE})
    is_on: Mapped[bool]
    days_kept: Mapped[int]
    changed_at: Mapped[datetime]


class VisitorConsent(TenantOwned, Base):
    """What a visitor answered when asked whether they may be remembered; their own words are the evidence. Erased with everything else."""

    __tablename__ = "visitor_consent"
    __table_args__ = (ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]), {"info": ERASABLE})
    visitor_id: Mapped[UUID] = mapped_column(primary_key=True)
    is_given: Mapped[bool]
    sentence: Mapped[str]
    answered_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class VisitorFact(TenantOwned, Base):
    """One thing a visitor said of themselves and agreed to have remembered, with the sentence it was said in."""

    __tablename__ = "visitor_fact"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id", "visitor_id"], ["visitor_consent.tenant_id", "visitor_consent.visitor_id"]),
        {"info": ERASABLE},
    )
    visitor_id: Mapped[UUID] = mapped_column(primary_key=True)
    name: Mapped[str] = mapped_column(primary_key=True)
    value: Mapped[str]
    sentence: Mapped[str]
    turn_id: Mapped[UUID]
    told_at: Mapped[datetime]
    expires_at: Mapped[datetime]


class TasteVersion(TenantOwned, Base):
    """How an employee speaks, as learned from the shop's choices: proposed, live, past or declined. Only one is live."""

    __tablename__ = "taste_version"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        UniqueConstraint("tenant_id", "employee_id", "number"),
        Index("uq_taste_live", "tenant_id", "employee_id", unique=True, postgresql_where=text("state = 'live'")),
        {"info": READ_ADD_CHANGE},
    )
    version_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    number: Mapped[int]
    taste: Mapped[dict[str, Any]]
    measured: Mapped[dict[str, Any]]
    state: Mapped[str]
    made_by: Mapped[UUID]
    made_at: Mapped[datetime]
    decided_by: Mapped[UUID | None]
    decided_at: Mapped[datetime | None]


class TasteChoice(TenantOwned, Base):
    """One thing a member told about taste: the better of two ways to say the same, or the words they changed. `kind` is pair or edit."""

    __tablename__ = "taste_choice"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        Index("ix_taste_choice_employee", "tenant_id", "employee_id", "told_at"),
        {"info": READ_ADD_CHANGE},
    )
    choice_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    person_id: Mapped[UUID]
    kind: Mapped[str]
    better: Mapped[dict[str, Any]]
    worse: Mapped[dict[str, Any]]
    told_at: Mapped[datetime]
    withdrawn_at: Mapped[datetime | None]


class SiteReading(InLine, Base):
    """One reading of the shop's own site. `state` is waiting, reading, done, cancelled or refused; a worker touches the row as it goes."""

    __tablename__ = "site_reading"
    __table_args__ = (
        ForeignKeyConstraint(*EMPLOYEE),
        Index("ix_site_reading_due", "asked_at", postgresql_where=text("state IN ('waiting', 'reading')")),
        Index("ix_site_reading_employee", "tenant_id", "employee_id", "asked_at"),
        {"info": access(app="SELECT, INSERT, UPDATE", intake="SELECT, UPDATE")},
    )
    reading_id: Mapped[UUID] = mapped_column(primary_key=True)
    employee_id: Mapped[UUID]
    start_url: Mapped[str]
    pages_max: Mapped[int]
    asked_by: Mapped[str]
    asked_at: Mapped[datetime]
    finished_at: Mapped[datetime | None]
    read_count: Mapped[int]
    taught_count: Mapped[int]
    unchanged_count: Mapped[int]
    refused_count: Mapped[int]
    problem: Mapped[str | None]


class SitePage(TenantOwned, Base):
    """A page of the shop's site as it was last read: its digest and the server's own marks, so that only what changed is read again."""

    __tablename__ = "site_page"
    __table_args__ = (ForeignKeyConstraint(*EMPLOYEE), {"info": access(app="SELECT, INSERT, UPDATE, DELETE")})
    employee_id: Mapped[UUID] = mapped_column(primary_key=True)
    url: Mapped[str] = mapped_column(primary_key=True)
    body_sha256: Mapped[str]
    etag: Mapped[str]
    last_modified: Mapped[str]
    links: Mapped[dict[str, Any]]
    document_id: Mapped[UUID | None]
    byte_count: Mapped[int] = mapped_column(BigInteger)
    problem: Mapped[str | None]
    read_at: Mapped[datetime]
