"""How many characters the recogniser gets wrong of what our Chinese voices say: thirty sentences, figures compared as they are said."""

import re
from typing import Final

from pypinyin import lazy_pinyin
from spoken_chinese import SENTENCES
from word_errors import errors_between, spoken

from avatar_pipeline.engines.whisper import Whisper
from avatar_pipeline.text.chinese import say_chinese
from avatar_pipeline.text.written_chinese import simplified

HINT: Final = "以下是普通话的句子。"  # simplified characters, not the traditional ones
TWO_HUNDRED: Final = re.compile(r"两(?=[百千万])")  # written 200, it may be said either way
CHARACTER: Final = re.compile(r"[\u4e00-\u9fffA-Za-z]")


def characters_of(text: str) -> list[str]:
    """The characters of a sentence as they are said, in one writing: 30天 and 三十天 are the same, and so are 買單 and 买单."""
    said, position, text = "", 0, simplified(text)
    for start, end, words in say_chinese(text):
        said += text[position:start] + words
        position = end
    return CHARACTER.findall(TWO_HUNDRED.sub("二", said + text[position:]))


def character_error_percent(recogniser: Whisper, voice: str) -> tuple[float, float]:
    """Errors in percent over all sentences in one voice, counted in characters and in syllables; each sentence that went wrong is printed.

    The recogniser picks among characters that sound the same: that is an error of the first count and none of the second, which says
    what of the speech was misheard. Traditional characters count as the simplified ones they stand for.
    """
    wrong, count = [0, 0], 0
    for sentence in SENTENCES:
        heard = recogniser.recognise(spoken(sentence, voice), "zh", HINT).text
        wanted, given = characters_of(sentence), characters_of(heard)
        wrong[0] += errors_between(wanted, given)
        misheard = errors_between(syllables_of(wanted), syllables_of(given))
        wrong[1], count = wrong[1] + misheard, count + len(wanted)
        if misheard:
            print(f"    {voice}: {sentence} was heard as {heard}")
    return 100 * wrong[0] / count, 100 * wrong[1] / count


def syllables_of(characters: list[str]) -> list[str]:
    """The syllable of each character, without its tone."""
    return lazy_pinyin(characters)
