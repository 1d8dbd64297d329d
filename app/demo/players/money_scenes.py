"""The money scenes: a sale becomes a line of the payslip, the line leads to the conversation, and refunds take all of it back."""

import re

from app.demo.players.bookkeeper import Bookkeeper, PayslipRow
from app.demo.players.buyer import Bought, Buyer
from app.demo.players.diary import Diary
from app.demo.players.failure import expect
from app.demo.players.shopper import Answer
from app.demo.shop.prices import as_price, share_of

PARTIAL_AMOUNT = "1.00"


def see_payslip(diary: Diary, buyer: Buyer, bookkeeper: Bookkeeper, bought: Bought) -> PayslipRow:
    """The payslip shows the sale; the time counts from the acceptance of the shop's webhook to the page that shows it."""
    sentence = f"The payslip should show the sale {bought.number}."
    seen = bookkeeper.wait_for(bought.number, lambda now: now.sum_minor > 0, sentence)
    waited_ms = max(0.0, (seen.seen_at - buyer.accepted_at(bought.number, "order.paid")).total_seconds() * 1000)
    diary.payslip_ms.append(waited_ms)
    worth = f"{as_price(bought.total_minor)} paid, {as_price(seen.sum_minor)} earned [on the payslip after {waited_ms:.0f} ms]"
    diary.note(f"The payslip has a line for {bought.number}", worth)
    return seen.rows[0]


def check_discount(bought: Bought, answer: Answer) -> None:
    """The till took off exactly what the coupon's own words promise."""
    expect(bought.discount_minor > 0, "The coupon should have taken something off.", bought)
    words = f"{(answer.offer or {}).get('title', '')} {(answer.offer or {}).get('terms', '')}"
    percent = re.search(r"(\d+)\s?(?:%|percent)", words)
    if percent:
        promised = share_of(bought.subtotal_minor, int(percent[1]) * 10_000)
        expect(bought.discount_minor == promised, f"{percent[0]} of {bought.subtotal_minor} cents should be {promised}.", bought)


def read_evidence(diary: Diary, bookkeeper: Bookkeeper, row: PayslipRow, question: str) -> None:
    """The line's link opens the very conversation in which the shopper asked."""
    page = bookkeeper.read_conversation(row)
    expect(question in page, f"The conversation should hold the question “{question}”.", row.conversation_path)
    diary.note("The line leads to the conversation", row.conversation_path or "")


def repeat_delivery(diary: Diary, buyer: Buyer, bookkeeper: Bookkeeper, bought: Bought) -> None:
    """The same delivery once more is answered as a repeat and earns nothing twice."""
    before = bookkeeper.look(bought.number)
    attempt = buyer.send_again(bought.number, "order.paid")
    expect(attempt["status"] == 202 and '"repeat":true' in attempt["answer"].replace(" ", ""), "It should be seen as a repeat.", attempt)
    after = bookkeeper.look(bought.number)
    expect(after.rows == before.rows, "A repeated delivery should change nothing.", after)
    diary.note("The same delivery again changes nothing", attempt["answer"])


def take_back_in_parts(diary: Diary, buyer: Buyer, bookkeeper: Bookkeeper, bought: Bought) -> None:
    """One piece back, then a sum, then the rest: after each their share is smaller, and in the end exactly nothing is left."""
    whole = bookkeeper.look(bought.number).sum_minor
    buyer.refund_piece(bought.number)
    less = _share_shrinks(diary, bookkeeper, bought, whole, "One piece goes back")
    buyer.refund_amount(bought.number, PARTIAL_AMOUNT)
    _share_shrinks(diary, bookkeeper, bought, less, f"${PARTIAL_AMOUNT} goes back")
    take_back_at_once(diary, buyer, bookkeeper, bought)


def take_back_at_once(diary: Diary, buyer: Buyer, bookkeeper: Bookkeeper, bought: Bought) -> None:
    """Everything goes back; what is left of their share is the residue, and it must be 0."""
    lines = len(bookkeeper.look(bought.number).rows)
    buyer.refund_rest(bought.number)
    buyer.delivered(bought.number, "refund.created")
    seen = bookkeeper.wait_for(bought.number, lambda now: len(now.rows) > lines, "The refund should have a line of its own.")
    diary.residues_minor.append(abs(seen.sum_minor))
    expect(seen.sum_minor == 0, "A full refund should take back their whole share.", seen)
    diary.note(f"{bought.number} goes back completely", f"{as_price(seen.sum_minor)} of their share is left, in {len(seen.rows)} lines")


def _share_shrinks(diary: Diary, bookkeeper: Bookkeeper, bought: Bought, before_minor: int, words: str) -> int:
    seen = bookkeeper.wait_for(bought.number, lambda now: now.sum_minor < before_minor, f"{words}: their share should shrink.")
    expect(seen.sum_minor > 0, "A partial refund should leave a part of their share.", seen)
    diary.note(words, f"{as_price(seen.sum_minor)} of their share is left")
    return seen.sum_minor
