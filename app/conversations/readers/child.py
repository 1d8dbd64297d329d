"""The reader's own process: one document in, progress and what was understood out, nothing else within reach.

`python -m app.conversations.readers.child KIND NAME MEMORY_BYTES PROCESSOR_SECONDS` reads the document from standard input and writes one
JSON message per line: {"page": 12, "of": 40}, then {"read": ...} or {"refused": [error, sentence]}. It has no environment, so it knows
no database and no secret, and limits itself before it looks at the first byte.
"""

import json
import resource
import sys
from dataclasses import asdict

from app.conversations.errors import ConversationsError
from app.conversations.knowledge.pieces import ReadDocument


def limit(memory_bytes: int, processor_seconds: int) -> None:
    """Bind this process: no more memory and time than a document deserves, no files written, no core left behind."""
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    resource.setrlimit(resource.RLIMIT_CPU, (processor_seconds, processor_seconds))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_CORE, (0, 0))


def say(message: dict[str, object]) -> None:
    """Write one message to whoever started us."""
    sys.stdout.write(json.dumps(message, ensure_ascii=True) + "\n")
    sys.stdout.flush()


def told(read: ReadDocument) -> dict[str, object]:
    """What was understood as JSON."""
    return {"pieces": [asdict(piece) for piece in read.pieces], "warnings": list(read.warnings), "pages": read.pages}


def main() -> None:
    """Read one document."""
    kind, name, memory_bytes, processor_seconds = sys.argv[1:5]
    limit(int(memory_bytes), int(processor_seconds))
    try:
        from app.conversations.readers.read import read

        body = sys.stdin.buffer.read()
        say({"read": told(read(name, kind, body, lambda page, of: say({"page": page, "of": of})))})
    except ConversationsError as error:
        say({"refused": [type(error).__name__, str(error)]})
    except MemoryError:
        say({"refused": ["DocumentTooLarge", f"{name} takes more memory to read than a document may take. Please split it."]})


if __name__ == "__main__":
    main()
