"""From thoughts to the widget's messages and back: what each event holds in the database and on the wire (app/widget/MESSAGES.md).

The rows are the truth about a turn: what was said can be read back from them by any process, also after a crash.
"""

import json
from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from app.conversations.thoughts import (
    Carded,
    Citation,
    MessageWanted,
    Offered,
    OfferedCoupon,
    PersonalCard,
    RepliesFit,
    Routed,
    Said,
    Thought,
)
from app.speaking.stream import Draft, StreamEvent
from app.speaking.voicing.audio_store import Piece
from billing.draw_code import bars_of, squares_of
from tenants.identifiers import to_public

PING = b": ping\n\n"
REPLACED = b'event: message\ndata: {"type":"stream:replaced"}\n\n'
"""Sent without a number to a reader whose line a newer one took: it must not come back by itself."""


def turn_started(question: str | None, key: str | None) -> Draft:
    """The employee begins; the greeting has no question."""
    return Draft("turn:start", {"question": question, "key": key})


def turn_ended(sentences: int, *, is_interrupted: bool) -> Draft:
    """The employee's last word of this turn."""
    return Draft("turn:end", {"sentences": sentences, "interrupted": is_interrupted})


def turn_failed(title: str, detail: str) -> Draft:
    """The answer could not be made; a turn:end follows."""
    return Draft("error", {"problem": {"type": "about:blank", "title": title, "status": 500, "detail": detail}})


def sentence(number: int, said_index: int, said: Said | None, piece: Piece, language: str) -> Draft:
    """One stretch of speech. `said` comes with the first stretch of a said sentence and carries its whole text and citations."""
    payload: dict[str, Any] = {"n": number, "text": piece.text, "said": said_index, "lang": language}
    payload |= {"audio": piece.key, "sample_count": piece.sample_count}
    if said is not None:
        payload["whole"] = said.text
        payload["citations"] = [
            {"passage": str(one.passage_id), "document": one.document_name, "quote": one.quote} for one in said.citations
        ]
    return Draft("sentence", payload)


def offer(coupon: OfferedCoupon, coupon_id: UUID | None) -> Draft:
    """A coupon was handed over, with its code as a scanner reads it (billing.draw_code says how)."""
    payload = _coupon_fields(coupon) | {"bars": bars_of(coupon.code), "squares": list(squares_of(coupon.code))}
    return Draft("offer", {"coupon": None if coupon_id is None else to_public("cpn", coupon_id), **payload})


def card(made: PersonalCard) -> Draft:
    """A personal card was made: what stands on it. The picture is drawn from this row whenever it is looked at."""
    on_it = None if made.coupon is None else _coupon_fields(made.coupon)
    return Draft("card", {"headline": made.headline, "product": made.product, "price": made.price, "coupon": on_it})


def card_of(payload: dict[str, Any]) -> PersonalCard:
    """Read a card back from its event."""
    return PersonalCard(
        payload["headline"], payload["product"], payload["price"], _coupon(payload["coupon"]) if payload["coupon"] else None
    )


def film(headline: str, state: str = "waiting", percent: int = 0) -> Draft:
    """A greeting film was ordered, or is further now: waiting, making, done, failed or gone. The panel shows the last word of a turn."""
    return Draft("film", {"headline": headline, "state": state, "percent": percent})


def offer_claimed(code: str) -> Draft:
    """The shopper copied a coupon; kept for the record."""
    return Draft("offer:claimed", {"code": code})


def offer_redeemed(code: str) -> Draft:
    """A coupon of this conversation was used at the till."""
    return Draft("offer:redeemed", {"code": code})


def message_wanted(wanted: MessageWanted) -> Draft:
    """The employee asks the shopper for a message to the staff."""
    return Draft("message:wanted", {"prompt": wanted.prompt})


def replies(fit: RepliesFit) -> Draft:
    """What the shopper may press instead of typing, as long as nothing else was asked."""
    return Draft("replies", {"texts": list(fit.texts)})


def agent(name: str, text: str) -> Draft:
    """A person of the shop writes, under the name the shopper sees."""
    return Draft("agent", {"name": name, "text": text})


def handover(state: str, name: str) -> Draft:
    """Who answers from now on: "waiting" (a person was called), "held" (a person named so) or "returned" (the employee again)."""
    return Draft("handover", {"state": state, "name": name})


def route(steps: Iterable[Routed]) -> Draft:
    """The way the question took; kept for the record, sent to nobody but a developer."""
    return Draft("route", {"steps": [vars(step) for step in steps]})


def thoughts_of(events: Sequence[StreamEvent]) -> list[Thought]:
    """Read back what a turn's events say was thought, in order, each said sentence once."""
    return [thought for event in events for thought in _thoughts(event.kind, event.payload)]


def pieces_sent(events: Sequence[StreamEvent]) -> Counter[int]:
    """How many stretches went out of each said sentence, by its index."""
    return Counter(event.payload["said"] for event in events if event.kind == "sentence")


def saids_sent(events: Sequence[StreamEvent]) -> int:
    """How many said sentences went out."""
    return sum("whole" in event.payload for event in events if event.kind == "sentence")


def saids_heard(events: Sequence[StreamEvent], *, heard_sentence: int, heard_ms: int) -> int:
    """How many said sentences the shopper heard: all stretches before `heard_sentence`, and that one when half of it sounded."""
    heard: dict[int, bool] = {}
    for event in events:
        if event.kind != "sentence":
            continue
        number, samples = event.payload["n"], event.payload["sample_count"] or 0
        is_heard = number < heard_sentence or (number == heard_sentence and 2 * 24 * heard_ms >= samples)
        heard[event.payload["said"]] = heard.get(event.payload["said"], True) and is_heard
    return sum(heard.values())


def words_heard(events: Sequence[StreamEvent], *, heard_sentence: int, heard_length: int) -> tuple[int, str] | None:
    """Which said sentence was cut in stretch `heard_sentence`, and its text up to the last word that was heard.

    `heard_length` counts characters of that stretch. None when the stretch is unknown or its words are not the sentence's own.
    """
    whole, at = "", 0
    for event in (event for event in events if event.kind == "sentence"):
        if "whole" in event.payload:
            whole, at = event.payload["whole"], 0
        at = whole.find(event.payload["text"], at)
        if at < 0:
            return None
        if event.payload["n"] == heard_sentence:
            return event.payload["said"], whole[: at + heard_length].rstrip()
        at += len(event.payload["text"])
    return None


def to_json(event: StreamEvent, piece: Piece | None) -> dict[str, Any]:
    """Give the message as the panel receives it. `piece` is the sound of a sentence, None when there is none or it was evicted."""
    payload = dict(event.payload)
    message: dict[str, Any] = {"type": event.kind, "turn": to_public("trn", event.turn_id)}
    if event.kind != "sentence":
        return message | payload
    for internal in ("said", "whole", "audio"):
        payload.pop(internal, None)
    payload["citations"] = [{"document": one["document"], "quote": one["quote"]} for one in payload.get("citations", ())]
    sound: dict[str, Any] = {"audio_url": None, "sample_count": 0, "sample_rate_hz": 24_000, "words": [], "score": None}
    if piece is not None and piece.key is not None:
        sound |= {"audio_url": f"/w/audio/{piece.key}.wav", "sample_count": piece.sample_count}
        sound |= {"words": list(piece.words), "score": piece.score}
    return message | payload | sound


def to_frame(event: StreamEvent, piece: Piece | None) -> bytes:
    """Give the message as one server-sent event."""
    data = json.dumps(to_json(event, piece), ensure_ascii=False, separators=(",", ":"))
    return f"id: {event.sequence}\ndata: {data}\n\n".encode()


def _thoughts(kind: str, payload: dict[str, Any]) -> list[Thought]:
    if kind == "sentence" and "whole" in payload:
        return [Said(payload["whole"], tuple(Citation(UUID(c["passage"]), c["document"], c["quote"]) for c in payload["citations"]))]
    if kind == "offer":
        return [Offered(_coupon(payload))]
    if kind == "card":
        return [Carded(card_of(payload))]
    if kind == "message:wanted":
        return [MessageWanted(payload["prompt"])]
    if kind == "route":
        return [Routed(**step) for step in payload["steps"]]
    return []


def _coupon_fields(coupon: OfferedCoupon) -> dict[str, Any]:
    return {"code": coupon.code, "title": coupon.title, "terms": coupon.terms_text, "expires_at": coupon.expires_at.isoformat()}


def _coupon(fields: dict[str, Any]) -> OfferedCoupon:
    return OfferedCoupon(fields["code"], fields["title"], fields["terms"], datetime.fromisoformat(fields["expires_at"]))
