"""What can keep a page from being shown, each as a page that says what to do."""

from dataclasses import dataclass, field

from app.dashboard.language import N_, P_, _


class SignInNeeded(Exception):
    """Nobody is signed in, or the session has ended; the reader goes to the sign-in page and comes back."""

    def __init__(self, wanted: str) -> None:
        super().__init__("Sign in first.")
        self.wanted = wanted


class CodeNeeded(Exception):
    """The shop requires an authenticator, and this member signed in without one; they are led to its set-up."""


@dataclass
class PageProblem(Exception):
    """A page that cannot be shown: its status, a title, and what to do."""

    status: int
    title: str
    advice: str
    action_text: str = field(default_factory=lambda: _("Go to Home"))
    action_url: str = "/dashboard"
    retry_after_seconds: int = 0
    is_public: bool = False
    """A stranger's page: it may be opened out of the widget's sandboxed panel, which browsers refuse with an opener policy."""


def page_missing(what: str = N_("page")) -> PageProblem:
    """The address leads to nothing this shop has; `what` is marked by N_. Another shop's ids give the very same answer."""
    advice = _("The address may be mistyped, or this %(what)s belongs to another shop.", what=_(what))
    return PageProblem(404, _("There is no such %(what)s", what=_(what)), advice)


def film_gone() -> PageProblem:
    """A published film's address that leads to none. Whoever opens it is mostly a stranger to the house, whom no page of it helps on."""
    advice = _("The address may be mistyped, or the shop has taken the film away.")
    return PageProblem(404, _("There is no such film"), advice, "", "", is_public=True)


def link_not_valid(why: str) -> PageProblem:
    """A link from a letter that opens nothing any more."""
    return PageProblem(410, _("This link opens nothing any more"), why, _("Go to sign-in"), "/dashboard/sign-in")


def tried_too_often(wait_seconds: int) -> PageProblem:
    """Somebody guesses, or a program does; the answer waits."""
    minutes = (wait_seconds + 59) // 60
    advice = P_(
        "Nothing was changed. Wait %(count)s minute, then try again.",
        "Nothing was changed. Wait %(count)s minutes, then try again.",
        minutes,
    )
    return PageProblem(429, _("That was tried too often"), advice, retry_after_seconds=wait_seconds)


def form_refused() -> PageProblem:
    """A form came without the secret the page gave it: an old tab, or another site's doing. Nothing was changed."""
    advice = _("Nothing was changed. Open the page again and repeat what you did.")
    return PageProblem(403, _("This form is out of date"), advice, _("Open the dashboard again"))
