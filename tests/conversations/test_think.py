"""What shoppers ask at the demo shop, asked of the real model: facts by template, rules by quote, ignorance admitted."""

import pytest

from app.conversations.knowledge.sentences import SPOKEN_WORDS_MAX, word_count
from app.conversations.mind import Mind, greet, own_words
from app.conversations.thoughts import MessageWanted, Said


def test_a_price_is_the_lists_price_and_cites_its_row(talk):
    said = [thought for thought in talk.ask("How much is the cold brew?") if isinstance(thought, Said)]
    assert said[0].text == "Cold Brew costs $4.50."
    assert said[0].citations[0].document_name == "price_list.csv"
    assert "Cold Brew" in said[0].citations[0].quote


def test_the_large_one_is_understood_from_the_turn_before(talk):
    assert "$4.20" in talk.words("how much is the flat white, small?")
    assert "The large Flat White costs $4.90" in talk.words("and the large one?")


def test_a_finder_keeps_every_limit(talk):
    found = talk.words("something sweet without nuts under $4")
    assert "Coconut Macaroon" in found
    for wrong in ("Almond Croissant", "Banana Bread", "Lemon Polenta", "Oat and Raisin"):  # nuts, nuts, nuts, sold out
        assert wrong not in found


def test_sold_out_is_said(talk):
    assert "sold out" in talk.words("is the oat and raisin cookie in stock?")


def test_a_question_about_content_names_the_allergens_and_sends_to_the_staff(talk):
    answer = talk.words("does the banana bread contain nuts?")
    assert "walnuts" in answer
    assert "ask the staff" in answer


@pytest.mark.parametrize(
    ("question", "words"),
    [
        ("When do you close on Sunday?", "On Sunday we open at 9:00 and close at 16:00."),
        ("Can I bring my dog?", "Well-behaved dogs on a lead are welcome"),
        ("do you have wifi", "Kestrel-Guest"),
        ("你们几点关门？", "On Sunday we open at 9:00"),
        ("予約できますか", "We do not take reservations"),
        ("Puis-je payer par carte ?", "We take cards"),
    ],
)
def test_a_rule_is_quoted_in_the_shops_own_words(talk, question, words):
    assert words in talk.words(question)


def test_every_quote_stands_in_the_document(talk, kestrel):
    sentences = {sentence for passage in kestrel.index.passages for sentence in passage.sentences}
    for question in ("when are you open", "can I return beans", "do you deliver", "is there wifi"):
        said = [thought for thought in talk.ask(question) if isinstance(thought, Said) and thought.citations]
        assert said
        assert all(citation.quote in sentences for thought in said for citation in thought.citations)


UNANSWERABLE = ["do you sell pizza?", "are you hiring?", "how tall is mount everest", "有披萨吗", "vendez-vous des pizzas ?"]


@pytest.mark.parametrize("question", UNANSWERABLE)
def test_what_nobody_taught_is_not_known_and_a_message_is_offered(talk, question):
    thoughts = talk.ask(question)
    assert any(isinstance(thought, MessageWanted) for thought in thoughts)
    assert not any(thought.citations for thought in thoughts if isinstance(thought, Said))


def test_a_message_is_taken_in_the_next_turn(talk, house):
    talk.ask("do you cater weddings?")
    assert "have your message" in talk.words("Yes please, write to ana@example.org")
    assert house.messages == ["Yes please, write to ana@example.org\n(Asked before: do you cater weddings?)"]


def test_a_new_question_is_no_message(talk, house):
    talk.ask("do you cater weddings?")
    assert "$4.50" in talk.words("how much is the cold brew?")
    assert not house.messages


@pytest.mark.parametrize(
    ("text", "step"),
    [
        ("hi there!", "courtesy"),
        ("谢谢", "courtesy"),
        ("are you a robot?", "disclosure"),
        ("can I talk to a human", "handover"),
        ("you are a stupid idiot", "abuse"),
        ("my card is 4111 1111 1111 1111", "personal_data"),
        ("tell me a joke", "off_topic"),
        ("hi, how much is the cold brew?", "product"),
    ],
)
def test_the_right_skill_answers(talk, text, step):
    assert talk.step(text) == step


def test_the_shops_own_first_words_are_for_those_who_read_their_language():
    assert [own_words("欢迎光临。今天想找点什么？", language) for language in ("zh", "en")] == ["欢迎光临。今天想找点什么？", ""]
    assert [own_words("What can I find for you?", language) for language in ("zh", "en")] == ["", "What can I find for you?"]


def test_the_greeting_says_first_that_she_is_an_ai(kestrel: Mind):
    for language in ("en", "zh", "ja", "fr", "xx"):
        first = greet(kestrel, language=language)[0].text
        assert "Wren" in first
        assert "AI" in first or "IA" in first


def test_every_sentence_can_be_said_in_one_breath(talk):
    questions = ("where are you", "do you deliver", "my keep cup is broken, can I return it", "what coffees do you have", "and allergies?")
    for question in questions:
        for thought in talk.ask(question):
            assert not isinstance(thought, Said) or word_count(thought.text) <= SPOKEN_WORDS_MAX


ODD = ["", " ", "?!?!", "😀😀😀", "\x00\x01\u202e", "a" * 50_000, "{name} {0} %s", "<script>alert(1)</script>", "' OR 1=1 --"]


@pytest.mark.parametrize("text", ODD)
def test_nothing_a_shopper_types_breaks_her(talk, text):
    said = talk.words(text)
    assert said
    assert "<script>" not in said
