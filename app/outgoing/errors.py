"""What can go wrong with outgoing webhooks, each as a sentence."""


class OutgoingError(Exception):
    """The root of this room's errors: expected refusals that say what to do."""


class EndpointRefused(OutgoingError):
    """An address, or a choice of topics, that cannot be."""


class EndpointUnknown(OutgoingError):
    """The shop has no such endpoint, or no such message."""
