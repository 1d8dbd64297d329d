"""Chinese words as the symbols Kokoro was trained on: cut by jieba, read in pinyin by pypinyin, written in phonetic letters by misaki.

The three packages are the ones whose output the model learned from. They come with `make setup-voices`.
"""

from __future__ import annotations

import logging
import re
import threading
import warnings
from functools import lru_cache
from typing import Any, Final

from avatar_pipeline.errors import WeightsMissing

_TONES: Final = (("˧˩˧", "↓"), ("˧˥", "↗"), ("˥˩", "↘"), ("˥", "→"))  # third, second, fourth and first tone; longest first
_SYLLABIC: Final = re.compile("[ɹɻ]\u0329")  # the vowel of si and shi, which the model writes ɨ
_OTHER_MARKS: Final = "˧˨˩\u032f"
_LOADING: Final = threading.Lock()


def cut_words(text: str) -> list[str]:
    """Cut Chinese text into words; joined they are the text again. Raises WeightsMissing when the packages are not installed."""
    return list(_tokenizer().cut(text))


@lru_cache(maxsize=20_000)
def sounds_of_word(word: str) -> str:
    """The sounds of one Chinese word: 你好 is "ni↓xau↓". A character nobody can read gives nothing."""
    from misaki.transcription import pinyin_to_ipa
    from pypinyin import Style, lazy_pinyin

    sounds = ""
    for syllable in lazy_pinyin(word, style=Style.TONE3, neutral_tone_with_five=True, errors="ignore"):
        parts = next(iter(pinyin_to_ipa(syllable)))
        sounds += "".join(_in_kokoros_letters(part) for part in parts)
    return sounds


def _in_kokoros_letters(part: str) -> str:
    for tone, arrow in _TONES:
        part = part.replace(tone, arrow)
    part = _SYLLABIC.sub("ɨ", part)
    return "".join(letter for letter in part if letter not in _OTHER_MARKS)


def _tokenizer() -> Any:
    with _LOADING:
        return _load()


@lru_cache(maxsize=1)
def _load() -> Any:
    """The word list in memory only: its package would keep a copy in the shared temporary folder, which anybody may write."""
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the package's own old habits
            import jieba
            import misaki.transcription
            import pypinyin
    except ImportError as missing:
        raise WeightsMissing(f"Chinese needs the package {missing.name}: run `make setup-voices`.") from missing
    del misaki, pypinyin
    jieba.setLogLevel(logging.ERROR)
    tokenizer = jieba.Tokenizer()
    tokenizer.FREQ, tokenizer.total = tokenizer.gen_pfdict(tokenizer.get_dict_file())
    tokenizer.initialized = True
    return tokenizer
