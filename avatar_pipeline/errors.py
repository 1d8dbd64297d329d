"""What the theatre may refuse to do, each refusal a sentence.

The web edge keeps a table from these classes to HTTP answers, so every message here says what a person can do about it.
"""


class StageRefusal(Exception):
    """Anything the theatre turns down on purpose; a programming mistake is never one of these."""


class WeightsMissing(StageRefusal):
    """A model's weights are in none of the places the manifest names."""


class WeightsDamaged(StageRefusal):
    """A weights file was found, but it is not byte for byte the one this version was built with."""


class VoiceUnknown(StageRefusal):
    """A voice was asked for by a name that no engine answers to."""


class LanguageNotSpoken(StageRefusal):
    """The text is written in a script that the chosen voice cannot read aloud."""


class TextTooLong(StageRefusal):
    """More text was handed over at once than one call speaks."""


class ScoreVersionUnknown(StageRefusal):
    """A motion score carries a format name that this version does not know, so it is not guessed at."""


class ScoreDamaged(StageRefusal):
    """A motion score says one thing about itself and holds another."""


class AvatarDoesNotFit(StageRefusal):
    """The network's memory has no room for one more avatar; another machine has to take it, or the browser's rig."""


class ListeningPartsMissing(StageRefusal):
    """Understanding speech needs packages and weights that this installation does not have."""


class NeuralPartsMissing(StageRefusal):
    """An engine needs torch and its companions, which this installation does not have."""
