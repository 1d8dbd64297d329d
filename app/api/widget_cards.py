"""The picture of a personal card, drawn when it is looked at: the name on it is kept in the conversation and nowhere else.

Two are drawn at once in one process; others wait their turn, so that cards never hold up talk.
"""

from dataclasses import dataclass
from functools import partial
from typing import Final
from zoneinfo import ZoneInfo

import anyio
import anyio.to_thread
from babel.dates import format_datetime
from fastapi import APIRouter, Response
from sqlalchemy.orm import Session

from app.api.widget_door import CounterOf, VisitOf, public_id
from app.api.widget_faces import served_face
from app.api.widget_pages import DEFAULT_LANGUAGE, languages, texts_in
from app.conversations.thoughts import PersonalCard
from app.speaking.cards import card_of_turn, language_of_talk
from avatar_pipeline.personal_card import CardText, draw_personal_card
from avatar_pipeline.provenance import FilmPapers
from tenants.employee import EmployeeView, employee_view
from tenants.tenant import TenantView, tenant_view

router = APIRouter()

DRAWN_AT_ONCE_MAX: Final = 2
DRAWING: Final = anyio.CapacityLimiter(DRAWN_AT_ONCE_MAX)
FOOTS: Final = {
    "en": "Made by {name}, an AI employee of {shop}",
    "zh": "由{shop}的 AI 店员{name}制作",
    "ja": "{shop}のAIスタッフ{name}が作成",
    "fr": "Fait par {name}, IA de {shop}",
}
HEADERS: Final = {
    "Cache-Control": "no-store", "X-Content-Type-Options": "nosniff", "Content-Disposition": 'attachment; filename="card.png"',
}  # fmt: skip


@dataclass(frozen=True)
class _Found:
    card: PersonalCard
    employee: EmployeeView
    shop: TenantView
    language: str


@router.get("/w/{key}/conversations/{conversation}/cards/{turn}")
async def card(turn: str, visit: VisitOf, counter: CounterOf) -> Response:
    """The card as PNG. 404 where no card was made in this turn, or where the face on it may be shown no longer."""
    house, turn_id = counter.house, public_id("trn", turn, "turn")

    def verb(session: Session) -> _Found:
        made = card_of_turn(session, conversation_id=visit.conversation_id, turn_id=turn_id)
        spoken = language_of_talk(session, conversation_id=visit.conversation_id)
        language = spoken if spoken in languages() else DEFAULT_LANGUAGE
        return _Found(made, employee_view(session, visit.employee_id), tenant_view(session), language)

    found = await house.run(visit.tenant_id, verb)
    face = await served_face(house, found.employee.face_id)
    papers = FilmPapers(producer=found.shop.name, produce_id=turn)
    draw = partial(draw_personal_card, _text(found), face.poster_path, papers)
    return Response(await anyio.to_thread.run_sync(draw, limiter=DRAWING), media_type="image/png", headers=HEADERS)


def _text(found: _Found) -> CardText:
    """The card in words, the shop's day for the coupon's last one."""
    made, texts, coupon = found.card, texts_in(found.language), found.card.coupon
    foot = FOOTS.get(found.language, FOOTS[DEFAULT_LANGUAGE]).format(name=found.employee.name, shop=found.shop.name)
    if coupon is None:
        return CardText(made.headline, made.product, made.price, foot=foot)
    last = coupon.expires_at.astimezone(ZoneInfo(found.shop.time_zone))
    until = texts["expires"].format(date=format_datetime(last, "medium", locale=found.language))
    terms = f"{coupon.terms_text} {until}" if coupon.terms_text else until
    return CardText(made.headline, made.product, made.price, coupon.title, coupon.code, terms, foot)
