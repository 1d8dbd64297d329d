"""A route whose errors are pages: the dashboard answers people, so a problem is a page with advice, not a JSON document."""

from collections.abc import Callable, Coroutine
from typing import Any, Final
from urllib.parse import quote

from fastapi import Request, Response
from fastapi.exceptions import RequestValidationError
from fastapi.routing import APIRoute

from app.conversations.errors import ConversationUnknown
from app.dashboard.pages import go_to, page
from app.dashboard.problems import PageProblem, SignInNeeded, page_missing
from billing.errors import DeliveryUnknown, OrderUnknown
from tenants.errors import EmployeeNotAtWork
from tenants.identifiers import PublicIdUnreadable

MISSING: Final[dict[type[Exception], str]] = {
    ConversationUnknown: "conversation",
    DeliveryUnknown: "delivery",
    EmployeeNotAtWork: "employee",
    OrderUnknown: "order",
    PublicIdUnreadable: "page",
}
"""Errors that mean "not here", and the word for what is not. Another shop's ids end here too: the database shows them to nobody."""


class PageRoute(APIRoute):
    """Turns what a page may raise into a page or a redirect; anything unexpected goes on to the request edge."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """Wrap FastAPI's handler."""
        handle = super().get_route_handler()

        async def answer(request: Request) -> Response:
            try:
                return await handle(request)
            except SignInNeeded as needed:
                return _to_sign_in(request, needed)
            except PageProblem as problem:
                return problem_page(problem)
            except RequestValidationError:
                return problem_page(PageProblem(422, "This address does not fit", "A filter or field has a value it cannot have."))
            except tuple(MISSING) as error:
                return problem_page(page_missing(next(word for kind, word in MISSING.items() if isinstance(error, kind))))

        return answer


def problem_page(problem: PageProblem) -> Response:
    """Render a problem with its advice and one action."""
    return page("problem.html", status=problem.status, problem=problem)


def _to_sign_in(request: Request, needed: SignInNeeded) -> Response:
    address = "/dashboard/sign-in" if needed.wanted == "/dashboard" else f"/dashboard/sign-in?next={quote(needed.wanted, safe='')}"
    if request.headers.get("HX-Request") == "true":
        return Response(status_code=401, headers={"HX-Redirect": address})  # a live region of an ended session
    return go_to(address)
