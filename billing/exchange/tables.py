"""Published exchange rates, and the orders that wait for one."""

from datetime import date, datetime
from uuid import UUID

from sqlalchemy import BigInteger, CheckConstraint, Index
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class FxRate(Base):
    """One unit of `base` bought `rate_e9` billionths of `quote` on `day`. Global: a published rate is the same for every shop."""

    __tablename__ = "fx_rate"
    __table_args__ = (CheckConstraint("rate_e9 > 0", name="rate_positive"), CheckConstraint("base <> quote", name="currencies_differ"))
    quote: Mapped[str] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    base: Mapped[str]
    rate_e9: Mapped[int] = mapped_column(BigInteger)
    source: Mapped[str]
    imported_at: Mapped[datetime]


class RateWait(TenantOwned, Base):
    """An order that could not be reckoned for want of this rate. It goes once the rate is published and the order reckoned again."""

    __tablename__ = "rate_wait"
    __table_args__ = (Index("ix_rate_wait_day", "day"), {"info": access(app="SELECT, INSERT, DELETE", intake="SELECT")})
    order_id: Mapped[UUID] = mapped_column(primary_key=True)
    day: Mapped[date] = mapped_column(primary_key=True)
    base: Mapped[str] = mapped_column(primary_key=True)
    quote: Mapped[str] = mapped_column(primary_key=True)
    since: Mapped[datetime]
