"""A simulation as files: what each post would put into the group's mailbox, and the truth apart.

    MAILBOX/<OPERATOR>/acceptance-YYYYMMDD.csv    acceptance records of that local day
    MAILBOX/<OPERATOR>/emsevt-YYYYMMDD-HHMM.edi   one transmission: an interchange for each partner
    MAILBOX/<OPERATOR>/notices.csv                force majeure notices, where there are any

Equal simulations give equal bytes. Control references count up from 1 for each sender and
recipient, without gaps.
"""

from __future__ import annotations

import csv
import itertools
from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import pyarrow as pa
import pyarrow.parquet as pq

from datecertain.errors import UsageError
from datecertain.messages import bundled_profiles
from datecertain.messages.event_writing import write_emsevt
from datecertain.messages.writing import Envelope
from datecertain.moments import Ints, date_of, format_utc, zone
from datecertain.simulate.plan import SimulationPlan
from datecertain.simulate.scans import CODES, MEASURE
from datecertain.simulate.simulation import Simulation
from datecertain.simulate.transmission import Scans
from datecertain.tracking.cases import NOTICE_FILE

#: Called now and then with (files written, files in all).
Progress = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class MailboxReport:
    """What was written: counts in are counts out."""

    files: int
    interchanges: int
    events: int
    acceptances: int
    notices: int


@dataclass(slots=True)
class References:
    """The counter of each sender for each recipient, of one mailbox or of several after another."""

    last: dict[tuple[int, int], int] = field(default_factory=dict)

    def next(self, sender: int, recipient: int) -> str:
        number = self.last.get((sender, recipient), 0) + 1
        self.last[sender, recipient] = number
        return f"{number:09d}"


def write_mailbox(
    simulation: Simulation, folder: Path, plan: SimulationPlan, progress: Progress | None = None,
    references: References | None = None,
) -> MailboxReport:  # fmt: skip
    """Write every file of a simulation of that plan. The folder may exist; files in it are
    replaced. `references` count on from an earlier mailbox. Raises `UsageError` for another plan
    than the simulation's."""
    if plan != simulation.plan:
        raise UsageError("the simulation was made from another plan: give write_mailbox its own")
    days = _by_day(simulation)
    sendings = _sendings(simulation.scans)
    telling = sorted({notice.post for notice in simulation.notices})
    total, written = len(days) + len(sendings) + len(telling), 0

    def one_more() -> None:
        nonlocal written
        written += 1
        if progress is not None:
            progress(written, total)

    for operator in simulation.operators:
        (folder / operator).mkdir(parents=True, exist_ok=True)
    for (post, day), rows in days.items():
        name = f"acceptance-{date_of(day):%Y%m%d}.csv"
        records = simulation.acceptances.take(pa.array(rows))
        columns = (column.to_pylist() for column in records.columns)
        path = folder / simulation.operators[post] / name
        _write_csv(path, records.column_names, zip(*columns, strict=True))
        one_more()
    references = References() if references is None else references
    interchanges = 0
    for low, high in sendings:
        interchanges += _write_sending(simulation, low, high, folder, references)
        one_more()
    for teller in telling:
        _write_notices(simulation, teller, folder)
        one_more()
    return MailboxReport(
        written, interchanges, len(simulation.scans), len(simulation.acceptances),
        len(simulation.notices),
    )  # fmt: skip


def write_truth(simulation: Simulation, path: Path) -> None:
    """Write the truth as Parquet (schema `datecertain.simulate.truth.TRUTH`). Keep it away from
    the mailbox: the product must not see it."""
    path.parent.mkdir(parents=True, exist_ok=True)
    pq.write_table(simulation.truth, path, compression="zstd", store_schema=False)


def _by_day(simulation: Simulation) -> dict[tuple[int, int], Ints]:
    """Rows of every (post, local acceptance day), in order."""
    key = simulation.accepted_by * 10**6 + simulation.accepted_day
    order = np.argsort(key, kind="stable")
    keys, begins = np.unique(key[order], return_index=True)
    parts = np.split(order, begins[1:])
    return {divmod(number, 10**6): rows for number, rows in zip(keys.tolist(), parts, strict=True)}


def _write_csv(path: Path, header: Sequence[str], rows: Iterable[Sequence[str]]) -> None:
    with path.open("w", encoding="utf-8", newline="") as stream:
        writer = csv.writer(stream, lineterminator="\n")
        writer.writerow(header)
        writer.writerows(rows)


def _bounds(*columns: Ints) -> list[tuple[int, int]]:
    """[low, high) of every run of equal values."""
    count = len(columns[0])
    changes = np.zeros(count, dtype=bool)
    for column in columns:
        changes[1:] |= column[1:] != column[:-1]
    edges = [0, *np.flatnonzero(changes).tolist(), count]
    return [(low, high) for low, high in itertools.pairwise(edges) if high > low]


def _sendings(scans: Scans) -> list[tuple[int, int]]:
    return _bounds(scans.sender.astype(np.int64), scans.sent_at) if len(scans) else []


def _write_sending(
    simulation: Simulation, low: int, high: int, folder: Path, references: References
) -> int:
    """One transmission of a post: a file with an interchange for each partner."""
    scans = simulation.scans
    sender, sent_at = int(scans.sender[low]), int(scans.sent_at[low])
    day, minute = (int(x) for x in zone(simulation.zones[sender]).to_local(np.int64(sent_at)))
    name = f"emsevt-{date_of(day):%Y%m%d}-{minute // 60:02d}{minute % 60:02d}.edi"
    profile = bundled_profiles().named(simulation.plan.profile)
    events = scanned_events(simulation, low, high)
    parts = []
    for begin, end in _bounds(scans.recipient[low:high].astype(np.int64)):
        recipient = int(scans.recipient[low + begin])
        envelope = Envelope(
            sender=_party(simulation.operators[sender]),
            recipient=_party(simulation.operators[recipient]),
            control_ref=references.next(sender, recipient),
            prepared_date=day,
            prepared_min=minute,
            test=simulation.plan.test,
        )
        parts.append(write_emsevt(events.slice(begin, end - begin), envelope, profile).data)
    (folder / simulation.operators[sender] / name).write_bytes(b"".join(parts))
    return len(parts)


def scanned_events(simulation: Simulation, low: int = 0, high: int | None = None) -> pa.Table:
    """Scans `low` to `high` as the columns of RAW_EVENTS that an event itself has."""
    scans = simulation.scans
    part = slice(low, len(scans) if high is None else high)
    places = pa.array(scans.places, pa.string())
    code = scans.code[part]
    return pa.table(
        {
            "item_id": simulation.truth["item_id"].take(pa.array(scans.item[part])),
            "code": pa.array(CODES, pa.string()).take(pa.array(code)),
            "event_date": pa.array(scans.date[part]),
            "event_min": pa.array(scans.minute[part]),
            "office": places.take(pa.array(scans.place[part])),
            "next_office": _stated(places, scans.next_place[part]),
            "reason": _stated(pa.array(scans.reasons, pa.string()), scans.reason[part]),
            "measure": pa.array(
                np.full(len(code), MEASURE), pa.string(), mask=code != CODES.index("EMH")
            ),
            "dispatch": _stated(scans.dispatches, scans.dispatch[part]),
        }
    )


def _stated(names: pa.Array, index: np.ndarray[tuple[int], np.dtype[np.signedinteger]]) -> pa.Array:
    return names.take(pa.array(index, mask=index < 0))


def _party(operator: str) -> str:
    """How a post signs its interchanges (what posts write into UNB is not public: this form
    is ours)."""
    return f"J1C{operator}"


def _write_notices(simulation: Simulation, post: str, folder: Path) -> None:
    rows = [
        (
            notice.case_id, notice.post, notice.office, notice.leg, format_utc(notice.from_at),
            "" if notice.is_open else format_utc(notice.to_at), format_utc(notice.published_at),
            notice.text_en, notice.text_ko, notice.reference,
        )
        for notice in simulation.notices
        if notice.post == post
    ]  # fmt: skip
    operator = simulation.operators[simulation.posts.index(post)]
    _write_csv(folder / operator / "notices.csv", NOTICE_FILE, rows)
