"""Whether a reading accounts for every byte, exactly once, and truly.

The reader's own account (`ReadResult.accounted`) is held against what it handed out: what is set
aside must lie in quarantine byte for byte, what is blank must be blank, every event and every row
about receptacles and flights must stand in bytes that are used, and every byte that is noted or set
aside must belong to a source that has a finding.
"""

from __future__ import annotations

import io
from collections import defaultdict

import numpy as np
import pyarrow as pa

from datecertain.messages import Fate, Profiles, ReadResult, bundled_profiles, joined, read_parts
from datecertain.messages.persons import BLOT, names_persons
from datecertain.moments import parse_date

RECEIVED_ON = parse_date("2026-11-16")
#: What may lie between segments and interchanges: blanks, terminators of empty segments, padding.
NOTHING = b" \t\r\n\x00\x1a\xef\xbb\xbf"


def read_all(
    sources: list[bytes],
    block_bytes: int = 1 << 20,
    max_message_bytes: int = 64 << 20,
    profiles: Profiles | None = None,
) -> ReadResult:
    """Read each text as a file of its own, named by its number."""
    named = ((str(number), io.BytesIO(data)) for number, data in enumerate(sources))
    return joined(
        read_parts(
            named,
            profiles or bundled_profiles(),
            received_on=RECEIVED_ON,
            block_bytes=block_bytes,
            max_message_bytes=max_message_bytes,
        )
    )


def unaccounted(sources: list[bytes], result: ReadResult) -> list[str]:
    """What is wrong with the account of a reading of these files; nothing, if all is well."""
    spans = result.accounted
    number = np.array([int(name) for name in spans.sources], dtype=np.int64)[spans.source]
    order = np.lexsort((spans.begin, number))
    of, begin, end, fate = (
        column[order] for column in (number, spans.begin, spans.end, spans.fate)
    )
    wrong = _not_covered(sources, of, begin, end)
    for defect in (Fate.LOST, Fate.TWICE):
        wrong += [
            f"{of[row]}: {defect.name} {begin[row]}-{end[row]}"
            for row in np.flatnonzero(fate == defect)
        ]
    whole = b"".join(sources)
    starts = np.cumsum([0, *map(len, sources)])
    fates = np.repeat(fate, end - begin)
    if wrong or len(fates) != len(whole):
        return wrong or ["lengths differ"]
    wrong += _blanks(sources, of, begin, end, fate)
    kept = np.zeros(len(whole) + 1, dtype=np.int64)
    for one in result.quarantined:
        at = int(starts[int(one.source)]) + one.byte_offset
        if not _as_it_stands(whole[at : at + len(one.raw)], one.raw):
            wrong.append(f"{one.source}: quarantine at {one.byte_offset} is not what stands there")
        kept[at] += 1
        kept[at + len(one.raw)] -= 1
    times = np.cumsum(kept)[:-1]
    # Blanks between segments that are set aside together are kept with them.
    apart = ((fates == Fate.SET_ASIDE) & (times != 1)) | (
        (times > 0) & (fates != Fate.SET_ASIDE) & (fates != Fate.BLANK)
    )
    for byte in np.flatnonzero(apart)[:3]:
        wrong.append(f"{_where(starts, byte)}: {Fate(fates[byte]).name}, kept {times[byte]} times")
    if times.max(initial=0) > 1:
        wrong.append(f"kept more than once: {_where(starts, int(np.argmax(times)))}")
    told = result.transport
    for rows in (result.events, told.contained, told.legs, told.carrier_events):
        wrong += _rows(rows, result, starts, fates, {Fate.USED})
    # A segment that names several receptacles is kept when one of them is wrong.
    wrong += _rows(told.receptacles, result, starts, fates, {Fate.USED, Fate.SET_ASIDE})
    return wrong + _findings(result, of, fate) + _interchanges(result)


def _as_it_stands(there: bytes, kept: bytes) -> bool:
    """Whether a part is kept as it stands in the file, or, where damage made it look as if it named
    a person, with bytes of it blotted out and none moved."""
    if there == kept or not names_persons(there, stray=True):
        return there == kept
    blotted = zip(there, kept, strict=False)
    return len(there) == len(kept) and all(one == b or b == ord(BLOT) for one, b in blotted)


def _where(starts: np.ndarray, byte: int) -> str:
    source = int(np.searchsorted(starts, byte, side="right")) - 1
    return f"source {source} at {byte - starts[source]}"


def _not_covered(sources, of, begin, end) -> list[str]:
    """Spans must lie back to back, from the first byte of a source to its last."""
    lengths = np.array([len(data) for data in sources], dtype=np.int64)
    first = np.append(True, of[1:] != of[:-1]) if len(of) else np.zeros(0, dtype=bool)
    last = np.append(of[1:] != of[:-1], True) if len(of) else np.zeros(0, dtype=bool)
    torn = ~first
    torn[1:] &= begin[1:] != end[:-1]
    wrong = [f"{of[row]}: gap or overlap at {begin[row]}" for row in np.flatnonzero(torn)]
    wrong += [f"{of[row]}: begins at {begin[row]}" for row in np.flatnonzero(first & (begin != 0))]
    short = last & (end != lengths[of])
    wrong += [
        f"{of[row]}: ends at {end[row]} of {lengths[of[row]]}" for row in np.flatnonzero(short)
    ]
    unseen = set(np.flatnonzero(lengths).tolist()) - set(of.tolist())
    return wrong + [f"{number}: not accounted for" for number in sorted(unseen)]


def _blanks(sources, of, begin, end, fate) -> list[str]:
    wrong = []
    for row in np.flatnonzero(fate == Fate.BLANK):
        text = sources[of[row]][begin[row] : end[row]]
        rest = text.translate(None, NOTHING)
        # Empty segments: a terminator that ends nothing, always the same one.
        if rest.strip(rest[:1]):
            wrong.append(f"{of[row]}: {text!r} at {begin[row]} is not blank")
    return wrong


def _rows(
    rows: pa.Table, result: ReadResult, starts: np.ndarray, fates: np.ndarray, right: set[Fate]
) -> list[str]:
    source_of = {one.index: int(one.source) for one in result.interchanges}
    of = [source_of[index] for index in rows["interchange_index"].to_pylist()]
    if not of:
        return []
    at = starts[np.array(of)] + rows["byte_offset"].to_numpy()
    return [
        f"row at {_where(starts, int(one))} stands in bytes that are {Fate(fates[one]).name}"
        for one in at[~np.isin(fates[at], list(right))]
    ]


def _findings(result: ReadResult, of: np.ndarray, fate: np.ndarray) -> list[str]:
    told = defaultdict(set)
    for finding in result.findings:
        told[int(finding.source)].add(finding.code)
    wrong = []
    for number in np.unique(of[fate == Fate.NOTED]).tolist():
        if "segment-not-in-layout" not in told[number]:
            wrong.append(f"{number}: segments are passed over without a finding")
    for one in result.quarantined:
        if one.reason not in told[int(one.source)]:
            wrong.append(f"{one.source}: kept as {one.reason}, no finding says so")
    return wrong


def _interchanges(result: ReadResult) -> list[str]:
    return [
        f"{one.source}: interchange {one.index} at {one.byte_begin} to {one.byte_end} accounts for "
        f"{one.accounted.total} bytes"
        for one in result.interchanges
        if one.accounted.total != one.byte_end - one.byte_begin
    ]
