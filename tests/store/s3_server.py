"""An S3 server of our own on 127.0.0.1: `moto` in a process of its own, started for the tests.

with running() as server:
    server.make_bucket("facts")
    server.options                       # facts_options of a workspace on it
"""

from __future__ import annotations

import re
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass

_BY_ITSELF = re.compile(r"<Key>([^<]*)</Key>")


@dataclass(frozen=True, slots=True)
class S3Server:
    """A server that takes any credentials."""

    address: str

    @property
    def options(self) -> dict[str, str]:
        """What `[facts_options]` says for this server."""
        return {
            "AWS_ENDPOINT_URL": self.address,
            "AWS_ALLOW_HTTP": "true",
            "AWS_REGION": "us-east-1",
            "AWS_ACCESS_KEY_ID": "test",
            "AWS_SECRET_ACCESS_KEY": "test",
        }

    def make_bucket(self, name: str) -> None:
        """An empty bucket."""
        self._ask(f"/{name}", "PUT")

    def keys(self, bucket: str) -> list[str]:
        """The names of all objects in a bucket (of fewer than a thousand)."""
        return _BY_ITSELF.findall(self._ask(f"/{bucket}?list-type=2", "GET"))

    def delete(self, bucket: str, key: str) -> None:
        """Delete an object, as somebody with the console might."""
        self._ask(f"/{bucket}/{key}", "DELETE")

    def _ask(self, path: str, method: str) -> str:
        # Unsigned: the server checks no signatures; it looks for the service's name.
        signed = {"Authorization": "AWS4-HMAC-SHA256 Credential=t/20260101/us-east-1/s3/aws4"}
        request = urllib.request.Request(self.address + path, method=method, headers=signed)
        with urllib.request.urlopen(request, timeout=10) as answer:
            return str(answer.read().decode())


def _free_port() -> int:
    with socket.socket() as asked:
        asked.bind(("127.0.0.1", 0))
        return int(asked.getsockname()[1])


@contextmanager
def running() -> Iterator[S3Server]:
    """Start the server, and stop it."""
    port = _free_port()
    command = [sys.executable, "-m", "moto.server", "-H", "127.0.0.1", "-p", str(port)]
    process = subprocess.Popen(command, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
    server = S3Server(f"http://127.0.0.1:{port}")
    try:
        _wait(server, process)
        yield server
    finally:
        process.terminate()
        process.wait(10)


def _wait(server: S3Server, process: subprocess.Popen[bytes]) -> None:
    end = time.monotonic() + 60
    while True:
        try:
            server._ask("/moto-api/", "GET")
            return
        except (urllib.error.URLError, ConnectionError):
            if process.poll() is not None or time.monotonic() > end:
                raise
            time.sleep(0.1)
