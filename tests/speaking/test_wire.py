"""What was thought can be read back from what was sent, and a transcript knows what was heard."""

from hypothesis import given
from hypothesis import strategies as st

from app.conversations.thoughts import Citation, MessageWanted, Offered, OfferedCoupon, Routed, Said
from app.speaking import wire
from app.speaking.stream import StreamEvent
from app.speaking.voicing.audio_store import Piece
from tenants.identifiers import new_id


def sent(drafts, turn_id):
    return tuple(StreamEvent(number, turn_id, draft.kind, draft.payload) for number, draft in enumerate(drafts, 1))


def stretches(said_index, said, lengths, first_number):
    """A said sentence as pieces of so many samples each."""
    return [
        wire.sentence(first_number + i, said_index, said if i == 0 else None, Piece(f"part {i}", f"{i:064d}", length), "en")
        for i, length in enumerate(lengths)
    ]


def test_thoughts_survive_the_rows(now):
    said = Said("Four dollars.", (Citation(new_id(now), "Price list", "Flat White 4.20"),))
    coupon = OfferedCoupon("KESTREL-1", "Welcome", "10 % off", now)
    drafts = [
        wire.turn_started("price?", "k"), wire.route([Routed("product", 900_000, "name", 12)]), *stretches(0, said, [24_000, 24_000], 0),
        wire.offer(coupon, None), wire.message_wanted(MessageWanted("Your words?")), wire.turn_ended(2, is_interrupted=False),
    ]  # fmt: skip
    assert wire.thoughts_of(sent(drafts, new_id(now))) == [
        Routed("product", 900_000, "name", 12), said, Offered(coupon), MessageWanted("Your words?"),
    ]  # fmt: skip


@given(st.lists(st.lists(st.integers(0, 96_000), min_size=1, max_size=3), max_size=5), st.integers(0, 20), st.integers(0, 5_000))
def test_heard_is_a_prefix_and_grows_with_time(lengths, sentence, ms):
    drafts, number = [], 0
    for index, pieces in enumerate(lengths):
        drafts += stretches(index, Said(f"s{index}"), pieces, number)
        number += len(pieces)
    events = sent(drafts, None)
    heard = wire.saids_heard(events, heard_sentence=sentence, heard_ms=ms)
    assert 0 <= heard <= wire.saids_sent(events) == len(lengths)
    assert heard <= wire.saids_heard(events, heard_sentence=sentence, heard_ms=ms + 1_000)
    assert heard <= wire.saids_heard(events, heard_sentence=sentence + 1, heard_ms=0)
    assert wire.saids_heard(events, heard_sentence=number, heard_ms=0) == len(lengths)


def test_half_a_sentence_counts_as_heard():
    events = sent(stretches(0, Said("one"), [48_000], 0), None)
    assert wire.saids_heard(events, heard_sentence=0, heard_ms=999) == 0
    assert wire.saids_heard(events, heard_sentence=0, heard_ms=1_000) == 1


def test_an_evicted_sound_leaves_the_words(now):
    event = sent(stretches(0, Said("one"), [48_000], 0), new_id(now))[0]
    message = wire.to_json(event, None)
    assert message["text"] == "part 0"
    assert (message["audio_url"], message["score"], message["words"], message["sample_count"]) == (None, None, [], 0)


def test_the_words_heard_are_a_beginning_of_the_whole_sentence():
    said = Said("Beans come back within 14 days, and cups too.")
    texts = ("Beans come back within 14 days,", "and cups too.")
    drafts = [wire.sentence(i, 0, said if i == 0 else None, Piece(text, f"{i:064d}", 24_000), "en") for i, text in enumerate(texts)]
    events = sent([*drafts, *stretches(1, Said("Elsewhere."), [24_000], 2)], None)
    assert wire.words_heard(events, heard_sentence=0, heard_length=len("Beans come")) == (0, "Beans come")
    assert wire.words_heard(events, heard_sentence=1, heard_length=3) == (0, "Beans come back within 14 days, and")
    assert wire.words_heard(events, heard_sentence=1, heard_length=999) == (0, said.text)
    assert wire.words_heard(events, heard_sentence=2, heard_length=4) is None  # spoken otherwise than it is written
    assert wire.words_heard(events, heard_sentence=9, heard_length=4) is None
