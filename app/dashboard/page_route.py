"""A route whose errors are pages: the dashboard answers people, so a problem is a page with advice, not a JSON document."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from app.casting.errors import CastingUnknown
from app.conversations.errors import (
    ConversationUnknown,
    DocumentUnknown,
    GoldenQuestionUnknown,
    NoteUnknown,
    ReviewedAnswerUnknown,
    TurnUnknown,
    UploadUnknown,
)
from app.dashboard.language import N_, _, reading, said
from app.dashboard.pages import go_to, page
from app.dashboard.problems import CodeNeeded, PageProblem, SignInNeeded, link_not_valid, page_missing
from app.studio.errors import FilmUnknown
from billing.errors import (
    ConnectionUnknown,
    ContractUnknown,
    CouponUnknown,
    DeliveryUnknown,
    DisputeUnknown,
    OfferUnknown,
    OrderUnknown,
    StatementUnknown,
)
from billing.payment_errors import BillUnknown
from tenants.errors import ApiKeyUnknown, EmployeeNotAtWork, LastOwnerMustStay, LinkNotValid, MemberUnknown, RoleNotYours
from tenants.identifiers import PublicIdUnreadable

MISSING: Final[dict[type[Exception], str]] = {
    ApiKeyUnknown: N_("key"),
    BillUnknown: N_("bill"),
    CastingUnknown: N_("face"),
    ConnectionUnknown: N_("connection"),
    ContractUnknown: N_("contract"),
    ConversationUnknown: N_("conversation"),
    CouponUnknown: N_("coupon"),
    DeliveryUnknown: N_("delivery"),
    DisputeUnknown: N_("dispute"),
    DocumentUnknown: N_("document"),
    EmployeeNotAtWork: N_("employee"),
    FilmUnknown: N_("film"),
    GoldenQuestionUnknown: N_("golden question"),
    MemberUnknown: N_("member or invitation"),
    NoteUnknown: N_("note"),
    OfferUnknown: N_("offer"),
    OrderUnknown: N_("order"),
    PublicIdUnreadable: N_("page"),
    ReviewedAnswerUnknown: N_("reviewed answer"),
    StatementUnknown: N_("statement"),
    TurnUnknown: N_("answer"),
    UploadUnknown: N_("document waiting"),
}
"""Errors that mean "not here", and the word for what is not. Another shop's ids end here too: the database shows them to nobody."""


REFUSED: Final = (LastOwnerMustStay, RoleNotYours)
ANSWERED: Final[tuple[type[Exception], ...]] = (PageProblem, RequestValidationError, LinkNotValid, *REFUSED, *MISSING)


class PageRoute(APIRoute):
    """Turns what a page may raise into a page or a redirect; anything unexpected goes on to the request edge."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            with reading(request):
                try:
                    return await handle(request)
                except SignInNeeded as needed:
                    return _to_sign_in(request, needed)
                except CodeNeeded:
                    return _to_set_up(request)
                except ANSWERED as error:
                    return problem_page(problem_of(error))

        return answer


def problem_of(error: Exception) -> PageProblem:
    """The page that answers an error of ANSWERED."""
    if isinstance(error, PageProblem):
        return error
    if isinstance(error, LinkNotValid):
        return link_not_valid(said(error))
    if isinstance(error, REFUSED):
        return PageProblem(403, _("That is not possible"), said(error), _("Open the members"), "/dashboard/members")
    if isinstance(error, RequestValidationError):
        return PageProblem(422, _("This address does not fit"), _("A filter or field has a value it cannot have."))
    return page_missing(next(word for kind, word in MISSING.items() if isinstance(error, kind)))


def problem_page(problem: PageProblem) -> Response:
    """Render a problem with its advice and one action."""
    response = page("problem.html", status=problem.status, problem=problem)
    if problem.retry_after_seconds:
        response.headers["Retry-After"] = str(problem.retry_after_seconds)
    if problem.is_public:
        del response.headers["Cross-Origin-Opener-Policy"]
    return response


def _to_set_up(request: Request) -> Response:
    address = "/dashboard/security"
    return Response(status_code=401, headers={"HX-Redirect": address}) if request.headers.get("HX-Request") == "true" else go_to(address)


def _to_sign_in(request: Request, needed: SignInNeeded) -> Response:
    address = "/dashboard/sign-in" if needed.wanted == "/dashboard" else f"/dashboard/sign-in?next={quote(needed.wanted, safe='')}"
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": address})  # a live region of an ended session
    return go_to(address)
