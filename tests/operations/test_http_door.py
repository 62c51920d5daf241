"""Handing in by HTTP: a real server in a process of its own, real requests (synthetic mail)."""

from __future__ import annotations

import base64
import hashlib
import json
import socket
import threading
import time
from collections.abc import Iterator
from pathlib import Path
from random import Random

import httpx
import pytest
from canonical_state import events_of, rows_of
from command_line import say
from http_door import WAYS, HttpDoor, Partner, new_key
from sftp_server import wait_for
from small_workspaces import interchange, small_workspace, take_in_files

from datecertain.door.limiting import Limiter
from datecertain.errors import NotFound
from datecertain.identifiers import ItemNumber
from datecertain.server import Serving, create_app
from datecertain.store import records
from thorough import often

SCAN = ("EMB", "202610211945", "KRSELB")
MAIL = interchange(SCAN)
OPENAPI = Path(__file__).parents[2] / "docs" / "reference" / "openapi.json"


@pytest.fixture
def workspace(tmp_path: Path) -> Path:
    return small_workspace(tmp_path / "w")


@pytest.fixture
def door(workspace: Path) -> Iterator[HttpDoor]:
    with HttpDoor(workspace, ("--most", "1")) as opened:
        yield opened


@pytest.fixture
def korea(workspace: Path, door: HttpDoor) -> Iterator[Partner]:
    partner = door.as_partner(new_key(workspace, "KR"))
    yield partner
    partner.close()


def problem(answer: httpx.Response) -> tuple[int, str]:
    assert answer.headers["content-type"] == "application/problem+json"
    told = answer.json()
    assert told["status"] == answer.status_code
    assert told["title"]
    return answer.status_code, told["type"].removeprefix("urn:datecertain:problem:")


def drafts(workspace: Path) -> list[str]:
    return [path.name for path in (workspace / "incoming").rglob(".*.part")]


def test_an_interchange_is_handed_in_and_read(
    workspace: Path, door: HttpDoor, korea: Partner
) -> None:
    answer = korea.hand_in(MAIL, Content_Type="application/edifact")
    sha256 = hashlib.sha256(MAIL).hexdigest()
    assert (answer.status_code, answer.headers["location"]) == (202, f"{WAYS}/{sha256}")
    told = answer.json()
    assert (told["sha256"], told["size"], told["door"]) == (sha256, len(MAIL), "http")
    assert told["state"] in ("received", "read")
    read = korea.wait(MAIL)
    assert (read["state"], read["set_aside"], read["findings"]) == ("read", 0, [])
    assert (read["counts"]["interchanges"], read["counts"]["events"]) == (1, 1)
    assert len(events_of(workspace)) == 1
    (row,) = rows_of(workspace, records.input_files)
    assert row["path"] == f"KR/http-{sha256[:32]}.edi"
    kept = (workspace / "incoming" / "archive").rglob("*.edi")
    assert [path.read_bytes() for path in kept] == [MAIL]
    assert httpx.get(f"{door.url}/v1/health").json()["taking_in"] == "running"


def test_what_was_set_aside_is_told_with_its_reason(korea: Partner) -> None:
    mail = interchange(SCAN, item="EE000000013KR")  # wrong check digit
    korea.hand_in(mail)
    told = korea.wait(mail)
    assert (told["state"], told["set_aside"], told["waiting"]) == ("set_aside", 1, 1)
    assert told["findings_count"] == len(told["findings"]) == 1
    assert told["findings"][0]["severity"] == "error"
    assert told["findings"][0]["position"]


def test_the_same_again_does_no_harm(workspace: Path, korea: Partner) -> None:
    first = korea.hand_in(MAIL, Idempotency_Key='"monday-1"')
    korea.wait(MAIL)
    for headers in ({"Idempotency_Key": "monday-1"}, {}, {"Idempotency_Key": "tuesday"}):
        again = korea.hand_in(MAIL, **headers)
        assert again.status_code == 202
        assert again.json()["received_at"] == first.json()["received_at"]
    other = korea.hand_in(interchange(SCAN, reference="2"), Idempotency_Key="monday-1")
    assert problem(other) == (422, "idempotency-key-reused")
    assert problem(korea.hand_in(MAIL, Idempotency_Key='""')) == (400, "idempotency-key")
    wait_for(lambda: not list((workspace / "incoming" / "KR").iterdir()))
    assert len(events_of(workspace)) == 1


def test_every_form_by_the_same_door(tmp_path: Path, workspace: Path, korea: Partner) -> None:
    source = small_workspace(tmp_path / "source")
    for number, form in enumerate(("epcis", "json", "csv", "parquet"), start=1):
        item = str(ItemNumber.compose("EE", number, "KR"))
        take_in_files(
            source, tmp_path / form, {"a.edi": interchange(SCAN, item=item, reference=form)}
        )
        out = tmp_path / f"{form}.out"
        say("events", "export", "--item", item, "--format", form, "--out", out, "-w", source)
        body = out.read_bytes()
        assert korea.hand_in(body, Content_Type="application/octet-stream").status_code == 202
        told = korea.wait(body)
        assert (told["state"], told["counts"]) == ("read", {"records": 1, "events": 1}), form
    assert korea.hand_in(MAIL).status_code == 202
    assert korea.wait(MAIL)["counts"]["events"] == 1
    columns = ["item_id", "code", "event_at", "office", "sender", "recipient"]
    there = events_of(source).select(columns).to_pylist()
    here = events_of(workspace).select(columns).to_pylist()
    assert len(here) == 5
    assert all(event in here for event in there)


def test_without_a_valid_key_nothing_is_taken(
    workspace: Path, door: HttpDoor, korea: Partner
) -> None:
    good = new_key(workspace, "KR")
    revoked = new_key(workspace, "KR")
    assert say("key", "revoke", revoked.split("_")[1], "-w", workspace).code == 0
    wrong = good[:-2] + ("AA" if good[-2:] != "AA" else "BB")
    for header in (
        "",
        "Bearer",
        "Bearer x",
        f"Basic {good}",
        f"Bearer {wrong}",
        f"Bearer {revoked}",
    ):
        answer = httpx.post(door.url + WAYS, content=MAIL, headers={"Authorization": header})
        assert problem(answer) == (401, "key"), header
        assert answer.headers["www-authenticate"] == "Bearer"
    assert not (workspace / "incoming" / "KR").exists()
    assert httpx.post(
        door.url + WAYS, content=MAIL, headers={"Authorization": f"bearer {good}"}
    ).status_code == 202  # fmt: skip


def test_a_partner_sees_its_own_receipts_only(
    workspace: Path, door: HttpDoor, korea: Partner
) -> None:
    korea.hand_in(MAIL)
    america = door.as_partner(new_key(workspace, "US"))
    assert problem(america.receipt(MAIL)) == (404, "not-found")
    assert problem(korea.client.get(f"{WAYS}/..%2f..%2fetc"))[0] == 404
    assert problem(korea.client.get(f"{WAYS}/{'0' * 64}")) == (404, "not-found")
    america.hand_in(MAIL)
    assert america.receipt(MAIL).status_code == 200
    america.close()


def test_bodies_that_are_not_taken(workspace: Path, korea: Partner) -> None:
    assert problem(korea.hand_in(b"")) == (422, "empty")
    assert problem(korea.hand_in(MAIL, Content_Encoding="gzip")) == (415, "encoding")
    wrong = base64.b64encode(hashlib.sha256(b"other").digest()).decode()
    assert problem(korea.hand_in(MAIL, Content_Digest=f"sha-256=:{wrong}:")) == (422, "digest")
    right = base64.b64encode(hashlib.sha256(MAIL).digest()).decode()
    assert korea.hand_in(MAIL, Content_Digest=f"sha-256=:{right}:").status_code == 202
    assert problem(korea.client.put(WAYS, content=MAIL)) == (405, "http")
    assert problem(korea.client.get("/v1/nothing")) == (404, "http")
    assert drafts(workspace) == []


@pytest.mark.parametrize("known_length", [True, False])
def test_too_large(workspace: Path, korea: Partner, known_length: bool) -> None:
    exact, data = bytes(1 << 20), bytes((1 << 20) + 1)
    assert korea.hand_in(exact).status_code == 202
    body = data if known_length else iter([data[:1000], data[1000:]])
    assert problem(korea.hand_in(body)) == (413, "too-large")
    assert drafts(workspace) == []


def upload(door: HttpDoor, key: str, body: bytes, length: int) -> socket.socket:
    """Begin an upload of so many bytes by hand, and send these of it."""
    line = socket.create_connection(("127.0.0.1", door.port), timeout=20)
    head = (
        f"POST {WAYS} HTTP/1.1\r\nHost: x\r\nAuthorization: Bearer {key}\r\n"
        f"Content-Length: {length}\r\n\r\n"
    )
    line.sendall(head.encode() + body)
    return line


def test_a_cut_off_upload_leaves_nothing(workspace: Path, door: HttpDoor, korea: Partner) -> None:
    key = new_key(workspace, "KR")
    line = upload(door, key, MAIL[:100], len(MAIL))
    wait_for(lambda: drafts(workspace))
    line.close()
    wait_for(lambda: not drafts(workspace))
    assert problem(korea.receipt(MAIL)) == (404, "not-found")
    assert korea.hand_in(MAIL).status_code == 202
    korea.wait(MAIL)
    assert len(events_of(workspace)) == 1


def test_two_at_once(workspace: Path, door: HttpDoor) -> None:
    """The same body twice and others, all at the same time: each content once."""
    key = new_key(workspace, "KR")
    bodies = [MAIL, MAIL, MAIL] + [
        interchange(SCAN, item=str(ItemNumber.compose("EE", n, "KR")), reference=str(n))
        for n in range(10, 20)
    ]
    codes: list[int] = []

    def hand_in(body: bytes) -> None:
        partner = door.as_partner(key)
        codes.append(partner.hand_in(body).status_code)
        partner.wait(body)
        partner.close()

    threads = [threading.Thread(target=hand_in, args=(body,)) for body in bodies]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join(60)
    assert codes == [202] * len(bodies)
    assert len(events_of(workspace)) == 11


def test_another_writer_at_work_only_delays(workspace: Path, korea: Partner) -> None:
    from datecertain.operations.workspaces import open_workspace

    with open_workspace(workspace, write=True):
        answer = korea.hand_in(MAIL)
        assert (answer.status_code, answer.json()["state"]) == (202, "received")
    assert korea.wait(MAIL)["state"] == "read"


def test_left_to_a_watcher(workspace: Path) -> None:
    key = new_key(workspace, "KR")
    with HttpDoor(workspace, ("--no-take-in",)) as door:
        assert httpx.get(f"{door.url}/v1/health").json()["taking_in"] == "elsewhere"
        korea = door.as_partner(key)
        korea.hand_in(MAIL)
        assert korea.receipt(MAIL).json()["state"] == "received"
        ended = say("inbox", "watch", workspace / "incoming", "--once", "--settle", "0",
                    "-w", workspace)  # fmt: skip
        assert ended.code == 0
        assert korea.receipt(MAIL).json()["state"] == "read"
        korea.close()


@pytest.mark.slow
def test_killed_mid_upload(workspace: Path) -> None:
    """While partners hand in: what was acknowledged is there, and all counts once."""
    chance, key = Random("serve -9"), new_key(workspace, "KR")
    bodies = [
        interchange(SCAN, item=str(ItemNumber.compose("EE", n, "KR")), reference=str(n))
        for n in range(400)
    ]
    promised: list[bytes] = []
    waiting = iter(bodies)
    for _ in range(often(3)):
        with HttpDoor(workspace) as door:
            half = upload(door, key, MAIL[:50], len(MAIL))
            wait_for(lambda: drafts(workspace))
            korea, end = door.as_partner(key), time.monotonic() + chance.uniform(0.1, 0.8)
            killer = threading.Timer(end - time.monotonic(), door.process.kill)
            killer.start()
            try:
                for body in waiting:
                    if korea.hand_in(body).status_code == 202:
                        promised.append(body)
            except httpx.TransportError:
                pass
            killer.join()
            door.process.wait()
            korea.close()
            half.close()
    assert 3 <= len(promised) < len(bodies)
    with HttpDoor(workspace) as door:
        assert drafts(workspace) == [], "what was cut off is swept away"
        korea = door.as_partner(key)
        for body in promised:
            assert korea.wait(body)["state"] == "read"
        korea.close()
    items = events_of(workspace)["item_id"].to_pylist()
    assert len(items) == len(set(items))
    known = {row["sha256"] for row in rows_of(workspace, records.input_files)}
    assert known >= {hashlib.sha256(body).hexdigest() for body in promised}


def test_too_often(workspace: Path) -> None:
    key = new_key(workspace, "KR")
    with HttpDoor(workspace, ("--rate", "3")) as door:
        korea = door.as_partner(key)
        codes = [korea.receipt(MAIL).status_code for _ in range(4)]
        assert codes == [404, 404, 404, 429]
        answer = korea.receipt(MAIL)
        assert problem(answer) == (429, "rate")
        assert 1 <= int(answer.headers["retry-after"]) <= 21
        america = door.as_partner(new_key(workspace, "US"))
        assert america.receipt(MAIL).status_code == 404, "each key has a bucket of its own"
        korea.close()
        america.close()


def test_the_bucket_fills_evenly() -> None:
    now = [0.0]
    limiter = Limiter(60, lambda: now[0])
    assert [limiter.wait_s("kr") for _ in range(60)] == [0] * 60
    assert limiter.wait_s("kr") == 1
    now[0] = 2.5
    assert [limiter.wait_s("kr") == 0 for _ in range(3)] == [True, True, False]


def test_an_address_that_is_taken(workspace: Path, door: HttpDoor) -> None:
    ended = say("serve", "-w", workspace, "--port", str(door.port))
    assert (ended.code, ended.err.count("\n")) == (1, 1)
    assert f"cannot listen at 127.0.0.1, port {door.port}: " in ended.err


def test_a_folder_that_is_no_workspace(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        create_app(tmp_path, Serving())
    ended = say("serve", "-w", tmp_path)
    assert (ended.code, ended.err.count("\n")) == (1, 1)


def test_what_it_can_do_is_told_in_openapi(door: HttpDoor) -> None:
    """To bring the copy up to date: run tests/api/describe.py, and read the difference."""
    told = httpx.get(f"{door.url}/v1/openapi.json").json()
    assert told == json.loads(OPENAPI.read_text(encoding="utf-8"))
    assert {"/v1/health", WAYS, f"{WAYS}/{{sha256}}"} <= set(told["paths"])
    assert "*/*" in json.dumps(told["paths"][WAYS]["post"]["requestBody"])
