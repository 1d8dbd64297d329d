"""A small hub of weights: it serves files at pinned revisions as the public one does, and can break off in the middle of one."""

import hashlib
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer


class WeightsHub(ThreadingHTTPServer):
    """`files` by "owner/name/revision/path"; `breaks_at` ends the first answer after so many bytes; `asked` keeps what came."""

    daemon_threads = True

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Answer)
        self.files: dict[str, bytes] = {}
        self.breaks_at: int | None = None
        self.asked: list[tuple[str, str, str | None]] = []

    @property
    def address(self) -> str:
        return f"http://127.0.0.1:{self.server_address[1]}"


class _Answer(BaseHTTPRequestHandler):
    server: WeightsHub

    def do_HEAD(self) -> None:
        self._answer(has_body=False)

    def do_GET(self) -> None:
        self._answer(has_body=True)

    def _answer(self, *, has_body: bool) -> None:
        owner, name, _, revision, path = self.path.lstrip("/").split("/", 4)
        key = f"{owner}/{name}/{revision}/{path}"
        self.server.asked.append((self.command, key, self.headers["Range"]))
        data = self.server.files.get(key)
        if data is None:
            self.send_error(404)
            return
        start = int(self.headers["Range"].removeprefix("bytes=").rstrip("-")) if has_body and self.headers["Range"] else 0
        self.send_response(206 if start else 200)
        self.send_header("X-Repo-Commit", revision)
        self.send_header("ETag", f'"{hashlib.sha256(data).hexdigest()}"')
        self.send_header("Accept-Ranges", "bytes")
        self.send_header("Content-Length", str(len(data) - start))
        if start:
            self.send_header("Content-Range", f"bytes {start}-{len(data) - 1}/{len(data)}")
        self.end_headers()
        if has_body:
            end, self.server.breaks_at = self.server.breaks_at, None
            self.wfile.write(data[start:end])

    def log_message(self, *_: object) -> None:
        """Say nothing on the terminal."""


@contextmanager
def weights_hub() -> Iterator[WeightsHub]:
    """A hub that answers until the block ends."""
    hub = WeightsHub()
    thread = threading.Thread(target=hub.serve_forever, args=(0.01,), daemon=True)
    thread.start()
    yield hub
    hub.shutdown()
    hub.server_close()
    thread.join()
