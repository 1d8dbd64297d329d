"""`make film-sheet`: every catalogue face talking, laid out for a person to look at: out/films/index.html.

    python tests/benchmarks/film_sheet.py [FACE ...] [--large] [--moods]

Each face says one passage with p, b and m, f and v, round and open vowels, a question and a pause. The sheet shows her whole
at moments chosen from the sounds, and below each the lower face at its full size, named by the sound that is heard there.
`--large` draws at 1080 instead of 512; `--moods` shows the feelings an answer can carry side by side. The films lie beside.
"""

import argparse
import sys
from collections.abc import Iterator
from html import escape
from pathlib import Path

import cv2
import numpy as np
from numpy.typing import NDArray

sys.path.insert(0, str(Path(__file__).parents[2]))

from avatar_pipeline.catalogue import CatalogueFace, faces
from avatar_pipeline.face import FaceRenderer, load_rig
from avatar_pipeline.film import write_film
from avatar_pipeline.speak import SpokenSentence, idle, speak
from avatar_pipeline.voice import Voice

FOLDER = Path(__file__).parents[2] / "out" / "films"
TEXT = "Hello, I am so glad you came by! Five of you have asked for the blue mug. Would you move over a bit? Thank you; here it is."
SOUNDS = ("m", "p", "b", "f", "v", "u", "w", "O", "ɑ", "æ", "i", "s", "ʃ", "ɹ", "θ", "l")
SPELLED = {"O": "oh", "ɑ": "ah", "æ": "ae", "ʃ": "sh", "ɹ": "r", "θ": "th"}
"""The picture's own letters know no phonetic signs."""
MOODS = {
    "neutral": "The shop is on the corner of the street.",
    "glad": "I am so happy to see you again, that is lovely.",
    "excited": "That is amazing, you have won the big prize!",
    "concerned": "There is a problem, the parcel may be damaged.",
    "sorry": "I am sorry, I am afraid that one is sold out.",
}
COLUMNS, WHOLE_PX = 8, 240
Picture = NDArray[np.uint8]


def chosen(sentences: list[SpokenSentence]) -> Iterator[tuple[str, int, float]]:
    """Name, sentence and moment of each picture on the sheet: the middle of the longest of each sound, a blink, and the pause."""
    heard = [(one.symbol, number, one.start_s, one.end_s) for number, said in enumerate(sentences) for one in said.phonemes]
    for sound in SOUNDS:
        of_it = [one for one in heard if one[0] == sound]
        if of_it:
            _, number, start_s, end_s = max(of_it, key=lambda one: one[3] - one[2])
            yield sound, number, (start_s + min(end_s, start_s + 0.2)) / 2
    for number, said in enumerate(sentences):
        shut = said.score.values[:, 0]
        if shut.max() > 0.9:
            yield "blink", number, float(shut.argmax()) / 50
            yield "half shut", number, float(shut.argmax()) / 50 + 0.13
            break
    yield "at the end", len(sentences) - 1, sentences[-1].duration_s


def labelled(picture: Picture, name: str, height: int) -> Picture:
    """The picture at that height, with its name in the corner."""
    small = height < picture.shape[0]
    width = round(picture.shape[1] * height / picture.shape[0])
    tile = cv2.resize(picture, (width, height), interpolation=cv2.INTER_AREA if small else cv2.INTER_CUBIC)
    cv2.putText(tile, SPELLED.get(name, name), (6, 18), cv2.FONT_HERSHEY_SIMPLEX, 0.5, (0, 0, 200), 1, cv2.LINE_AA)
    return np.asarray(tile, np.uint8)


def tiled(tiles: list[Picture]) -> Picture:
    """Rows of eight."""
    tiles = [*tiles, *[np.full_like(tiles[0], 255)] * (-len(tiles) % COLUMNS)]
    return np.vstack([np.hstack(tiles[at : at + COLUMNS]) for at in range(0, len(tiles), COLUMNS)])


def lower_face(picture: Picture, renderer: FaceRenderer) -> Picture:
    """Eyes to chin, as they stand in the picture."""
    scale, rig = picture.shape[0] / renderer.rig.size_px, renderer.rig
    middle, eyes_y = (rig.eyes[0].x + rig.eyes[1].x) / 2 * scale, rig.eyes[0].y * scale
    half = abs(rig.eyes[0].x - rig.eyes[1].x) * scale * 1.15
    top, left = round(eyes_y - 0.45 * half), round(middle - half)
    return picture[top : top + round(2.3 * half), left : left + round(2 * half)]


def sheet_of(entry: CatalogueFace, size_px: int) -> Picture:
    """Whole pictures above, the face close below; writes her film beside."""
    said = list(speak(TEXT, Voice(entry.voice_name), seed=7))
    write_film(said, face=entry, out_path=FOLDER / f"{entry.face_id}.mp4", size_px=size_px, idle_score=idle(7))
    renderer = FaceRenderer(load_rig(entry.film_rig_path if size_px > 512 else entry.rig_path), size_px)
    whole, close = [], []
    for name, number, moment_s in chosen(said):
        picture = renderer.render(said[number].score.at(moment_s)).copy()
        whole.append(labelled(picture, name, WHOLE_PX))
        close.append(labelled(lower_face(picture, renderer), name, 300))
    top, bottom = tiled(whole), tiled(close)
    wide = max(top.shape[1], bottom.shape[1])
    return np.vstack(
        [cv2.copyMakeBorder(part, 0, 8, 0, wide - part.shape[1], cv2.BORDER_CONSTANT, value=(255,) * 3) for part in (top, bottom)]
    )


def sheet_of_moods(entry: CatalogueFace, size_px: int) -> Picture:
    """A row for each feeling: five moments of a sentence that carries it."""
    renderer, rows = FaceRenderer(load_rig(entry.rig_path), size_px), []
    for name, text in MOODS.items():
        (said, *_) = speak(text, Voice(entry.voice_name), seed=7)
        moments = np.linspace(0.12, 0.97, 5) * said.duration_s
        pictures = [renderer.render(said.score.at(moment)).copy() for moment in moments]
        rows.append(np.hstack([labelled(one[size_px // 8 : -size_px // 5], name, 330) for one in pictures]))
    return np.vstack(rows)


def main() -> None:
    """Make the sheets, the films and the page."""
    parser = argparse.ArgumentParser(description="A contact sheet of talking faces")
    parser.add_argument("faces", nargs="*")
    parser.add_argument("--large", action="store_true")
    parser.add_argument("--moods", action="store_true")
    wanted = parser.parse_args()
    size_px = 1080 if wanted.large else 512
    FOLDER.mkdir(parents=True, exist_ok=True)
    shown = [entry for entry in faces() if not wanted.faces or entry.face_id in wanted.faces]
    for entry in shown:
        kinds = {"": sheet_of, "-moods": sheet_of_moods} if wanted.moods else {"": sheet_of}
        for ending, draw in kinds.items():
            cv2.imwrite(str(FOLDER / f"{entry.face_id}{ending}.png"), draw(entry, size_px))
    (FOLDER / "index.html").write_text(page(shown), encoding="utf-8")
    sys.stdout.write(f"{len(shown)} faces: {FOLDER / 'index.html'}\n")


def page(shown: list[CatalogueFace]) -> str:
    """Every face's film and its sheets."""
    parts = [
        f'<h2>{escape(one.display_name)}</h2><video src="{one.face_id}.mp4" controls width="512"></video>'
        + "".join(f'<p><img src="{path.name}" alt="" style="max-width:100%"></p>' for path in sorted(FOLDER.glob(f"{one.face_id}*.png")))
        for one in shown
    ]
    return f'<!doctype html><meta charset="utf-8"><title>Faces talking</title><style>body{{font:16px sans-serif}}</style>{"".join(parts)}'


if __name__ == "__main__":
    main()
