"""A real S3 service on loopback (moto's server) for tests: one process-wide server, an empty bucket for whoever asks."""

from collections.abc import Iterator
from contextlib import contextmanager

import httpx
from moto.server import ThreadedMotoServer


@contextmanager
def running_s3(bucket: str) -> Iterator[str]:
    """Start a server with one bucket and give its address."""
    server = ThreadedMotoServer("127.0.0.1", 0, verbose=False)
    server.start()
    host, port = server.get_host_and_port()
    address = f"http://{host}:{port}"
    try:
        signed = "AWS4-HMAC-SHA256 Credential=testing/20260101/us-east-1/s3/aws4_request"
        httpx.put(f"{address}/{bucket}", headers={"Authorization": signed})
        yield address
    finally:
        server.stop()
