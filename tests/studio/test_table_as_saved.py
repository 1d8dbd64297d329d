"""Tables as spreadsheets save them: Excel's own alphabets, empty lines that count, and names that no English voice would say."""

from uuid import UUID

import pytest

from app.studio.batch_rows import judge_rows
from app.studio.errors import FilmRefused
from app.studio.read_table import CHINESE, JAPANESE, WESTERN, read_table
from tenants.table_file import lines_of, rows_of

SHOP = UUID(int=7)
GREETING = {"format": "tillhand-script/1", "shape": "1:1", "captions": True, "scenes": [{"text": "Good morning to our guest {name}."}]}


@pytest.mark.parametrize(
    ("cells", "saved_in", "told"),
    [
        (("José", "Málaga"), "utf-8", ""),
        (("José", "Málaga"), "utf-8-sig", ""),
        (("José", "Málaga"), "utf-16", ""),
        (("José", "Málaga"), "cp1252", WESTERN),
        (("Käse", "4.50 €"), "cp1252", WESTERN),
        (("Renée", "Größe"), "cp1252", WESTERN),
        (("“Ada”", "naïve – Œuvre"), "cp1252", WESTERN),
        (("张伟", "北京"), "gb18030", CHINESE),
        (("王喆", "朱镕基"), "gbk", CHINESE),
        (("山田", "佐藤花子"), "shift_jis", JAPANESE),
        (("髙橋 はるか", "Tシャツ（青）"), "cp932", JAPANESE),
        (("山田", "太郎"), "cp932", JAPANESE),
        (("ジョン・スミス様", "Kyoto, 京都"), "cp932", JAPANESE),
        (("Renée O’Brien", "Škoda"), "cp1252", WESTERN),
        (("élève", "créée"), "cp1252", WESTERN),
    ],
)
def test_the_alphabet_a_table_was_saved_in_is_found(cells: tuple[str, str], saved_in: str, told: str) -> None:
    table = read_table(f"name;town\n{';'.join(cells)}\n".encode(saved_in))
    assert (table.rows, table.alphabet) == ((cells,), told)


@pytest.mark.parametrize(
    "content",
    [
        b"name\n\x81\x8d\n",
        b"name\n\xff\xff\xff\xff\xff\n",
        "name\nｱｲｳ\n".encode("shift_jis"),  # half-width kana are what many another alphabet looks like
        "name\nHélène Zoé\nRené Légère\nÉléa Ténot\n".encode("mac_roman"),
        "name\nHélène Zoé\nRené Légère\nÉléa Ténot\n".encode("cp850"),
        "name\n陳大文\n林小姐\n黃先生\n".encode("big5"),
    ],
)
def test_what_may_be_anything_is_not_guessed(content: bytes) -> None:
    with pytest.raises(FilmRefused, match="CSV UTF-8"):
        read_table(content)


def test_empty_lines_are_no_rows_and_count_all_the_same() -> None:
    table = read_table(b"\nname,town\nAda,Rome\n\n,,\nBo\n\n")
    assert (table.header_row, table.rows) == (2, (("Ada", "Rome"), (), (), ("Bo",)))
    judged = judge_rows(GREETING, table.header, table.rows, {"name": 0}, SHOP, header_row=table.header_row)
    assert [(one.number, bool(one.problem)) for one in judged] == [(3, False), (6, True)]
    text = "a,b\n\n1,2\n"
    assert (lines_of(text), rows_of(text)) == ([("a", "b"), (), ("1", "2")], [("a", "b"), ("1", "2")])


def test_a_name_that_is_passed_over_is_told_when_the_table_is_looked_at() -> None:
    cells = [("Ada",), ("张伟",), ("Zoë",)]
    judged = judge_rows(GREETING, ("name",), cells, {"name": 0}, SHOP)
    assert [one.problem.partition(".")[0] for one in judged] == ["", "The voice cannot say “张伟” in an English sentence", ""]
    assert [one.problem for one in judge_rows(GREETING, ("name",), cells, {"name": 0}, SHOP, known=["张伟"])] == ["", "", ""]
    in_chinese = GREETING | {"scenes": [{"text": "早上好，{name}，欢迎光临本店。"}]}
    assert [one.problem for one in judge_rows(in_chinese, ("name",), cells, {"name": 0}, SHOP)] == ["", "", ""]
