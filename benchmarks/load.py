"""A server in a process of its own, asked at a fixed rate by `h2load` (C++; Debian's package
`nghttp2-client`) on the same machine: both share its cores.

Each of ten connections asks at a tenth of the rate, and each begins a little after the one before,
so that requests come evenly. Times are h2load's own: from a request to the end of its answer.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

CONNECTIONS = 10
TOOL = "h2load"
NOT_THERE = f"not measured: `{TOOL}` is not there"


def there() -> bool:
    """Whether the load tool is installed."""
    return shutil.which(TOOL) is not None


#: The program with its clock set forward by the first word, in minutes: for a workspace whose
#: synthetic facts end at a moment to come.
_LATER = """
import sys, time
from datecertain.operations.clock import SystemClock
ahead = int(sys.argv.pop(1))
SystemClock.now = lambda clock: int(time.time() // 60) + ahead
from datecertain.cli import main
main()
"""


class Server:
    """`datecertain serve` over a workspace, with its clock so many minutes ahead."""

    def __init__(self, workspace: Path, ahead: int = 0) -> None:
        words = ["serve", "-w", str(workspace), "--port", "0", "--rate", "1000000",
                 "--no-take-in", "--no-jobs"]  # fmt: skip
        self.process = subprocess.Popen(
            [sys.executable, *(["-c", _LATER, str(ahead)] if ahead else ["-m", "datecertain"]),
             *words], stdout=subprocess.PIPE, text=True,
        )  # fmt: skip
        assert self.process.stdout is not None
        self.url = self.process.stdout.readline().split()[-1]

    def __enter__(self) -> Server:
        return self

    def __exit__(self, *_: object) -> None:
        self.process.terminate()
        self.process.wait()

    def rss_mib(self) -> float:
        """Memory of the process now."""
        status = Path(f"/proc/{self.process.pid}/status").read_text()
        return int(status.split("VmRSS:")[1].split()[0]) / 1024

    def cpu_s(self) -> float:
        """Processor time of the process until now."""
        user, system = Path(f"/proc/{self.process.pid}/stat").read_text().split()[13:15]
        return (int(user) + int(system)) / 100


@dataclass(frozen=True, slots=True)
class Asked:
    """What came of requests at a rate: milliseconds, sorted; statuses that are no 200."""

    times: list[float]
    wrong: int
    seconds: float
    cpu_s: float

    def figures(self, name: str) -> dict[str, str]:
        """Figures by what they mean."""
        within = ", ".join(f"{self.at(share):.1f}" for share in (0.5, 0.95, 0.99))
        return {
            f"{name}: half, 95 %, 99 % within": f"{within} ms",
            f"{name}: requests, of them not answered by 200": f"{len(self.times):,}, {self.wrong}",
            f"{name}: the server's processor time for each": (
                f"{self.cpu_s * 1000 / len(self.times):.2f} ms"
            ),
        }

    def at(self, share: float) -> float:
        """Within so many milliseconds was this share answered."""
        return self.times[min(len(self.times) - 1, int(share * len(self.times)))]


def ask(
    server: Server, paths: Sequence[str], key: str, rate: int, seconds: int,
    body: Path | None = None, connections: int = CONNECTIONS,
) -> Asked:  # fmt: skip
    """Ask for paths by turns, at a rate a second; with a body they are posted. Each connection
    begins with the first path: over one alone none is asked for twice while there are others."""
    with tempfile.TemporaryDirectory() as folder:
        log, uris = Path(folder) / "log", Path(folder) / "uris"
        uris.write_text("".join(f"{server.url}{path}\n" for path in paths))
        words = [
            TOOL, "--h1", "-c", str(connections), "-n", str(rate * seconds),
            "--rps", str(rate / connections), "-r", "1", "--rate-period",
            f"{1000 // rate}ms", "-i", str(uris), "--log-file", str(log),
            "-H", f"Authorization: Bearer {key}",
        ]  # fmt: skip
        if body is not None:
            words += ["-d", str(body), "-H", "Content-Type: application/json"]
        began, before = time.monotonic(), server.cpu_s()
        subprocess.run(words, check=True, capture_output=True)
        took, spent = time.monotonic() - began, server.cpu_s() - before
        rows = [line.split("\t") for line in log.read_text().splitlines()]
    times = sorted(int(row[2]) / 1000 for row in rows)
    return Asked(times, sum(row[1] != "200" for row in rows), took, spent)
