"""How written Chinese is read aloud: what a cashier would say for figures, prices, times and codes, and nothing ever lost."""

import pytest
from hypothesis import given
from hypothesis import strategies as some

from avatar_pipeline.text.chinese import say_chinese
from avatar_pipeline.text.chinese_numbers import cardinal
from avatar_pipeline.text.languages import language_of
from avatar_pipeline.text.reading import clean_text, read_words
from avatar_pipeline.text.sentences import split_phrases

FIGURES = {figure: value for value, figure in enumerate("零一二三四五六七八九")}
PLACES = {"十": 10, "百": 100, "千": 1000}


def said(text: str) -> str:
    words, position = "", 0
    for start, end, read in say_chinese(text):
        words += text[position:start] + read
        position = end
    return words + text[position:]


@pytest.mark.parametrize(
    ("written", "words"),
    [
        ("这杯咖啡¥12.50，原价15元。", "这杯咖啡十二元五角，原价十五元。"),
        ("3.05元，0.80元，2元，¥1,250", "三元零五分，八角，两元，一千二百五十元"),
        ("价格是€1,250.00/件，$4.50", "价格是一千二百五十欧元每件，四点五美元"),
        ("200-300元", "二百到三百元"),
        ("营业时间9:30-18:00，周末10:05到20:00。", "营业时间九点三十分到十八点，周末十点零五分到二十点。"),
        ("2026-03-03起，2026年2月2日", "二零二六年三月三日起，二零二六年二月二日"),
        ("打8.5折，优惠20%，10%-15%", "打八点五折，优惠百分之二十，百分之十到百分之十五"),
        ("退货请在2天之内，第2件半价，12个", "退货请在两天之内，第二件半价，十二个"),
        ("电话400-820-1234，订单号20260311007。", "电话四零零八二零幺二三四，订单号二零二六零三幺幺零零七。"),
        ("重2.5kg，30×40cm，-5℃，1/2的客人", "重二点五公斤，三十乘四十厘米，负五摄氏度，二分之一的客人"),
        ("5-7天送达", "五到七天送达"),
        ("满100减20，25:99", "满一百减二十，二十五:九十九"),
    ],
)
def test_signs_and_figures_are_read_as_a_cashier_reads_them(written: str, words: str) -> None:
    assert said(written) == words


def test_a_code_is_spelled() -> None:
    assert said("优惠码KESTREL-7Q2F") == "优惠码K. E. S. T. R. E. L.，七Q. 二F."


def worth(words: str) -> int:
    """Read a Chinese number back, by another way than it was made: from the largest mark down."""
    for mark, size in (("亿", 10**8), ("万", 10**4)):
        head, found, rest = words.rpartition(mark)
        if found:
            return worth(head) * size + worth(rest)
    total, figure = 0, 0
    for sign in words:
        if sign in PLACES:
            total, figure = total + (figure or 1) * PLACES[sign], 0
        else:
            figure = FIGURES[sign]
    return total + figure


@given(some.integers(0, 10**12 - 1))
def test_a_number_said_is_that_number(number: int) -> None:
    words = cardinal(number)
    assert worth(words) == number
    assert "零零" not in words
    assert number == 0 or not words.endswith("零")


@given(some.lists(some.sampled_from("¥12.5 元，。2天-至/%第年:℃@kgA7Q（）《》咖啡豆欢迎"), max_size=40).map("".join))
def test_no_text_trips_the_rules_and_no_word_is_lost(text: str) -> None:
    readings = read_words(clean_text(text), list, say_chinese)
    assert "".join(reading.written for reading in readings).replace(" ", "") == clean_text(text).replace(" ", "").replace("\n", "")


def test_a_price_stands_apart_from_the_word_before_it() -> None:
    readings = read_words("咖啡¥12.50一袋。", lambda _: ["咖啡", "¥", "12.50", "一袋", "。"], say_chinese)
    assert [(one.written, one.said) for one in readings] == [("咖啡", "咖啡"), ("¥12.50", "十二元五角"), ("一袋。", "一袋。")]


@pytest.mark.parametrize(
    ("text", "language"),
    [
        ("你好。", "zh"),
        ("Hello.", "en"),
        ("我是Amara。", "zh"),
        ("The 咖啡 costs $4.50 today.", "en"),
        ("コーヒーを下さい", "ja"),
        ("12:30", "en"),
    ],
)
def test_a_sentences_writing_tells_who_speaks_it(text: str, language: str) -> None:
    assert language_of(text) == language


def test_a_long_chinese_answer_is_cut_where_a_shopper_would_wait_too_long() -> None:
    text = "这款咖啡豆来自埃塞俄比亚的一个小农场，味道清新，带有柠檬和茉莉花的香气，适合手冲，也适合做冷萃咖啡。" * 3
    phrases = split_phrases(text)
    assert len(phrases[0].text) <= 30
    assert max(len(phrase.text) for phrase in phrases) <= 80
    assert "".join(phrase.text for phrase in phrases) == text
