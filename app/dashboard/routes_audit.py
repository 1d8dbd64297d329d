"""Who changed what, and when: the shop's audit log, filtered, and as CSV."""

import csv
import io
import json
from datetime import date, datetime, time, timedelta
from typing import Annotated, Any, Final
from zoneinfo import ZoneInfo

from fastapi import APIRouter, Query, Response
from pydantic import BaseModel, Field
from sqlalchemy.orm import Session

from app.dashboard.page_route import PageRoute
from app.dashboard.pages import SECURITY_HEADERS, page
from app.dashboard.permissions import AuditViewer
from billing.connections import connections
from billing.offers import offer_names
from tenants.api_keys import api_keys
from tenants.audit import AuditEntry, AuditFilter, audit_entries, audit_words
from tenants.employee import employees
from tenants.identifiers import from_public, to_public
from tenants.members import names_of_people

router = APIRouter(route_class=PageRoute, include_in_schema=False)

ROWS_PER_PAGE: Final = 50
CSV_ROWS_MAX: Final = 50_000
"""A file longer than a spreadsheet opens well is of no use; narrow the dates for more."""


class Filter(BaseModel):
    """What the address asks for; an empty word means all. Dates are days of the shop, both included."""

    actor: str = Field("", max_length=60)
    action: str = Field("", max_length=60)
    start: str = Field("", pattern=r"^(20[0-9]{2}-[0-9]{2}-[0-9]{2})?$")
    end: str = Field("", pattern=r"^(20[0-9]{2}-[0-9]{2}-[0-9]{2})?$")
    before: str = Field("", max_length=60)


@router.get("/dashboard/audit")
async def show_log(viewer: AuditViewer, wanted: Annotated[Filter, Query()]) -> Response:
    """The newest lines first."""
    entries, words, names = await viewer.read(_read, _filter(wanted, viewer.shop.time_zone), ROWS_PER_PAGE + 1)
    shown = entries[:ROWS_PER_PAGE]
    actors, actions = words
    context: dict[str, Any] = {
        "entries": shown,
        "names": names,
        "actors": actors,
        "actions": actions,
        "chosen": wanted,
        "older": to_public("aud", shown[-1].entry_id) if len(entries) > ROWS_PER_PAGE else "",
        "query": {name: value for name, value in wanted.model_dump().items() if value and name != "before"},
    }
    return page("audit.html", **viewer.context("settings"), **context)


@router.get("/dashboard/audit.csv")
async def download(viewer: AuditViewer, wanted: Annotated[Filter, Query()]) -> Response:
    """The same lines as a file."""
    entries, _, names = await viewer.read(_read, _filter(wanted, viewer.shop.time_zone), CSV_ROWS_MAX)
    headers = {**SECURITY_HEADERS, "Content-Disposition": 'attachment; filename="audit.csv"'}
    return Response(as_csv(entries, names), media_type="text/csv; charset=utf-8", headers=headers)


def as_csv(entries: list[AuditEntry], names: dict[str, str]) -> str:
    """One line per entry. A cell that a spreadsheet would take for a formula begins with an apostrophe."""
    file = io.StringIO()
    writer = csv.writer(file)
    writer.writerow(["recorded_at_utc", "actor", "actor_name", "action", "subject", "subject_name", "detail"])
    for entry in entries:
        detail = json.dumps(entry.detail, ensure_ascii=False, sort_keys=True) if entry.detail else ""
        actor_name, subject_name = names.get(entry.actor, ""), names.get(entry.subject, "")
        row = (f"{entry.recorded_at:%Y-%m-%dT%H:%M:%S.%fZ}", entry.actor, actor_name, entry.action, entry.subject, subject_name, detail)
        writer.writerow([f"'{cell}" if cell.startswith(("=", "+", "-", "@", "\t", "\r")) else cell for cell in row])
    return file.getvalue()


def _filter(wanted: Filter, time_zone: str) -> AuditFilter:
    zone = ZoneInfo(time_zone)
    return AuditFilter(
        actor=wanted.actor,
        action=wanted.action,
        start=_midnight(wanted.start, zone),
        end=_midnight(wanted.end, zone, days=1),
        before=from_public("aud", wanted.before) if wanted.before else None,
    )


def _midnight(day: str, zone: ZoneInfo, days: int = 0) -> datetime | None:
    try:
        return datetime.combine(date.fromisoformat(day) + timedelta(days=days), time(), zone) if day else None
    except ValueError:
        return None  # 31 February: as if the field were empty


def _read(session: Session, wanted: AuditFilter, limit: int) -> tuple[list[AuditEntry], tuple[list[str], list[str]], dict[str, str]]:
    return audit_entries(session, wanted, limit=limit), audit_words(session), _names(session)


def _names(session: Session) -> dict[str, str]:
    """Names of everybody and everything the log speaks of by its id."""
    team = {to_public("emp", one.employee_id): one.name for one in employees(session)}
    keys = {to_public("key", one.api_key_id): one.name for one in api_keys(session)}
    given = {to_public("off", offer_id): name for offer_id, name in offer_names(session).items()}
    joined = {to_public("con", one.connection_id): one.name for one in connections(session)}
    return {**team, **keys, **given, **joined, **names_of_people(session)}
