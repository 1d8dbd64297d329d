"""Where a sentence ends, and how a long one is divided so that it can be spoken in one breath."""

import re

SPOKEN_WORDS_MAX = 25

_ABBREVIATION = re.compile(r"\b(?:e\.g|i\.e|etc|approx|incl|excl|nos?|mrs?|ms|dr|st|vs|max|min|a\.m|p\.m|[a-z])\.$", re.IGNORECASE)
_TITLE = re.compile(r"\b(?:Dr|Mrs?|Ms|St|No|Prof)\.$")
_END = re.compile(r"(?<=[.!?…])[\"'”’)\]]*\s+(?=[\"'“‘(\[]?\S)|(?<=[。！？])")
_PAUSE = re.compile(r"(?<=[;:])\s+|(?<=[；：])|\s+[–—]\s+|,\s+(?=(?:and|but|or|so|which|please|because|unless|et|mais)\b)")
_COMMA = re.compile(r"(?<=,)\s+|(?<=[、，])")
_CJK = re.compile(r"[\u3040-\u30ff\u3400-\u9fff]")
CJK_PER_WORD = 2
"""Characters of Chinese or Japanese that take about as long to say as one English word."""


def split_sentences(text: str) -> list[str]:
    """Divide a paragraph into sentences; abbreviations and decimals do not end one."""
    sentences: list[str] = []
    for piece in _END.split(text):
        part = piece.strip()
        if sentences and (_TITLE.search(sentences[-1]) or (_ABBREVIATION.search(sentences[-1]) and part[:1].islower())):
            sentences[-1] = f"{sentences[-1]} {part}"
        elif part:
            sentences.append(part)
    return sentences


def spoken(sentence: str) -> list[str]:
    """Divide a sentence at its pauses until each part can be said in one breath (about 25 words). The words stay the same."""
    if word_count(sentence) <= SPOKEN_WORDS_MAX:
        return [sentence]
    for pattern in (_PAUSE, _COMMA):
        parts = _rejoined([part for part in pattern.split(sentence) if part.strip()])
        if len(parts) > 1:
            return [small for part in parts for small in spoken(part)]
    words = sentence.split()
    if len(words) <= SPOKEN_WORDS_MAX:
        return [sentence]
    half = len(words) // 2
    return [small for part in (words[:half], words[half:]) for small in spoken(" ".join(part))]


def word_count(text: str) -> int:
    """Count words as a speaker would feel them; two Chinese or Japanese characters make one."""
    ideographs = len(_CJK.findall(text))
    return len(_CJK.sub(" ", text).split()) + ideographs // CJK_PER_WORD


def _rejoined(parts: list[str]) -> list[str]:
    """Put neighbours together again while both fit in one breath, so that a list of short parts is not read like a telegram."""
    joined: list[str] = []
    for part in parts:
        if joined and word_count(joined[-1]) + word_count(part) <= SPOKEN_WORDS_MAX:
            mark = "" if joined[-1][-1] in ",;:、，；：" else ","
            joined[-1] = f"{joined[-1]}{mark} {part}"
        else:
            joined.append(part)
    return joined
