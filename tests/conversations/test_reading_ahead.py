"""Papers are read while a panel opens: afterwards a question in any language has only itself to be read."""

import pytest

from app.conversations.language_models.english_reader import english_reader
from app.conversations.language_models.multilingual_reader import multilingual_reader
from app.conversations.language_models.pair_reader import pair_reader
from app.conversations.read_ahead import AT_A_TIME, READ_AHEAD_MAX, read_ahead

NUMBERS = ("eleven", "twelve", "thirteen", "fourteen", "fifteen", "sixteen", "seventeen", "eighteen")
SUBJECTS = ("lockers", "parcels", "bicycles", "skates", "lanterns", "kites", "rafts", "tents")


@pytest.fixture
def index(talk_with, request):
    """A shop whose papers no other test has read."""
    rules = "".join(
        f"\n## {subject.title()} of {request.node.name}\n\nOur {subject} are lent for {number} days. Nothing else is asked.\n"
        for subject, number in zip(SUBJECTS, NUMBERS, strict=True)
    )
    return talk_with({"house_rules.md": f"# House rules\n{rules}".encode()}).mind.index


@pytest.fixture
def passages_read(monkeypatch):
    """The passages that a model had to read since."""
    read = []
    for reader in (english_reader(), multilingual_reader(), *(pair_reader(name) for name in ("english", "multilingual"))):
        for name in ("_read", "_one", "lower"):
            original = getattr(reader, name, None)
            if original is not None:
                monkeypatch.setattr(reader, name, _noting(original, read))
    return read


def _noting(original, read):
    def noted(text, *role):
        texts = text if isinstance(text, list) else [text]
        read.extend(one for one in texts if "are lent for" in one)
        return original(text, *role)

    return noted


@pytest.mark.parametrize("question", ["for how long are kites lent?", "风筝可以借几天？", "combien de jours prêtez-vous les lanternes ?"])
def test_a_question_waits_for_no_passage_once_the_papers_are_read(index, passages_read, question):
    start, rounds = 0, 1
    while read_ahead(index, start):
        start, rounds = start + AT_A_TIME, rounds + 1
    assert rounds == -(-len(index.passages) // AT_A_TIME)
    assert passages_read, "the papers were read"
    passages_read.clear()
    assert index.search(question, multilingual_reader().read([question], "query")[0].whole)
    assert passages_read == []


def test_without_that_the_first_question_waits(index, passages_read):
    question = "for how long are rafts lent?"
    index.search(question, multilingual_reader().read([question], "query")[0].whole)
    assert passages_read


def test_a_long_book_is_read_no_further_than_is_remembered(index):
    assert not read_ahead(index, READ_AHEAD_MAX)
