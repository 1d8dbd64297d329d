"""What was found in a film, in plain words: what is proven, by what, and what it does not prove."""

import math
from dataclasses import dataclass
from typing import Final

from app.dashboard.formatting import count_text
from app.dashboard.language import N_, P_, _
from app.studio.works import KnownFilm
from avatar_pipeline.provenance import Credentials, MediaReport, Verdict

Fact = tuple[str, str]
ZEROS_MAX: Final = 12
"""Chances smaller than one in a million million are all the same to a reader."""

TITLES: Final[dict[Verdict, str]] = {
    Verdict.UNALTERED: N_("Made here, and unchanged"),
    Verdict.ALTERED: N_("Made with Tillhand, and changed since"),
    Verdict.CONTRADICTORY: N_("Its signature and its pictures name two films"),
    Verdict.SIGNED_ELSEWHERE: N_("Signed by somebody we do not know"),
    Verdict.CLAIMS_AI: N_("It says that AI made it; nothing proves who did"),
    Verdict.NOTHING: N_("Nothing was found in it"),
}
MEANINGS: Final[dict[Verdict, str]] = {
    Verdict.UNALTERED: N_("We made this film. The person in it is made by AI, and not one byte has changed since."),
    Verdict.ALTERED: N_(
        "The person in it is made by AI. After it was made, the file was encoded again, cut or edited: what is said in it may differ."
    ),
    Verdict.CONTRADICTORY: N_("Somebody put a signature on other pictures, or pictures behind another signature. Trust neither."),
    Verdict.SIGNED_ELSEWHERE: N_(
        "It has not changed since it was signed. Whether to trust the signer is for you to judge: anybody can make a name."
    ),
    Verdict.CLAIMS_AI: N_("Anybody can write such a label, and leave it out. Without a mark and a signature it proves nothing."),
    Verdict.NOTHING: N_("It carries no label, no mark and no signature of ours. That does not prove that a camera took it."),
}
TONES: Final[dict[Verdict, str]] = {Verdict.UNALTERED: "good", Verdict.CONTRADICTORY: "bad"}


@dataclass(frozen=True)
class FilmAnswer:
    """A title, what it means, and the facts it rests on. `tone` colours it: good, bad or plain."""

    title: str
    meaning: str
    tone: str
    facts: tuple[Fact, ...]


def answer_of(report: MediaReport, known: KnownFilm | None, house: str) -> FilmAnswer:
    """Say what was found, in the reader's language. `known` is the film in this house's books whose mark it carries."""
    facts = [(_("Film"), _film(report, known, house)), (_("Signature"), _signature(report.credentials))]
    facts += [(_("Mark in the pictures"), _mark(report)), (_("Label in the file"), _label(report))]
    seen = P_("%(count)s picture looked at", "%(count)s pictures looked at", report.pictures_read)
    size = _(
        "%(width)s × %(height)s pixels, %(seconds)s seconds",
        width=report.width_px,
        height=report.height_px,
        seconds=f"{report.duration_s:.1f}",
    )
    facts.append((_("What was read"), _("%(size)s; %(seen)s.", size=size, seen=seen)))
    if report.ends_early:
        facts.append((_("Damage"), _("The file ends early or is damaged. What is left of it was read.")))
    return FilmAnswer(_(TITLES[report.verdict]), _(MEANINGS[report.verdict]), TONES.get(report.verdict, "plain"), tuple(facts))


def _film(report: MediaReport, known: KnownFilm | None, house: str) -> str:
    if report.film is None:
        return _("Unknown.")
    if known is None:
        return _("%(film)s. %(house)s has no film of that name in its records.", film=report.film, house=house)
    return _(
        "%(film)s: “%(title)s”, with %(employee)s, for %(shop)s, begun on %(day)s.",
        film=report.film, title=known.title, employee=known.employee, shop=known.shop, day=known.begun_at.date().isoformat(),
    )  # fmt: skip


def _signature(found: Credentials | None) -> str:
    if found is None:
        return _("None. Encoding a film again, or sending it through a platform, takes it away.")
    if found.is_ours:
        return _("By %(signer)s, whose certificate we know. Not one byte has changed since.", signer=found.signed_by)
    if found.is_whole:
        return _("By “%(signer)s”, whose certificate we do not know. Not one byte has changed since.", signer=found.signed_by)
    return _("Broken: the file was changed after it was signed.")


def _mark(report: MediaReport) -> str:
    if report.mark is None:
        return _("None found.")
    zeros = min(ZEROS_MAX, math.floor(-math.log10(max(report.mark.false_alarm_bound, 1e-300))))
    chance = _("Of %(count)s films without a mark, fewer than one looks like this.", count=count_text(10**zeros))
    if report.mark.film_id is None:
        return _("There is one, too faint to read its number. %(chance)s", chance=chance)
    return _("%(film)s. %(chance)s", film=report.film, chance=chance)


def _label(report: MediaReport) -> str:
    if report.label is None:
        return _("None.")
    if not report.label.is_ai:
        return _("One that does not say “made by AI”.")
    return _(
        "“Made by AI”; maker “%(producer)s”, number “%(number)s”. Anybody can write this.",
        producer=report.label.producer, number=report.label.produce_id,
    )  # fmt: skip
