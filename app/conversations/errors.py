"""Everything that can be wrong with what people give this room. The HTTP edge maps each class to a status."""


class ConversationsError(Exception):
    """Root of this room's errors; its text may be shown to a person."""


class DocumentNotReadable(ConversationsError):
    """The bytes are not text we can teach from."""


class DocumentTooLarge(ConversationsError):
    """The document is over a named limit."""


class DocumentEmpty(ConversationsError):
    """Nothing in the document could be taught."""


class PriceListHasNoNames(ConversationsError):
    """No column of the CSV holds product names."""


class EmployeeUnknown(ConversationsError):
    """No such employee works for this tenant."""


class ConversationUnknown(ConversationsError):
    """No such conversation belongs to this tenant."""


class TurnUnknown(ConversationsError):
    """No such turn belongs to this tenant."""


class ConversationFull(ConversationsError):
    """The conversation reached its number of turns."""


class TurnsTooFast(ConversationsError):
    """The shopper writes faster than a person can; the message is not recorded and may be sent again shortly."""


class ConversationHeld(ConversationsError):
    """Another member of the shop holds the conversation."""


class ConversationNotHeld(ConversationsError):
    """The member does not hold the conversation (any more), so nothing was written."""


class TextMissing(ConversationsError):
    """Nothing was written, or nothing that can be shown."""


class NoteUnknown(ConversationsError):
    """No such note stands beside this conversation."""


class ReviewedAnswerUnknown(ConversationsError):
    """No such reviewed answer belongs to this tenant."""


class SecondLookNeeded(ConversationsError):
    """Whoever wrote an answer may not also be the one who looks a second time."""


class ReviewNotPossible(ConversationsError):
    """The reviewed answer is not in a state that allows this."""


class UploadsTooMany(ConversationsError):
    """Too many documents of this shop wait to be read."""


class UploadUnknown(ConversationsError):
    """No such document waits here."""


class DocumentUnknown(ConversationsError):
    """No such document belongs to this tenant."""


class GoldenQuestionUnknown(ConversationsError):
    """No such golden question belongs to this tenant."""


class GoldenQuestionNotFit(ConversationsError):
    """The question or its facts cannot be used."""


class CallsInvalid(ConversationsError):
    """A setting of the letters to the staff cannot be kept: which field, and what to type there."""

    def __init__(self, field: str, advice: str) -> None:
        super().__init__(f"{field}: {advice}")
        self.field, self.advice = field, advice


class FieldNotFit(ConversationsError):
    """Something a form gave cannot be kept: which field, and what to write there."""

    def __init__(self, field: str, advice: str) -> None:
        super().__init__(advice)
        self.field, self.advice = field, advice


class SkillNotFit(FieldNotFit):
    """The description of a shop's own skill cannot be kept."""


class SkillUnknown(ConversationsError):
    """No such skill belongs to this tenant."""


class OpeningUnknown(ConversationsError):
    """No such first words belong to this tenant."""


class SiteNotReadable(ConversationsError):
    """The shop's site cannot be read now, or does not want to be."""


class SiteReadingUnknown(ConversationsError):
    """No such reading of a site belongs to this tenant."""
