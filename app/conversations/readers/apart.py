"""Read a document in a process of its own: what a hostile file does to its reader stays there, and ends when its time is over."""

import json
import subprocess
import sys
import threading
from pathlib import Path
from typing import Any, Final

from app.conversations import errors
from app.conversations.errors import ConversationsError, DocumentNotReadable, DocumentTooLarge
from app.conversations.knowledge.pieces import Piece, ProductFact, ReadDocument
from app.conversations.readers.pdf import Tell

MEMORY_BYTES_MAX: Final = 1_500_000_000
PROCESSOR_SECONDS_MAX: Final = 120
SECONDS_MAX: Final = 300
"""By the wall's clock; on a busy machine the processor's time comes slowly."""
MESSAGE_BYTES_MAX: Final = 64_000_000
HOUSE: Final = Path(__file__).parents[3]


def read_apart(
    name: str,
    kind: str,
    body: bytes,
    tell: Tell,
    *,
    memory_bytes: int = MEMORY_BYTES_MAX,
    processor_seconds: int = PROCESSOR_SECONDS_MAX,
    seconds: float = SECONDS_MAX,
) -> ReadDocument:
    """Read a document of a kind; `tell(page, pages)` hears of progress.

    Raises the Document... errors; a reader that was killed or died is a DocumentNotReadable that says so.
    """
    command = [sys.executable, "-m", "app.conversations.readers.child", kind, name, str(memory_bytes), str(processor_seconds)]
    with subprocess.Popen(
        command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, cwd=HOUSE, env={"LC_ALL": "C.UTF-8"}
    ) as child:
        alarm = threading.Timer(seconds, child.kill)
        alarm.start()
        feeder = threading.Thread(target=_feed, args=(child, body), daemon=True)
        feeder.start()
        try:
            return _listen(name, child, tell)
        finally:
            alarm.cancel()
            child.kill()
            feeder.join()


def _feed(child: "subprocess.Popen[bytes]", body: bytes) -> None:
    if child.stdin is not None:
        try:
            child.stdin.write(body)
            child.stdin.close()
        except OSError:
            return  # the child is gone; whoever listens to it says why


def _listen(name: str, child: "subprocess.Popen[bytes]", tell: Tell) -> ReadDocument:
    out = child.stdout
    while out is not None:
        line = out.readline(MESSAGE_BYTES_MAX)
        if not line.endswith(b"\n"):
            break
        message = json.loads(line)
        if "read" in message:
            return _read_of(message["read"])
        if "refused" in message:
            raise _refusal(*message["refused"])
        tell(message["page"], message["of"])
    code = child.wait()
    if code < 0:
        raise DocumentTooLarge(f"Reading {name} took more time or memory than a document may take, and was stopped. Please split it.")
    raise DocumentNotReadable(f"{name} could not be read: the file seems to be damaged. Please save or export it again.")


def _refusal(class_name: str, sentence: str) -> ConversationsError:
    known: Any = getattr(errors, class_name, DocumentNotReadable)
    made: ConversationsError = known(sentence)
    return made


def _read_of(message: dict[str, Any]) -> ReadDocument:
    return ReadDocument(tuple(_piece_of(one) for one in message["pieces"]), tuple(message["warnings"]), message["pages"])


def _piece_of(one: dict[str, Any]) -> Piece:
    product = ProductFact(**one["product"]) if one["product"] else None
    return Piece(one["heading"], tuple(one["sentences"]), product, one["page"])
