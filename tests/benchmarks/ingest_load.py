"""The load of the ingest benchmark, a process of its own: signed single-order webhooks on keep-alive connections, over bare sockets.

It writes one JSON file: how many were sent and taken, the latencies, and the processor time it used itself. `--rate 0` is a closed loop
(each connection sends its next when the last is answered); with a rate it is open: latency counts from when a delivery was due, whether
or not a connection was free. What is not answered 2xx is sent again, as a merchant would.
"""

import argparse
import asyncio
import base64
import hashlib
import hmac
import json
import resource
import signal
import time
from collections import deque
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from urllib.parse import urlsplit

import uvloop

RETRY_SECONDS = 0.2
LATE_SECONDS = 0.05
BODY = (
    '{"type":"order.paid","timestamp":"%(at)s","data":{"id":"%(name)s","number":"%(name)s","status":"paid","created_at":"%(at)s",'
    '"updated_at":"%(at)s","currency":"EUR","total":"20.00","lines":[{"id":"1","product":"flat-white","quantity":1,"total":"20.00"}],'
    '"attribution":{"visitor":"%(visitor)s"}}}'
)


@dataclass(slots=True)
class Sender:
    """One shop's address and key."""

    path: str
    key: bytes
    visitors: list[str]


@dataclass
class Load:
    """What is to be sent, and what became of it."""

    host: str
    senders: list[Sender]
    prefix: str
    until: float
    number: int = 0
    began: float = field(default_factory=time.perf_counter)
    taken: list[str] = field(default_factory=list)
    latencies: list[float] = field(default_factory=list)
    late: dict[int, tuple[int, float]] = field(default_factory=dict)
    refused: int = 0
    broken: int = 0

    def take(self, name: str, due: float) -> None:
        """Note that a delivery is answered; of the late ones also the second they were due in, how many and how late the latest."""
        latency = time.perf_counter() - due
        self.taken.append(name)
        self.latencies.append(latency)
        if latency > LATE_SECONDS:
            count, longest = self.late.get(int(due - self.began), (0, 0.0))
            self.late[int(due - self.began)] = count + 1, max(longest, latency)

    def request(self, number: int) -> tuple[str, bytes]:
        """The order's name and the whole request."""
        sender = self.senders[number % len(self.senders)]
        name = f"{self.prefix}-{number}"
        now = datetime.now(UTC)
        at, stamp = now.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), int(now.timestamp())
        body = (BODY % {"at": at, "name": name, "visitor": sender.visitors[number // len(self.senders) % len(sender.visitors)]}).encode()
        digest = hmac.digest(sender.key, b"%s.%d." % (name.encode(), stamp) + body, hashlib.sha256)
        head = (
            f"POST {sender.path} HTTP/1.1\r\nhost: {self.host}\r\ncontent-type: application/json\r\ncontent-length: {len(body)}\r\n"
            f"webhook-id: {name}\r\nwebhook-timestamp: {stamp}\r\nwebhook-signature: v1,{base64.b64encode(digest).decode()}\r\n\r\n"
        )
        return name, head.encode() + body


async def answered(reader: asyncio.StreamReader, writer: asyncio.StreamWriter, request: bytes) -> int:
    """Send one request and return the answer's status."""
    writer.write(request)
    head = await reader.readuntil(b"\r\n\r\n")
    length = int(head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0])
    await reader.readexactly(length)
    return int(head[9:12])


class Connection:
    """One keep-alive connection, opened again whenever it breaks."""

    def __init__(self, load: Load, address: tuple[str, int]) -> None:
        self._load, self._address = load, address
        self._streams: tuple[asyncio.StreamReader, asyncio.StreamWriter] | None = None

    async def send(self, number: int, due: float) -> None:
        """Send one order until it is taken."""
        name, request = self._load.request(number)
        while True:
            try:
                if self._streams is None:
                    self._streams = await asyncio.open_connection(*self._address)
                status = await answered(*self._streams, request)
            except (OSError, asyncio.IncompleteReadError):
                self._load.broken += 1
                if self._streams is not None:
                    self._streams[1].close()
                self._streams = None
            else:
                if 200 <= status < 300:
                    self._load.take(name, due)
                    return
                self._load.refused += 1
            await asyncio.sleep(RETRY_SECONDS)
            if time.perf_counter() > self._load.until + 60:
                return


async def closed(load: Load, connections: list[Connection]) -> None:
    """Each connection sends one after another."""

    async def run(connection: Connection) -> None:
        while (now := time.perf_counter()) < load.until:
            load.number += 1
            await connection.send(load.number, now)

    await asyncio.gather(*map(run, connections))


async def opened(load: Load, connections: list[Connection], rate: float) -> None:
    """Deliveries fall due at an even pace, whatever the answers do."""
    free, started, jobs = deque(connections), time.perf_counter(), set()
    room = asyncio.Semaphore(len(connections))

    async def run(number: int, due: float) -> None:
        async with room:
            connection = free.popleft()
            try:
                await connection.send(number, due)
            finally:
                free.append(connection)

    while (now := time.perf_counter()) < load.until:
        while load.number < (now - started) * rate:
            load.number += 1
            job = asyncio.create_task(run(load.number, started + load.number / rate))
            jobs.add(job)
            job.add_done_callback(jobs.discard)
        await asyncio.sleep(0.002)
    await asyncio.gather(*jobs)


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("url")
    parser.add_argument("senders", type=Path)
    parser.add_argument("told", type=Path)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--rate", type=float, default=0)
    parser.add_argument("--connections", type=int, default=64)
    parser.add_argument("--prefix", default="load")
    asked = parser.parse_args()
    target = urlsplit(asked.url)
    senders = [
        Sender(f"/api/v1/hooks/{key}", base64.b64decode(secret.removeprefix("whsec_")), visitors)
        for key, secret, visitors in json.loads(asked.senders.read_text())
    ]
    signal.signal(signal.SIGTERM, lambda *_: setattr(load, "until", time.perf_counter()))
    load = Load(target.netloc, senders, asked.prefix, time.perf_counter() + asked.seconds)
    connections = [Connection(load, (target.hostname or "", target.port or 80)) for _ in range(asked.connections)]
    started = time.perf_counter()
    with asyncio.Runner(loop_factory=uvloop.new_event_loop) as runner:
        runner.run(opened(load, connections, asked.rate) if asked.rate else closed(load, connections))
    used = resource.getrusage(resource.RUSAGE_SELF)
    told = {
        "sent": load.number, "taken": load.taken, "latencies": sorted(load.latencies), "late": sorted(load.late.items()),
        "refused": load.refused, "broken": load.broken, "seconds": time.perf_counter() - started,
        "processor_seconds": used.ru_utime + used.ru_stime,
    }  # fmt: skip
    asked.told.write_text(json.dumps(told))


if __name__ == "__main__":
    main()
