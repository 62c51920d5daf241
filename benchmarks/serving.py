"""Quotes by HTTP at 200 requests a second, beside an empty way of the same server in the same run.

`datecertain serve` in a process of its own, asked by `hey` (a load tool written in Go; Debian's
package) at a fixed rate over ten connections, on the same machine: both share its cores. The
workspace is `SERVING_WORKSPACE` (a year of the group, made beforehand), else one with the bundled
network alone. Times are hey's own: from the request to the end of its answer. A minute of warming
is not counted.
"""

from __future__ import annotations

import csv
import io
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

from datecertain.operations.accounts import create_account, create_key
from datecertain.operations.clock import SystemClock
from datecertain.operations.workspaces import make_workspace

RATE, CONNECTIONS = 200, 10
SECONDS = int(os.environ.get("SERVING_SECONDS", "30"))
QUESTION = {"origin": "KR:03051", "destination": "US:10001", "accepted_at": "2026-11-27T16:10"}


def run() -> dict[str, str]:
    """Figures by what they mean."""
    if shutil.which("hey") is None:
        return {"quotes by HTTP": "not measured: `hey` is not there"}
    with tempfile.TemporaryDirectory() as folder:
        given = os.environ.get("SERVING_WORKSPACE")
        workspace = Path(given) if given else Path(folder) / "w"
        if given is None:
            make_workspace(workspace, SystemClock())
        key = _key(workspace)
        with _Server(workspace) as server:
            return _measured(server, key, Path(folder))


def _key(workspace: Path) -> str:
    now = int(time.time())
    login = f"load-{now}"
    create_account(workspace, login, "load", "KR", ["shop"], now, machine=True)
    return create_key(workspace, login, now)


class _Server:
    """`datecertain serve` in a process of its own."""

    def __init__(self, workspace: Path) -> None:
        words = ["serve", "-w", str(workspace), "--port", "0", "--rate", "1000000", "--no-take-in"]
        self.process = subprocess.Popen(
            [sys.executable, "-m", "datecertain", *words], stdout=subprocess.PIPE, text=True
        )
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self) -> _Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def rss_mib(self) -> float:
        """Memory of the process now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024


def _measured(server: _Server, key: str, folder: Path) -> dict[str, str]:
    body = folder / "question.json"
    body.write_text(json.dumps(QUESTION))
    quote = ["-m", "POST", "-T", "application/json", "-D", str(body),
             "-H", f"Authorization: Bearer {key}", f"{server.url}/v1/quotes"]  # fmt: skip
    empty = [f"{server.url}/v1/health"]
    _asked(quote, 5)
    before = server.rss_mib()
    figures: dict[str, Any] = {}
    for name, ways in {"an empty way": empty, "a quote": quote}.items():
        figures |= _figures(name, _asked(ways, SECONDS))
    figures["memory of the server before and after"] = (
        f"{before:,.0f} and {server.rss_mib():,.0f} MiB"
    )
    return figures


def _asked(ways: list[str], seconds: int) -> list[tuple[float, int]]:
    """(seconds, status) of each request at the fixed rate."""
    told = subprocess.run(
        ["hey", "-z", f"{seconds}s", "-c", str(CONNECTIONS), "-q", str(RATE // CONNECTIONS),
         "-o", "csv", *ways],
        check=True, capture_output=True, text=True,
    ).stdout  # fmt: skip
    rows = csv.DictReader(io.StringIO(told))
    return [(float(row["response-time"]), int(row["status-code"])) for row in rows]


def _figures(name: str, asked: list[tuple[float, int]]) -> dict[str, str]:
    times = sorted(took * 1000 for took, _ in asked)
    wrong = sum(status != 200 for _, status in asked)

    def at(share: float) -> str:
        return f"{times[min(len(times) - 1, int(share * len(times)))]:.1f}"

    return {
        f"{name}: half, 95 %, 99 % within": f"{at(0.5)}, {at(0.95)}, {at(0.99)} ms",
        f"{name}: requests, of them not answered by 200": f"{len(times):,}, {wrong}",
    }
