"""The dashboard's routes, gathered; app/main.py includes `router` on the public hostname."""

from fastapi import APIRouter, Response

from app.dashboard import (
    routes_alerts,
    routes_api_keys,
    routes_audit,
    routes_authenticator,
    routes_bills,
    routes_bills_settings,
    routes_casting,
    routes_casting_consent,
    routes_casting_hands,
    routes_connections,
    routes_contracts,
    routes_conversations,
    routes_conversations_facts,
    routes_conversations_handover,
    routes_conversations_letters,
    routes_conversations_reviewed,
    routes_conversations_suggest,
    routes_deliveries,
    routes_disputes,
    routes_earnings,
    routes_effect,
    routes_employee,
    routes_employee_picture,
    routes_employment,
    routes_films,
    routes_films_hands,
    routes_films_public,
    routes_films_tables,
    routes_films_things,
    routes_hire,
    routes_hire_contract,
    routes_home,
    routes_imports,
    routes_insiders,
    routes_install,
    routes_install_api,
    routes_install_playground,
    routes_install_visitors,
    routes_invitation,
    routes_language,
    routes_members,
    routes_memory,
    routes_models,
    routes_offer_codes,
    routes_offers,
    routes_operator,
    routes_orders,
    routes_outgoing,
    routes_payslips,
    routes_rates,
    routes_redemptions,
    routes_reset,
    routes_security,
    routes_shops,
    routes_sign_in,
    routes_sign_up,
    routes_statements,
    routes_teach,
    routes_teach_ask,
    routes_teach_document,
    routes_teach_golden,
    routes_teach_openings,
    routes_teach_site,
    routes_teach_skills,
    routes_teach_taste,
    routes_team,
    routes_verify,
    routes_what_if,
)
from app.dashboard.assets import assets
from app.dashboard.language import N_
from app.dashboard.page_route import PageRoute
from app.dashboard.problems import page_missing

router = APIRouter(route_class=PageRoute, include_in_schema=False)
PAGES = (
    routes_sign_in,
    routes_sign_up,
    routes_reset,
    routes_language,
    routes_invitation,
    routes_verify,
    routes_home,
    routes_conversations,
    routes_conversations_handover,
    routes_conversations_facts,
    routes_conversations_letters,
    routes_conversations_reviewed,
    routes_conversations_suggest,
    routes_earnings,
    routes_orders,
    routes_payslips,
    routes_statements,
    routes_bills_settings,
    routes_bills,
    routes_contracts,
    routes_disputes,
    routes_what_if,
    routes_effect,
    routes_models,
    routes_alerts,
    routes_rates,
    routes_deliveries,
    routes_connections,
    routes_imports,
    routes_outgoing,
    routes_team,
    routes_teach,
    routes_teach_ask,
    routes_teach_document,
    routes_teach_golden,
    routes_teach_openings,
    routes_teach_site,
    routes_teach_skills,
    routes_teach_taste,
    routes_redemptions,
    routes_offer_codes,
    routes_offers,
    routes_films_things,
    routes_films,
    routes_films_tables,
    routes_films_hands,
    routes_films_public,
    routes_install,
    routes_install_playground,
    routes_install_visitors,
    routes_install_api,
    routes_members,
    routes_memory,
    routes_api_keys,
    routes_insiders,
    routes_audit,
    routes_security,
    routes_authenticator,
    routes_shops,
    routes_hire,
    routes_hire_contract,
    routes_casting,
    routes_casting_hands,
    routes_casting_consent,
    routes_employee,
    routes_employee_picture,
    routes_employment,
    routes_operator,
)
for pages in PAGES:
    router.include_router(pages.router)


@router.get("/dashboard/static/{fingerprint}/{name}")
async def static_file(fingerprint: str, name: str) -> Response:
    """One of the dashboard's own files; an old fingerprint still gets the file, but is not kept for ever."""
    asset = assets().get(name)
    if asset is None:
        raise page_missing(N_("file"))
    keep = "public, max-age=31536000, immutable" if fingerprint == asset.fingerprint else "no-cache"
    return Response(asset.body, media_type=asset.media_type, headers={"Cache-Control": keep, "X-Content-Type-Options": "nosniff"})


@router.get("/dashboard/{path:path}")
async def nothing_here(path: str) -> Response:
    """Every other address under the dashboard, in words; `path` is only there to match any of them."""
    del path
    raise page_missing()
