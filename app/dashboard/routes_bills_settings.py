"""The shop as a payer: whom bills are made out to, how they are paid, and the limit it sets on its own bill."""

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from typing import Any

from babel import Locale
from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.dashboard.amount_fields import read_amount
from app.dashboard.door import Text
from app.dashboard.language import _, locale_name, said
from app.dashboard.page_route import PageRoute
from app.dashboard.pages import go_to, page
from app.dashboard.permissions import EarningsViewer, Settler
from app.dashboard.problems import PageProblem
from app.dashboard.routes_bills import collects
from app.dashboard.viewer import Viewer
from app.wiring import payment_gateway
from billing.bill_details import COUNTRIES, BillDetails, ask_for_method, bill_details, keep_details, page_for_method
from billing.errors import AmountUnreadable, CurrencyUnknown
from billing.money import format_amount
from billing.payment_errors import BillDetailsRefused, GatewayRefused, GatewayUnavailable
from billing.read_contracts import contracts_of
from billing.spending_limit import Spending, set_limit, spending
from tenants.audit import person_actor
from tenants.employee import employees

router = APIRouter(route_class=PageRoute, include_in_schema=False)
OTHERWISE = "USD"


@router.get("/dashboard/bills/details")
async def show_details(viewer: EarningsViewer) -> Response:
    """Whom the bills are made out to."""
    found = await viewer.read(bill_details)
    return _details_page(viewer, asdict(found))


@router.post("/dashboard/bills/details")
async def change_details(
    viewer: Settler, *, legal_name: Text = "", address: Text = "", country: Text = "", tax_id: Text = "", email: Text = "",
    csrf_token: Text = "",
) -> Response:  # fmt: skip
    """Keep what was typed, or say beside the field what cannot be right."""
    viewer.check_form(csrf_token)
    typed = BillDetails(legal_name, address, country, tax_id, email)
    try:
        await viewer.read(keep_details, typed, actor=person_actor(viewer.person.person_id), now=viewer.now)
    except BillDetailsRefused as error:
        return _details_page(viewer, asdict(typed), status=422, about=error.about, why=said(error))
    return go_to("/dashboard/bills?done=details")


@router.get("/dashboard/bills/method")
async def show_method(viewer: EarningsViewer, back: str = "") -> Response:
    """How bills are paid. Whoever comes back from the payment service's page sees what is on file a moment later."""
    if back and viewer.may("SETTLE"):
        await viewer.read(ask_for_method, now=viewer.now)
        return go_to("/dashboard/bills?done=method")
    return await _method_page(viewer)


@router.post("/dashboard/bills/method")
async def leave_method(viewer: Settler, *, csrf_token: Text = "") -> Response:
    """Ask the payment service for its page, and lead there by a link: a form may not lead to another site."""
    viewer.check_form(csrf_token)
    if not collects(viewer):
        raise PageProblem(404, _("Bills are paid by transfer here"), _("There is no payment method to leave."))
    currency = (await viewer.read(_currencies))[0]
    back = f"{viewer.house.settings.public_url.rstrip('/')}/dashboard/bills/method?back=1"
    try:
        url = await viewer.house.run_call(
            page_for_method, viewer.house.database, payment_gateway(viewer.house.settings), viewer.shop.tenant_id, currency=currency,
            back_to=back,
        )  # fmt: skip
    except (GatewayUnavailable, GatewayRefused):
        why = _("The payment service does not answer at the moment. Try again in a minute; nothing was changed.")
        return await _method_page(viewer, status=503, why=why)
    return await _method_page(viewer, url=url)


@router.get("/dashboard/bills/limit")
async def show_limit(viewer: EarningsViewer) -> Response:
    """The limit, and how the running month stands to it."""
    seen, currencies = await viewer.read(_month, viewer.now)
    amount = "" if seen.limit_minor is None or seen.currency is None else format_amount(seen.limit_minor, seen.currency)
    typed = {"amount": amount, "currency": seen.currency or currencies[0], "at_limit": "stop" if seen.stops_offers else "tell"}
    return _limit_page(viewer, seen, currencies, typed)


@router.post("/dashboard/bills/limit")
async def change_limit(
    viewer: Settler, *, amount: Text = "", currency: Text = "", at_limit: Text = "tell", csrf_token: Text = ""
) -> Response:
    """Set the limit; an empty field means none."""
    viewer.check_form(csrf_token)
    seen, currencies = await viewer.read(_month, viewer.now)
    typed = {"amount": amount, "currency": currency, "at_limit": at_limit}
    try:
        minor = read_amount(amount, currency) if amount.strip() else None
        await viewer.read(
            set_limit, limit_minor=minor, currency=currency, stops_offers=at_limit == "stop", actor=person_actor(viewer.person.person_id),
            now=viewer.now,
        )  # fmt: skip
    except (AmountUnreadable, BillDetailsRefused, CurrencyUnknown) as error:
        return _limit_page(viewer, seen, currencies, typed, status=422, why=said(error))
    return go_to(f"/dashboard/bills?done={'limit' if minor is not None else 'no_limit'}")


def _details_page(viewer: Viewer, typed: Mapping[str, Any], *, status: int = 200, about: str = "", why: str = "") -> Response:
    named = Locale.parse(locale_name()).territories
    countries = sorted(((code, str(named.get(code, code))) for code in COUNTRIES), key=lambda one: one[1])
    context = {"typed": typed, "countries": countries, "about": about, "why": why}
    return page("bills_details.html", status=status, **{**viewer.context("payslips"), **context})


async def _method_page(viewer: Viewer, *, status: int = 200, url: str = "", why: str = "") -> Response:
    found = await viewer.read(bill_details)
    context = {"details": found, "collects": collects(viewer), "url": url, "why": why, "bank": viewer.house.settings.seller_bank.split(";")}
    return page("bills_method.html", status=status, **{**viewer.context("payslips"), **context})


def _limit_page(
    viewer: Viewer, seen: Spending, currencies: list[str], typed: Mapping[str, str], *, status: int = 200, why: str = ""
) -> Response:
    context = {"spending": seen, "currencies": currencies, "typed": typed, "why": why}
    return page("bills_limit.html", status=status, **{**viewer.context("payslips"), **context})


def _month(session: Session, now: datetime) -> tuple[Spending, list[str]]:
    return spending(session, now=now), _currencies(session)


def _currencies(session: Session) -> list[str]:
    """The currencies employees are paid in, the first hired one's first."""
    found = [contract.terms.currency for one in employees(session) for contract in contracts_of(session, one.employee_id)]
    return list(dict.fromkeys(found)) or [OTHERWISE]
