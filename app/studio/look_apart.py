"""Looks at a stranger's film in a process of its own, with little memory and little time: what breaks there breaks nothing here.

The child is this same file, started as a program; what it found comes back as JSON.
"""

import resource
import subprocess
import sys
from pathlib import Path
from typing import Final

import msgspec

from avatar_pipeline.provenance import MediaReport, MediaUnreadable, container_of, verify_media

SECONDS_MAX: Final = 120
PROCESSOR_SECONDS_MAX: Final = 40
MEMORY_BYTES_MAX: Final = 3_000_000_000
REFUSED: Final = 3


def look_apart(path: Path, root: bytes) -> MediaReport:
    """Read a film as `verify_media` does. Raises MediaUnreadable, also where the child broke or took too long."""
    container_of(path)  # what is no film costs no process
    command = [sys.executable, "-m", "app.studio.look_apart", str(path)]
    try:
        done = subprocess.run(command, input=root, capture_output=True, timeout=SECONDS_MAX, check=False)
    except subprocess.TimeoutExpired:
        raise MediaUnreadable("Reading this film takes too long. Cut a minute out of it and send that.") from None
    if done.returncode == 0:
        return msgspec.json.decode(done.stdout, type=MediaReport)
    if done.returncode == REFUSED:
        raise MediaUnreadable(done.stdout.decode())
    raise MediaUnreadable("This film cannot be read: it is damaged in a way that stops the reader.")


def _child(path: Path, root: bytes) -> int:
    resource.setrlimit(resource.RLIMIT_AS, (MEMORY_BYTES_MAX, MEMORY_BYTES_MAX))
    resource.setrlimit(resource.RLIMIT_CPU, (PROCESSOR_SECONDS_MAX, PROCESSOR_SECONDS_MAX))
    try:
        found = msgspec.json.encode(verify_media(path, root))
    except MediaUnreadable as error:
        sys.stdout.buffer.write(str(error).encode())
        return REFUSED
    sys.stdout.buffer.write(found)
    return 0


if __name__ == "__main__":
    sys.exit(_child(Path(sys.argv[1]), sys.stdin.buffer.read()))
