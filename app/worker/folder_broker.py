"""A message broker made of a folder: for fresh machines, where Celery's messages need no server.

Kombu's own folder transport reads a file while another process may still be writing it, and moves files across file systems; a
worker then dies of an empty message. Here a message appears by renaming a finished file, and is taken by renaming it away, which
the file system does at once or not at all.
"""

import time
import uuid
from pathlib import Path
from queue import Empty
from typing import Any, ClassVar

from kombu.transport import filesystem
from kombu.utils.json import dumps, loads

UNFINISHED = ".unfinished"


class Channel(filesystem.Channel):  # type: ignore[misc]
    """Kombu's folder channel with putting and taking made safe."""

    def _put(self, queue: str, payload: dict[str, Any], **_kwargs: Any) -> None:
        name = f"{time.monotonic_ns():020d}_{uuid.uuid4()}.{queue}.msg"
        folder = Path(self.data_folder_out)
        unfinished = folder / f"{name}{UNFINISHED}"
        unfinished.write_text(dumps(payload))
        unfinished.rename(folder / name)

    def _get(self, queue: str) -> Any:
        """Take the oldest message of a queue; raises queue.Empty when there is none."""
        for path in sorted(Path(self.data_folder_in).glob(f"*.{queue}.msg")):
            taken = Path(self.processed_folder) / path.name
            try:
                path.rename(taken)
            except FileNotFoundError:
                continue  # another worker took it
            payload = loads(taken.read_text())
            taken.unlink()
            return payload
        raise Empty


class Transport(filesystem.Transport):  # type: ignore[misc]
    """The transport Celery is pointed at."""

    Channel = Channel
    default_connection_params: ClassVar[dict[str, str]] = {}
    """A folder has no host, and Kombu complains when a default stands in for one that was not named."""
