"""Captions: a sentence's words grouped into lines that can be read in time; burned into the picture, and as WebVTT and SubRip files.

A caption holds at most two short lines, never breaks a word, and stays until the next one comes or the sentence is over (facts
of subtitling: at most 42 letters a line, at least five sixths of a second).
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Final

from avatar_pipeline.engines.speech import TimedWord
from avatar_pipeline.scenes.layer import Layer, panel
from avatar_pipeline.scenes.lettering import LEADING, Hand, lines_of, width_of, write
from avatar_pipeline.scenes.placing import Box
from avatar_pipeline.scenes.script import Shape
from avatar_pipeline.text.languages import columns_of, joined

LINE_LETTERS: Final[dict[Shape, int]] = {"16:9": 42, "1:1": 32, "9:16": 26}
LINES_MAX: Final = 2
HOLD_S: Final = 0.35
_BETWEEN: Final = "\0"
_STRESSED: Final = re.compile(rf"(\*{{1,2}})(?=[^\s*{_BETWEEN}])([^*]*?[^\s*{_BETWEEN}])\1")
_PAUSES: Final = (",", ";", ":", "—", "，", "、", "；")


@dataclass(frozen=True)
class Caption:
    """Words that are shown together, in seconds from the beginning of whatever they belong to."""

    text: str
    start_s: float
    end_s: float

    def later(self, seconds: float) -> Caption:
        """The same caption, so much later."""
        return Caption(self.text, self.start_s + seconds, self.end_s + seconds)


def captions_of(words: Sequence[TimedWord], shape: Shape, until_s: float) -> list[Caption]:
    """Group a sentence's words; a caption ends early at a comma once it is half full, so that phrases stay together.

    The last one stays a moment longer than its word, but not beyond `until_s`, where the next sentence's first one may come.
    """
    words, room = _without_emphasis(words), LINE_LETTERS[shape] * LINES_MAX
    groups: list[list[TimedWord]] = []
    for word in words:
        length = columns_of(joined(one.text for one in groups[-1])) if groups else 0
        is_phrase_over = bool(groups) and groups[-1][-1].text.endswith(_PAUSES) and length > room / 2
        if not groups or is_phrase_over or length + 1 + columns_of(word.text) > room:
            groups.append([])
        groups[-1].append(word)
    starts = [group[0].start_s for group in groups]
    ends = [*starts[1:], min(groups[-1][-1].end_s + HOLD_S, until_s)] if groups else []
    return [Caption(joined(word.text for word in group), *span) for group, *span in zip(groups, starts, ends, strict=True)]


def _without_emphasis(words: Sequence[TimedWord]) -> list[TimedWord]:
    """The asterisks that tell the voice what to stress are not read by people: *flat white* is shown as flat white."""
    plain = _STRESSED.sub(r"\2", _BETWEEN.join(word.text for word in words)).split(_BETWEEN) if words else []
    return [replace(word, text=text) for word, text in zip(words, plain, strict=True)]


def even_lines(text: str, hand: Hand, width_px: float) -> list[str]:
    """A caption's lines: as few as fit, and those as even as they can be, so that no word stands alone in the last one."""
    lines = lines_of(text, hand, width_px, LINES_MAX)
    if len(lines) < 2 or any(line.endswith("…") for line in lines):
        return lines
    for share in (0.5, 0.55, 0.6, 0.65, 0.7, 0.75, 0.8, 0.85, 0.9, 0.95):
        tried = lines_of(text, hand, width_px * share, LINES_MAX)
        if len(tried) == len(lines) and not any(line.endswith("…") for line in tried):
            return tried
    return lines


def draw_caption(text: str, box: Box, shorter_px: int, *, has_sheet: bool) -> Layer:
    """Draw a caption: white letters on a dark sheet of their own at the foot of the box, or large in the middle of the sheet below them."""
    unit = shorter_px / 1000
    hand = Hand(round((0.054 if has_sheet else 0.042) * shorter_px), 550)
    lines = even_lines(text, hand, box.width - 44 * unit)
    width = round(max(width_of(line, hand) for line in lines) + 44 * unit)
    height = round((len(lines) - 1) * hand.size_px * LEADING + hand.size_px * 1.2 + 22 * unit)
    sheet, _ = panel((width, height), 14 * unit, (16, 17, 19, 0 if has_sheet else 196))
    for number, line in enumerate(lines):
        foot = 11 * unit + hand.size_px * (0.98 + number * LEADING)
        write(sheet, ((width - width_of(line, hand)) / 2, foot), line, hand)
    top = box.y + (box.height - height) // (2 if has_sheet else 1)
    return Layer.of(sheet, box.x + (box.width - width) // 2, top)


def web_vtt(captions: Sequence[Caption]) -> str:
    """The captions as a WebVTT file."""
    cues = [f"{_clock(one.start_s, '.')} --> {_clock(one.end_s, '.')}\n{_escaped(one.text)}\n" for one in captions]
    return "WEBVTT\n\n" + "\n".join(cues)


def sub_rip(captions: Sequence[Caption]) -> str:
    """The captions as a SubRip file."""
    cues = [f"{n}\n{_clock(one.start_s, ',')} --> {_clock(one.end_s, ',')}\n{one.text}\n" for n, one in enumerate(captions, 1)]
    return "\n".join(cues)


def _clock(seconds: float, point: str) -> str:
    thousandths = round(seconds * 1000)
    hours, rest = divmod(thousandths, 3_600_000)
    minutes, rest = divmod(rest, 60_000)
    return f"{hours:02}:{minutes:02}:{rest // 1000:02}{point}{rest % 1000:03}"


def _escaped(text: str) -> str:
    return text.replace("&", "&amp;").replace("<", "&lt;").replace("-->", "--&gt;")
