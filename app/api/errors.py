"""Every error a caller may meet, as an RFC 9457 problem document that says what to do. One table: class -> status and advice."""

import logging
from http import HTTPStatus
from typing import Any

from fastapi import FastAPI, Request
from fastapi.exceptions import RequestValidationError
from fastapi.responses import JSONResponse
from starlette.exceptions import HTTPException

from app.conversations import errors as conversations
from app.outgoing import errors as outgoing
from app.speaking import errors as speaking
from billing import errors as billing
from tenants import errors as tenants

log = logging.getLogger(__name__)
DETAIL_LENGTH_MAX = 500


class ApiProblem(Exception):
    """An error of the edge itself: a bad token, a body of the wrong kind."""

    def __init__(self, status: int, title: str, detail: str, **extra: Any) -> None:
        super().__init__(title)
        self.status, self.title, self.detail, self.extra = status, title, detail, extra


def problem(status: int, title: str, detail: str, *, headers: dict[str, str] | None = None, **extra: Any) -> JSONResponse:
    """Make the response. `detail` says in plain words what happened and what to do."""
    body = {"type": "about:blank", "title": title, "status": status, "detail": detail[:DETAIL_LENGTH_MAX], **extra}
    return JSONResponse(body, status_code=status, media_type="application/problem+json", headers=headers)


def add_error_handlers(app: FastAPI) -> None:
    """Give the application one handler per kind of error; what no table row names is a 500 that is logged and says nothing inside."""
    for error_class in EXPECTED:
        app.add_exception_handler(error_class, _expected)
    app.add_exception_handler(Exception, _unexpected)


def answer_to(error: Exception) -> JSONResponse:
    """The problem document for an error of EXPECTED."""
    if isinstance(error, ApiProblem):
        return problem(error.status, error.title, error.detail, **error.extra)
    if isinstance(error, RequestValidationError):
        errors = [{"pointer": "/".join(str(part) for part in item["loc"]), "detail": item["msg"]} for item in error.errors()[:20]]
        return problem(422, "The request does not fit", "Some fields are missing or of the wrong kind; see errors.", errors=errors)
    if isinstance(error, HTTPException):
        title = HTTPStatus(error.status_code).phrase
        headers = dict(error.headers) if error.headers else None
        return problem(error.status_code, title, str(error.detail) if error.detail != title else f"{title}.", headers=headers)
    return problem(status_of(error), _words(type(error).__name__), str(error), code=type(error).__name__)


def status_of(error: Exception) -> int:
    """The HTTP status of an error of the rooms."""
    return next(STATUS_OF[cls] for cls in type(error).__mro__ if cls in STATUS_OF)


async def _expected(_request: Request, error: Exception) -> JSONResponse:
    return answer_to(error)


async def _unexpected(request: Request, error: Exception) -> JSONResponse:
    return answer_to_unexpected(request, error)


def answer_to_unexpected(request: Request, error: Exception) -> JSONResponse:
    """The answer to what no table row names: logged, and told without a word of what is inside."""
    log.error("a request failed", exc_info=error, extra={"path": request.url.path, "error_class": type(error).__name__})
    return problem(500, "Something broke on our side", "The error was logged. Try again; if it stays, tell support the time.")


def _words(name: str) -> str:
    """CouponAlreadyRedeemed -> Coupon already redeemed."""
    spaced = "".join(f" {letter.lower()}" if letter.isupper() else letter for letter in name)
    return spaced.strip().capitalize()


STATUS_OF: dict[type[Exception], int] = {
    outgoing.EndpointUnknown: 404,
    outgoing.EndpointRefused: 422,
    tenants.ShopClosed: 410,
    tenants.EmployeeNotAtWork: 404,
    tenants.OriginInvalid: 422,
    tenants.SignInRefused: 401,
    tenants.PasswordTooWeak: 422,
    tenants.EmailAlreadyKnown: 409,
    tenants.ApiKeyScopeMissing: 403,
    conversations.ConversationUnknown: 404,
    conversations.TurnUnknown: 404,
    conversations.EmployeeUnknown: 404,
    conversations.ConversationFull: 409,
    conversations.TurnsTooFast: 429,
    conversations.ConversationsError: 422,
    speaking.TurnNotOfConversation: 404,
    speaking.OfferNotOfConversation: 404,
    speaking.CardNotOfConversation: 404,
    speaking.SpeakingError: 400,
    billing.ConnectionUnknown: 404,
    billing.SignatureInvalid: 401,
    billing.TimestampOutsideTolerance: 401,
    billing.BodyTooLarge: 413,
    billing.ReplayRefused: 409,
    billing.DeliveryContentChanged: 409,
    billing.CouponUnknown: 404,
    billing.CouponExpired: 410,
    billing.CouponAlreadyRedeemed: 409,
    billing.CouponReservedElsewhere: 409,
    billing.OfferUnknown: 404,
    billing.OrderUnknown: 404,
    billing.DeliveryUnknown: 404,
    billing.OrderBookTaken: 409,
    billing.LinkUnknown: 404,
    billing.ContractUnknown: 404,
    billing.StatementUnknown: 404,
    billing.DisputeUnknown: 404,
    billing.PeriodNotDue: 409,
    billing.EarningEventChanged: 409,
    billing.TermsShownDiffer: 409,
    billing.RateAlreadyPublished: 409,
    billing.BillingError: 422,
}

EXPECTED: tuple[type[Exception], ...] = (ApiProblem, RequestValidationError, HTTPException, *STATUS_OF)
"""Every error that is an answer and no fault of ours."""
