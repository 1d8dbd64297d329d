"""The studio's table of consents: whose face and voice may be used, for what and until when, and how that was proven."""

from datetime import datetime
from uuid import UUID

from sqlalchemy import ARRAY, ForeignKeyConstraint, Index, Text
from sqlalchemy.orm import Mapped, mapped_column

from tenants.access import access
from tenants.database import Base, TenantOwned


class LikenessConsent(TenantOwned, Base):
    """A real person's consent to one face or voice made from theirs. `state` is requested, recorded, checked, active or revoked.

    `words` are the one-time words of the running request, in `language` ("en", "zh", "ja", "fr") as all that is read; of the recording only
    its fingerprint stands here.
    """

    __tablename__ = "likeness_consent"
    __table_args__ = (
        ForeignKeyConstraint(["tenant_id"], ["tenant.tenant_id"]),
        Index("ix_likeness_consent_face", "tenant_id", "face_id"),
        {"info": access(app="SELECT, INSERT, UPDATE")},
    )
    consent_id: Mapped[UUID] = mapped_column(primary_key=True)
    person_name: Mapped[str]
    face_id: Mapped[str]
    uses: Mapped[list[str]] = mapped_column(ARRAY(Text))
    channels: Mapped[list[str]] = mapped_column(ARRAY(Text))
    territories: Mapped[list[str]] = mapped_column(ARRAY(Text))
    expires_at: Mapped[datetime]
    state: Mapped[str]
    language: Mapped[str]
    words: Mapped[str]
    words_until: Mapped[datetime]
    requested_at: Mapped[datetime]
    recorded_at: Mapped[datetime | None]
    recording_sha256: Mapped[bytes | None]
    heard: Mapped[str | None]
    checked_at: Mapped[datetime | None]
    active_at: Mapped[datetime | None]
    revoked_at: Mapped[datetime | None]
