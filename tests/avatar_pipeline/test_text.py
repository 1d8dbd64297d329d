"""Written words made sayable: nothing is lost in cutting, and figures are said the way a person at a till says them."""

import re

import pytest
from hypothesis import given
from hypothesis import strategies as some

from avatar_pipeline.text.number_words import cardinal, ordinal, year
from avatar_pipeline.text.reading import clean_text, is_sayable, read_sentence
from avatar_pipeline.text.sentences import FIRST_CHARACTERS_MAX, PHRASE_CHARACTERS_MAX, split_phrases, split_sentences

LIVELY = some.text(some.sampled_from("abcABC 019.,;:!?…—-'\"”)\n。，€$%/#é咖😀"), max_size=700)


def said(sentence: str) -> str:
    return " ".join(reading.said for reading in read_sentence(sentence))


def bare(text: str) -> str:
    return re.sub(r"\s", "", text)


@given(LIVELY)
def test_no_character_is_lost_in_cutting(text: str) -> None:
    assert bare("".join(split_sentences(text))) == bare(text)
    assert bare("".join(phrase.text for phrase in split_phrases(text))) == bare(text)


@given(LIVELY)
def test_no_phrase_is_longer_than_a_breath(text: str) -> None:
    assert all(0 < len(phrase.text) <= PHRASE_CHARACTERS_MAX for phrase in split_phrases(text))


@given(LIVELY)
def test_captions_show_every_character_that_was_written(text: str) -> None:
    assert bare("".join(reading.written for reading in read_sentence(text))) == bare(text)


@given(some.text(max_size=200))
def test_any_text_at_all_can_be_cleaned_and_read(text: str) -> None:
    for phrase in split_phrases(clean_text(text)):
        read_sentence(phrase.text)
        assert not any(ord(character) < 32 for character in phrase.text if character != "\t")


@pytest.mark.parametrize(
    ("text", "sentences"),
    [
        ("Hi. How are you? Fine!", ["Hi.", "How are you?", "Fine!"]),
        ("Dr. Smith paid $4.50. Good.", ["Dr. Smith paid $4.50.", "Good."]),
        ("Is it open? No. We are closed.", ["Is it open?", "No.", "We are closed."]),
        ("Try No. 5. It is mild.", ["Try No. 5.", "It is mild."]),
        ("We open at 7 a.m. and close late.", ["We open at 7 a.m. and close late."]),
        ("Ask J. Doe. She knows.", ["Ask J. Doe.", "She knows."]),
        ("1. Espresso\n2. Latte", ["1. Espresso", "2. Latte"]),
        ('"Stop!" she said. "Why?"', ['"Stop!" she said.', '"Why?"']),
        ("你好。再见！", ["你好。", "再见！"]),
        ("", []),
        (" \n\n ", []),
    ],
)
def test_sentences_end_where_a_reader_ends_them(text: str, sentences: list[str]) -> None:
    assert split_sentences(text) == sentences


def test_a_long_first_sentence_is_cut_at_its_first_clause_and_later_ones_are_not() -> None:
    long = "Our house blend is roasted every Tuesday, ground only when you order it, and packed by hand in small bags for you."
    assert len(long) > FIRST_CHARACTERS_MAX
    phrases = split_phrases(f"{long} {long}")
    assert [phrase.text for phrase in phrases][:2] == ["Our house blend is roasted every Tuesday,", long[42:]]
    assert [phrase.ends_sentence for phrase in phrases] == [False, True, True]
    assert phrases[2].text == long


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("It is $4.50.", "It is four dollars and fifty cents."),
        ("$4.50, 20% off", "four dollars and fifty cents, twenty percent off"),
        ("€3.20 or 5 €", "three euros and twenty cents or five euros"),
        ("£2, £0.01, ¥500", "two pounds, one penny, five hundred yen"),
        ("$1", "one dollar"),
        ("$0.99", "ninety-nine cents"),
        ("$1,250.00", "one thousand two hundred and fifty dollars"),
        ("$1.2 million", "one point two million dollars"),
        ("$5-$10", "five dollars to ten dollars"),
        ("$8/kg", "eight dollars per kilogram"),
        ("12 EUR", "twelve euros"),
        ("10-20% off", "ten to twenty percent off"),
        ("at 10:30.", "at ten thirty."),
        ("at 8:00", "at eight o'clock"),
        ("17:05", "five oh five P.M."),
        ("until 7 a.m.", "until seven A.M."),
        ("9am-1pm", "nine A.M. to one P.M."),
        ("25:99", "twenty-five:ninety-nine"),
        ("2026-03-14", "March fourteenth, twenty twenty-six"),
        ("12/25/2026", "December twenty-fifth, twenty twenty-six"),
        ("March 3rd", "March third"),
        ("the 22nd of December", "the twenty-second of December"),
        ("in 1999 and 2005", "in nineteen ninety-nine and two thousand and five"),
        ("a 2.5 kg bag", "a two point five kilogram bag"),
        ("500g, 1 kg, 330 ml", "five hundred grams, one kilogram, three hundred and thirty milliliters"),
        ("1/2 tsp", "a half teaspoon"),
        ("-5°C", "minus five degrees Celsius"),
        ("10x15 cm", "ten by fifteen centimeters"),
        ("8 x 10 in.", "eight by ten inches."),
        ("2 x 3 meters, 2x", "two by three meters, two times"),
        ("8 in stock", "eight in stock"),
        ("No. 5", "number five"),
        ("#12", "number twelve"),
        ("the 1st and 22nd", "the first and twenty-second"),
        ("3-5 days", "three to five days"),
        ("24/7", "twenty-four seven"),
        ("KESTREL-7Q2F!", "K. E. S. T. R. E. L., seven Q. two F.!"),
        ("A4", "A. four"),
        ("555-123-4567", "five five five, one two three, four five six seven"),
        ("hi@kestrel.shop", "hi at kestrel dot shop"),
        ("Dr. Smith", "Doctor Smith"),
        ("cake & tea", "cake and tea"),
        ("Mon-Fri", "Monday to Friday"),
        ("1.2.3", "one point two point three"),
        ("00123", "zero zero one two three"),
        ("① x² ٣ ❹ Ⅳ", "1 x2 three 4 IV"),
        ("**$4.50**, `now`", "four dollars and fifty cents, now"),
        ("see [our menu](https://kestrel.shop/menu).", "see our menu."),
        ("plain words, nothing else", "plain words, nothing else"),
    ],
)
def test_figures_and_signs_are_said_in_words(written: str, spoken: str) -> None:
    assert said(written) == spoken


@given(some.integers(-(10**14), 10**14))
def test_a_number_in_words_has_no_figure_left(number: int) -> None:
    assert re.fullmatch(r"[a-z -]+", cardinal(number))


def test_ranks_and_years() -> None:
    assert [ordinal(n) for n in (1, 2, 3, 5, 8, 9, 12, 20, 21, 100, 113)] == [
        "first", "second", "third", "fifth", "eighth", "ninth", "twelfth", "twentieth", "twenty-first", "one hundredth",
        "one hundred and thirteenth",
    ]  # fmt: skip
    assert [year(n) for n in (1900, 1905, 2000, 2024)] == [
        "nineteen hundred", "nineteen oh five", "two thousand", "twenty twenty-four",
    ]  # fmt: skip


def test_control_characters_vanish_and_line_ends_stay() -> None:
    assert clean_text("a\x00b\u200bc\x1b[31m\r\nd\u2028e\ufeff") == "a bc [31m\n\nd\ne"


@pytest.mark.parametrize(("text", "sayable"), [("a", True), ("5", True), ("咖", True), ("?!…", False), ("🎉 🎉", False), ("_", False)])
def test_only_letters_and_figures_are_sayable(text: str, sayable: bool) -> None:
    assert is_sayable(text) is sayable


@pytest.mark.parametrize(
    ("written", "spoken"),
    [
        ("49,90 €", "forty-nine euros and ninety cents"),
        ("€1.234,56", "one thousand two hundred and thirty-four euros and fifty-six cents"),
        ("1 299,00 €", "one thousand two hundred and ninety-nine euros"),
        ("EUR 1 000 000", "one million euros"),
        ("€1.234", "one thousand two hundred and thirty-four euros"),
        ("$1,234.50", "one thousand two hundred and thirty-four dollars and fifty cents"),
        ("-5,00 €", "minus five euros"),
        ("CHF 12.50", "twelve Swiss francs and fifty centimes"),
        ("A$20, C$ 5, ₩5000", "twenty Australian dollars, five Canadian dollars, five thousand won"),
        ("RMB 88", "eighty-eight yuan"),
        ("20 ft² or 5 m³", "twenty square feet or five cubic meters"),
        ("220 V, a 12 V battery", "two hundred and twenty volts, a twelve volt battery"),
        ("the 90s and the 1980s", "the nineties and the nineteen eighties"),
        ("the 2000s", "the two thousands"),
        ("50/50", "fifty fifty"),
        ("978-3-16-148410-0", "nine seven eight, three, one six, one four eight four one zero, zero"),
        ("call 030 123 456", "call zero three zero, one two three, four five six"),
        ("1,500 people", "one thousand five hundred people"),
    ],
)
def test_what_other_shores_write_is_said_as_it_is_meant(written: str, spoken: str) -> None:
    assert said(written) == spoken
