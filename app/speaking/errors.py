"""What can go wrong on the line, as sentences; the HTTP edge maps each class to a status."""


class SpeakingError(Exception):
    """Root of this room's refusals; the text may be shown to a person."""


class EventNumberUnknown(SpeakingError):
    """The panel says it has an event that this conversation never sent."""


class TurnNotOfConversation(SpeakingError):
    """The conversation never had such a turn."""


class OfferNotOfConversation(SpeakingError):
    """No coupon with this code was handed out in the conversation."""


class CardNotOfConversation(SpeakingError):
    """No card was made in this turn of the conversation."""


class LineClosed(SpeakingError):
    """Nobody can write to the shopper: the conversation has no line."""


class PronunciationUnusable(SpeakingError):
    """What was written for the list of names cannot be kept. `about` is the field: "written" or "said"."""

    def __init__(self, text: str, *, about: str) -> None:
        super().__init__(text)
        self.about = about
