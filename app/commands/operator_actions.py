"""The operator's actions as the command line offers them; apart from what they do, so that `--help` loads no billing."""

from argparse import ArgumentParser, _SubParsersAction
from datetime import date, datetime
from pathlib import Path


def add_actions(parser: ArgumentParser) -> None:
    """Describe every action to the command line."""
    actions = parser.add_subparsers(dest="action", required=True, metavar="ACTION")
    actions.add_parser("shops", help="list every shop with its id")
    actions.add_parser("models", help="list the models the mind may ask, with price, speed, share right and licence, and each shop's own")
    actions.add_parser("index-codes", help="once after an upgrade from before codes were indexed: enter the codes of older orders")
    actions.add_parser("disputes", help="list open disputes of every shop, the most urgent first")
    decide = actions.add_parser("decide", help="accept, reject or adjust a dispute")
    decide.add_argument("shop", help="the shop's id (shp_...)")
    decide.add_argument("dispute", help="the dispute's id (dsp_...)")
    decide.add_argument("outcome", choices=["accepted", "rejected", "adjusted"])
    decide.add_argument("why", help="a sentence the shop will read")
    decide.add_argument("--granted", help="adjusted only: the amount that goes back, such as 12.50")
    rates = actions.add_parser("rates", help="import a CSV of day,base,quote,rate,source")
    rates.add_argument("file", type=Path)
    rates.add_argument(
        "--confirm-jumps",
        action="store_true",
        help="import first rates, and rates that jump far from the day before: what the refusal says back was checked",
    )
    outage = actions.add_parser("outage", help="record when our service did not run, for every shop or one")
    outage.add_argument("key", help='such as "2026-11-21 database"')
    outage.add_argument("starts_at", type=datetime.fromisoformat, help="with an offset: 2026-11-21T10:00:00+00:00")
    outage.add_argument("ends_at", type=datetime.fromisoformat)
    outage.add_argument("reason", help="a sentence merchants will read")
    outage.add_argument("--shop", help="one shop's id; every shop without it")
    outage.add_argument("--withdraw", action="store_true", help="take an outage back that was recorded by mistake")
    _add_contract_actions(actions)
    _add_bill_actions(actions)
    voice = actions.add_parser("voice", help="give an employee a voice, also one of the folder TILLHAND_VOICE_MODELS: own:NAME")
    voice.add_argument("shop", help="the shop's id (shp_...)")
    voice.add_argument("employee", help="the employee's id (emp_...)")
    voice.add_argument("voice", help="such as heart, oak@90 for ninety percent of its pace, or own:maria")
    actions.add_parser("close", help="close every month that is due")
    verify = actions.add_parser("verify", help="recompute every shop's sealed book; the status is 1 when one differs")
    verify.add_argument("--shop", help="only this shop (shp_...)")
    verify.add_argument("--seal", help="against the seal that the shop was sent with a statement (needs --shop)")


def _add_contract_actions(actions: "_SubParsersAction[ArgumentParser]") -> None:
    """Both sides of a contract, and the facts its clauses ask about."""
    actions.add_parser("proposals", help="list changes of contracts that shops signed and that wait for us")
    agree = actions.add_parser("countersign", help="agree to a change of a contract; it begins on its day")
    agree.add_argument("proposal", help="the proposal's id (prp_...)")
    decline = actions.add_parser("decline", help="do not agree; the contract stays as it is")
    decline.add_argument("proposal", help="the proposal's id (prp_...)")
    decline.add_argument("why", help="a sentence the shop will read")
    insider = actions.add_parser("insider", help="say that a buyer is of the house; their orders earn nothing where the contract says so")
    insider.add_argument("shop", help="the shop's id (shp_...)")
    insider.add_argument("who", choices=["staff", "payee", "nobody"])
    insider.add_argument("--visitor", help="the visitor, as the conversation's page shows it")
    insider.add_argument("--customer", help="the shop's own id of the buyer, as its orders carry it")
    machine = actions.add_parser("machine", help="say that a conversation was held with a machine")
    machine.add_argument("shop", help="the shop's id (shp_...)")
    machine.add_argument("conversation", help="the conversation's id (cnv_...)")
    machine.add_argument("why", help="a sentence that stands beside every order it concerns")
    machine.add_argument("--person", action="store_true", help="take it back: it was a person after all")


def _add_bill_actions(actions: "_SubParsersAction[ArgumentParser]") -> None:
    """Bills, and whom they pay."""
    actions.add_parser("bills", help="list bills that are unpaid or stand still, and invoices at the gateway that no bill knows")
    paid = actions.add_parser("bill-paid", help="mark a bill as paid that was paid by transfer")
    paid.add_argument("shop", help="the shop's id (shp_...)")
    paid.add_argument("bill", help="the bill's id (stm_...)")
    paid.add_argument("paid_on", type=date.fromisoformat, help="the day, such as 2026-11-21")
    paid.add_argument("--reference", default="", help="how the transfer was called")
    paid.add_argument("--undo", action="store_true", help="it was a mistake: the bill is open again")
    actions.add_parser("payouts", help="print what is due to payees out of paid bills, as CSV")
    out = actions.add_parser("paid-out", help="say that a payee's part was transferred")
    out.add_argument("shop", help="the shop's id (shp_...)")
    out.add_argument("number", help="the bill's number, as the list has it")
    out.add_argument("payee", help="the payee, as the list has it")
    out.add_argument("--reference", default="", help="how the transfer was called")
    out.add_argument("--undo", action="store_true", help="it was a mistake: the part is due again")
