"""What an inspection found, in plain words: a heading for each matter, and a sentence with the figures that decided."""

from collections.abc import Callable
from typing import Final

from app.casting.own_faces import casting_id_of
from app.dashboard.formatting import amount_text, count_text, rate_text
from app.dashboard.language import N_, P_, _
from app.studio.release_gate import InspectionView
from avatar_pipeline.inspect_film import Check, Matter, Outcome

TITLES: Final[dict[Matter, str]] = {
    Matter.SYNC: N_("Lips and sound"),
    Matter.SILENCE: N_("Quiet when silent"),
    Matter.WORDS: N_("Words"),
    Matter.LOUDNESS: N_("Loudness"),
    Matter.LABEL: N_("Label and mark"),
    Matter.ORIGINALITY: N_("Nobody else's face"),
    Matter.PRICES: N_("Prices"),
    Matter.LIKENESS: N_("Consent"),
}
NOT_JUDGED: Final[dict[str, str]] = {
    "language": N_("It could not be judged: lips are only watched in English films so far."),
    "weights": N_("It could not be judged: the weights that find faces are not installed here."),
    "words": N_("It could not be judged: the words could not be found in the sound."),
    "unknown_words": N_("It could not be judged: too many words are in no dictionary."),
    "too_short": N_("It was not judged: less than a second and a half is said, too little to tell whether lips and sound belong together."),
    "no_silence": N_("There is no pause long enough to judge."),
    "no_face": N_("No face was found in its first picture."),
    "no_list": N_("Prices are named, but no price list has been taught to hold them against."),
}
MEANS: Final[dict[str, str]] = {
    "recogniser": N_("by a recogniser"),
    "aligner": N_("by laying the script over the sound"),
    "voice_times": N_("by how long is spoken where the voice said it; the words themselves were not heard, for no recogniser is installed"),
}
IN_ORDER: Final = (
    Matter.WORDS, Matter.PRICES, Matter.SYNC, Matter.SILENCE, Matter.LOUDNESS, Matter.LABEL, Matter.LIKENESS, Matter.ORIGINALITY
)  # fmt: skip


def inspection_lines(found: InspectionView) -> list[tuple[Outcome, str, str]]:
    """Outcome, heading and sentence of every matter, what failed first."""
    first = sorted(found.checks, key=lambda one: (one.outcome is not Outcome.FAILED, IN_ORDER.index(one.matter)))
    return [(one.outcome, _(TITLES[one.matter]), sentence_of(one)) for one in first]


def what_stopped(found: InspectionView) -> str:
    """Why a film did not pass: a sentence for every matter that failed."""
    return " ".join(sentence_of(one) for one in found.failed)


def sentence_of(check: Check) -> str:
    """The sentence about one matter."""
    if check.outcome is Outcome.NOT_JUDGED:
        return _(NOT_JUDGED[check.how])
    return _SENTENCES[check.matter](check)


def _sync(check: Check) -> str:
    if check.how == "no_face":
        return _("The face is not to be found in many of its pictures.")
    late, shut, asked = (float(check.figures[name]) for name in ("late_ms", "shut", "asked"))
    times = count_text(abs(round(late)))
    said = N_("The lips are %(times)s ms behind the sound") if late > 0 else N_("The lips are %(times)s ms before it")
    when = _(said, times=times)
    counts = {"shut": count_text(int(shut)), "asked": count_text(int(asked))}
    return _("%(when)s; they shut for %(shut)s of %(asked)s sounds of p, b and m.", when=when, **counts)


def _silence(check: Check) -> str:
    if check.how == "no_face":
        return _("The face is not to be found in many of its pictures.")
    return _("In silence the lips move by %(percent)s %% of what they do in speech.", percent=f"{float(check.figures['percent']):.1f}")


def _words(check: Check) -> str:
    heard, wrong = int(check.figures["sentences"]), int(check.figures["wrong"])
    means = _(MEANS[check.how])
    if wrong:
        sentence = check.figures.get("sentence", "")
        return _("This sentence is not what is heard (%(means)s): %(sentence)s", means=means, sentence=sentence)
    return P_("%(count)s sentence was heard again, %(means)s.", "%(count)s sentences were heard again, %(means)s.", heard, means=means)


def _loudness(check: Check) -> str:
    figures = {name: f"{float(check.figures[name]):.1f}" for name in ("lufs", "peak_db")}
    return _("%(lufs)s LUFS by ITU-R BS.1770, at most %(peak_db)s dBTP.", **figures)


def _label(check: Check) -> str:
    if check.how == "unreadable":
        return _("The file cannot be read: %(why)s", why=check.figures["why"])
    if check.how:
        return _("The file does not say that AI made it.") if check.how == "label" else _("The mark in its pictures cannot be read back.")
    return _("It says that AI made it, and the invisible mark was read back.")


def _originality(check: Check) -> str:
    nearest, alike = str(check.figures["nearest"]), rate_text(round(100 * float(check.figures["alike"])) * 10_000)
    nearest = nearest.capitalize() if casting_id_of(nearest) is None else _("a face of another shop")
    if check.outcome is Outcome.FAILED:
        return _("The face is %(alike)s like %(nearest)s, which belongs to somebody else.", nearest=nearest, alike=alike)
    return _("The nearest other face we know is %(nearest)s, %(alike)s alike.", nearest=nearest, alike=alike)


def _prices(check: Check) -> str:
    if check.how == "none_named":
        return _("It names no price.")
    if check.outcome is Outcome.PASSED:
        named = int(check.figures["named"])
        return P_("The price it names is on the list.", "All %(count)s prices it names are on the list.", named)
    said = {"said": check.figures["said"], "product": check.figures["product"]}
    if check.how == "not_listed":
        return _("%(said)s stands nowhere on the price list.", said=said["said"])
    listed = amount_text(int(float(check.figures["listed_minor"])), str(check.figures["currency"]))
    return _("It says %(said)s for %(product)s; the price list says %(listed)s.", **said, listed=listed)


def _likeness(check: Check) -> str:
    if check.outcome is Outcome.FAILED:
        return _("No consent in force covers this person's face in films.")
    return _("The face is nobody's, or its person has consented.")


_SENTENCES: Final[dict[Matter, Callable[[Check], str]]] = {
    Matter.SYNC: _sync, Matter.SILENCE: _silence, Matter.WORDS: _words, Matter.LOUDNESS: _loudness, Matter.LABEL: _label,
    Matter.ORIGINALITY: _originality, Matter.PRICES: _prices, Matter.LIKENESS: _likeness,
}  # fmt: skip
