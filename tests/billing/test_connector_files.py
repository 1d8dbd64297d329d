"""Orders from a file: any separator, alphabet, day and amount; each unreadable row with its reason; and the same file twice counts once."""

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from shopkeeper import Shopkeeper

from billing.connections import ConnectionAccess, create_connection
from billing.connectors.csv_columns import Columns, guess_columns
from billing.connectors.csv_orders import read_orders
from billing.connectors.csv_table import COLUMNS_MAX, FILE_BYTES_MAX, ROWS_MAX, read_table
from billing.errors import ConnectionUnknown, DeliveryUnknown, ImportRefused
from billing.import_orders import ImportView, columns_before, import_view, imports, preview_import, run_import, upload_file
from tenants.database import Database
from tenants.identifiers import new_id

NOW = datetime(2026, 11, 20, 12, 0, tzinfo=UTC)
FIELDS = {"order": "Receipt", "date": "Date", "amount": "Total", "tax": "VAT", "product": "Item", "quantity": "Qty", "code": "Coupon"}
EURO = Columns(FIELDS, "EUR")
FILE = b"""Receipt,Date,Item,Qty,Total,VAT,Coupon
7001,2026-11-20 09:00,beans,2,24.00,4.00,%s
7001,2026-11-20 09:00,filter,1,6.00,1.00,
7002,2026-11-20 09:05,beans,1,12.00,2.00,
7002,2026-11-20 09:30,beans,1,-12.00,-2.00,
"""


def named(order: str, date: str, amount: str, *how: str) -> Columns:
    return Columns({"order": order, "date": date, "amount": amount}, *how)


def told(content: bytes, columns: Columns = EURO) -> tuple[list[Any], list[tuple[int, str]]]:
    messages, problems = read_orders(read_table(content), columns, now=NOW)
    return [one.data for one in messages], [(one.row, one.why) for one in problems]


def test_rows_of_one_number_are_one_order_and_what_is_below_zero_went_back() -> None:
    (first, second, back), problems = told(FILE % b"AB-1")
    assert (first["total"], [line["total"] for line in first["lines"]], first["codes"]) == ("30.00", ["24.00", "6.00"], ["AB-1"])
    assert (second["total"], back["amount"], back["order"], problems) == ("12.00", "12.00", "7002", [])


@pytest.mark.parametrize(("text", "columns"), [
    ("Bon;Datum;Betrag\n1;20.11.2026 09:00;1.234,50 €\n", named("Bon", "Datum", "Betrag", "EUR", "day_first", ",")),
    ("id\twhen\tsum\n1\t11/20/2026 09:00:00\t$1,234.50\n", named("id", "when", "sum", "EUR", "month_first")),
    ("id|when|sum|cur\n1|2026-11-20T09:00Z|1234.50|eur\n", Columns({"order": "id", "date": "when", "amount": "sum", "currency": "cur"})),
    ('"id","when","sum"\n"1","2026-11-20 17:00","1,234.50"\n',
     Columns({"order": "id", "date": "when", "amount": "sum"}, "EUR", time_zone="Asia/Shanghai")),
])  # fmt: skip
@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "utf-16", "cp1252"])
def test_files_as_tills_and_spreadsheets_write_them(text: str, columns: Columns, encoding: str) -> None:
    (order,), problems = told(text.encode(encoding), columns)
    assert (order["total"], order["created_at"], problems) == ("1234.50", "2026-11-20T09:00:00+00:00", [])


def test_days_without_a_time_and_brackets_below_zero() -> None:
    columns = Columns({"order": "id", "date": "when", "amount": "sum", "payment": "pay", "customer": "who"}, "EUR", "day_first")
    (order, back), _ = told(b"id,when,sum,pay,who\n1,20-11-2026,9.00,pay_1,c-1\n1,20/11/2026,(4.00),,\n", columns)
    assert (order["created_at"], back["amount"], order["payment_reference"], order["customer"]) == (
        "2026-11-20T00:00:00+00:00", "4.00", "pay_1", "c-1",
    )  # fmt: skip


def test_a_file_of_returns_alone_tells_refunds_and_no_order() -> None:
    (back,), problems = told(b"Receipt,Date,Total\n6001,2026-11-19 09:00,-5.00\n6001,2026-11-19 09:00,-1.50\n")
    assert (back["id"], back["order"], back["amount"], problems) == ("6001 back", "6001", "6.50", [])


def test_every_row_that_cannot_be_read_is_named_and_its_order_left_out_whole() -> None:
    rows = [
        b"1,2026-11-20,10.00,1.00", b"1,yesterday,5.00,0.00", b"2,2026-11-20,ten,0.00", b",2026-11-20,3.00,0.00", b"4,2026-11-20,3.00,9.00",
        b"5,2031-01-01,3.00,0.00", b"6,2026-11-20,3.00", b"", b"7,2026-11-20,3.001,0.00",
    ]  # fmt: skip
    good, problems = told(b"Receipt,Date,Total,VAT\n" + b"\n".join(rows) + b"\n")
    assert [one["id"] for one in good] == ["6"]
    assert [row for row, _ in problems] == [3, 4, 5, 6, 7, 9]
    assert "not a date" in problems[0][1]
    assert "not an amount of EUR" in problems[1][1]
    assert "number is missing" in problems[2][1]


def test_currencies_missing_unknown_or_mixed_are_named() -> None:
    columns = Columns({"order": "id", "date": "when", "amount": "sum", "currency": "cur"})
    _, problems = told(
        b"id,when,sum,cur\n1,2026-11-20,1.00,\n2,2026-11-20,1.00,XXQ\n3,2026-11-20,1.00,EUR\n3,2026-11-20,1.00,USD\n", columns
    )
    assert [row for row, _ in problems] == [2, 3, 4]


def test_days_in_another_format_are_no_dates() -> None:
    columns = named("id", "when", "sum", "EUR", "month_first")
    assert told(b"id,when,sum\n1,31.12.2026,1.00\n", columns)[1][0][0] == 2


@pytest.mark.parametrize(("content", "why"), [
    (b"", "first line"), (b"a,b\n", "first line"), (b"a,a\n1,2\n", "name of its own"),
    (b",".join(b"c%d" % n for n in range(COLUMNS_MAX + 1)) + b"\n1\n", "name of its own"),
    (b"x" * (FILE_BYTES_MAX + 1), "10 MB"), (b"a\n" + b"1\n" * (ROWS_MAX + 1), f"{ROWS_MAX} rows"),
    (b'a,b\n"' + b"x" * 200_000 + b'"\n', "cannot be read as a table"),
])  # fmt: skip
def test_what_is_no_table_says_why(content: bytes, why: str) -> None:
    with pytest.raises(ImportRefused, match=why):
        read_table(content)


def test_needed_columns_are_asked_for_by_name() -> None:
    with pytest.raises(ImportRefused, match="date, amount"):
        read_orders(read_table(b"id\n1\n"), Columns({"order": "id", "date": "gone"}, "EUR"), now=NOW)


def test_columns_are_guessed_in_several_languages() -> None:
    assert guess_columns(("Order_ID", "Created at", "Gross Sales", "x")) == {
        "order": "Order_ID",
        "date": "Created at",
        "amount": "Gross Sales",
    }
    assert guess_columns(("Bon", "Datum", "Betrag", "MwSt.", "Gutschein"))["code"] == "Gutschein"
    assert guess_columns(("订单号", "日期", "金额")) == {"order": "订单号", "date": "日期", "amount": "金额"}


@settings(max_examples=60, deadline=None)
@given(
    content=st.binary(max_size=300),
    columns=st.sampled_from([EURO, named("a", "a", "a", "EUR", "day_first")]),
)
def test_any_bytes_are_read_or_refused(content: bytes, columns: Columns) -> None:
    for prefix in (b"", b"a,b\n", b"Receipt,Date,Total\n1,2026-11-20,"):
        try:
            told(prefix + content, columns)
        except ImportRefused:
            continue


@pytest.fixture
def shop(database: Database) -> Shopkeeper:
    return Shopkeeper(database, NOW)


def till(shop: Shopkeeper) -> Any:
    with shop.session() as session:
        return create_connection(session, name="Till", channel="till", is_order_book=True, now=shop.now, access=ConnectionAccess("csv"))


@pytest.fixture
def bring(shop: Shopkeeper) -> Callable[..., ImportView]:
    made = till(shop)

    def brought(content: bytes, columns: Columns = EURO) -> ImportView:
        with shop.session() as session:
            import_id = upload_file(session, connection_id=made.connection_id, file_name="a\x00.csv", content=content, now=shop.now)
            return run_import(session, import_id=import_id, columns=columns, now=shop.now)

    return brought


def test_an_import_pays_once_and_a_corrected_file_corrects(shop: Shopkeeper, bring: Callable[..., ImportView]) -> None:
    shop.now = NOW - timedelta(hours=4)
    file = FILE % shop.coupon(shop.offer()).code.encode()
    shop.now = NOW
    first = bring(file)
    assert (first.file_name, first.order_count, first.repeat_count, first.handled_count) == ("a.csv", 3, 0, 0)
    shop.work()
    earned = shop.earned()
    assert earned == 200  # 8 % of 25.00; the other order came without a code
    again = bring(file)
    assert (again.order_count, again.repeat_count, shop.work(), shop.earned()) == (0, 3, 0, earned)
    shop.now += timedelta(minutes=1)
    corrected = bring(file.replace(b"6.00,1.00", b"3.00,0.50"))
    shop.work()
    assert (corrected.order_count, corrected.repeat_count, shop.earned()) == (1, 2, 180)
    with shop.session() as session:
        found = sorted((one.order_count, one.handled_count, one.aside_count) for one in imports(session))
    assert found == [(0, 0, 0), (1, 1, 0), (3, 3, 0)]


def test_a_draft_can_be_looked_at_and_stores_nothing(shop: Shopkeeper) -> None:
    made = till(shop)
    with shop.session() as session:
        import_id = upload_file(session, connection_id=made.connection_id, file_name="a.csv", content=FILE % b"" + b"9,x,y\n", now=shop.now)
        blind = preview_import(session, import_id=import_id, columns=Columns({}), now=shop.now)
        seen = preview_import(session, import_id=import_id, columns=EURO, now=shop.now)
        assert (bool(blind.refused), blind.guessed["order"], seen.message_count, seen.problem_count) == (True, "Receipt", 3, 1)
        assert shop.work() == 0
        run_import(session, import_id=import_id, columns=EURO, now=shop.now)
        with pytest.raises(ImportRefused, match="imported already"):
            run_import(session, import_id=import_id, columns=EURO, now=shop.now)


def test_the_next_file_of_a_till_is_read_as_its_last_one(shop: Shopkeeper) -> None:
    made = till(shop)
    german = named("Bon", "Datum", "Betrag", "EUR", "day_first", ",")
    files = (
        b"Bon;Datum;Betrag\n1;20.11.2026;3,50\n",
        b"Bon;Datum;Betrag;Kasse\n2;20.11.2026;4,50;A\n",
        b"Nummer;Datum;Betrag\n3;20.11.2026;5,50\n",
    )
    with shop.session() as session:
        first, second, other = (
            upload_file(session, connection_id=made.connection_id, file_name="a.csv", content=content, now=shop.now) for content in files
        )
        assert columns_before(session, import_id=first) is None
        run_import(session, import_id=first, columns=german, now=shop.now)
        assert [columns_before(session, import_id=one) for one in (second, other)] == [german, None]


def test_files_are_for_connections_that_take_them(shop: Shopkeeper) -> None:
    with shop.session() as session:
        for connection_id in (shop.book.connection_id, new_id(shop.now)):
            with pytest.raises(ConnectionUnknown):
                upload_file(session, connection_id=connection_id, file_name="a", content=FILE, now=shop.now)
        with pytest.raises(DeliveryUnknown):
            import_view(session, import_id=new_id(shop.now))
