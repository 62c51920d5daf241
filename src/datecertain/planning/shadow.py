"""A lane judged in the shadow, beside the figures that a post already has (req 79).

Every item falls into one of four: both say the same, they differ, only they have it, only we do.
What differs is the outcome first, then the days late, then the cause, as far as the figures say
anything of it; a cause is compared only where it is one of ours (`CAUSES`), else it is only shown.
"""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.findings import Finding, Severity
from datecertain.network.exclusions import EXCLUSIONS
from datecertain.tracking.events import must
from datecertain.verdict.outcomes import SHARE_COLUMNS, Leg, Outcome

#: What a post's own figures say of an item; null: nothing.
FIGURES = pa.schema(
    [
        must("item_id", pa.string()),
        must("on_time", pa.bool_()),
        pa.field("outcome", pa.string()),
        pa.field("days_late", pa.int32()),
        pa.field("cause", pa.string()),
    ]
)
_LEGS = tuple(leg.name.lower() for leg in Leg)
#: Causes as we name them: the leg that lost most, or the exclusion that excused it.
CAUSES = frozenset({*_LEGS, *EXCLUSIONS})
_LATE = (str(Outcome.LATE_EXCUSED), str(Outcome.LATE_LIABLE))
_DECIDED = (*_LATE, str(Outcome.ON_TIME))
_WORDS = {
    "yes": True, "true": True, "1": True, "y": True, "on_time": True, "on time": True,
    "no": False, "false": False, "0": False, "n": False, "late": False,
}  # fmt: skip


class Compared(StrEnum):
    """How an item compares."""

    AGREE = "agree"
    DIFFER_OUTCOME = "differ_outcome"
    DIFFER_DAYS = "differ_days"
    DIFFER_CAUSE = "differ_cause"
    ONLY_THEIRS = "only_theirs"
    ONLY_OURS = "only_ours"


#: One row an item: ours, theirs, and how they compare; null where that side has nothing.
SHADOW = pa.schema(
    [
        must("item_id", pa.string()),
        must("compared", pa.string()),
        pa.field("outcome", pa.string()),
        pa.field("outcome_reason", pa.string()),
        pa.field("promised_on", pa.int32()),
        pa.field("stopped_on", pa.int32()),
        pa.field("days_late", pa.int32()),
        pa.field("days_excused", pa.int32()),
        pa.field("days_liable", pa.int32()),
        pa.field("cause", pa.string()),
        pa.field("their_on_time", pa.bool_()),
        pa.field("their_outcome", pa.string()),
        pa.field("their_days_late", pa.int32()),
        pa.field("their_cause", pa.string()),
    ]
)


def read_figures(text: str, source: str) -> tuple[pa.Table, list[Finding]]:
    """The figures in a CSV text: `item_id`, one of `on_time` (yes, no), `days_late` (0: on time)
    and `outcome` (one of ours, or `late`), and `cause` if there is one. Of several rows of one item
    the first counts; what cannot be read is a finding.
    """
    reader = csv.DictReader(io.StringIO(text.lstrip("\ufeff")))
    columns = {name.strip() for name in reader.fieldnames or ()}
    findings: list[Finding] = []

    def bad(line: int, code: str, detail: str) -> None:
        findings.append(Finding(code, Severity.ERROR, source, f"line {line}", detail))

    if "item_id" not in columns or not columns & {"on_time", "days_late", "outcome"}:
        bad(1, "column-missing", "expected item_id, and one of on_time, days_late, outcome")
        return FIGURES.empty_table(), findings
    rows: dict[str, dict[str, object]] = {}
    for row in reader:
        cells = {(name or "").strip(): (value or "").strip() for name, value in row.items()
                 if isinstance(value, str | None)}  # fmt: skip
        try:
            read = _figure(cells)
        except ValueError as error:
            bad(reader.line_num, "value-unreadable", str(error))
            continue
        if str(read["item_id"]) in rows:
            bad(reader.line_num, "item-twice", f"{read['item_id']} was told before: that counts")
        else:
            rows[str(read["item_id"])] = read
    return pa.Table.from_pylist(list(rows.values()), schema=FIGURES), findings


def _figure(cells: dict[str, str]) -> dict[str, object]:
    if not cells.get("item_id"):
        raise ValueError("item_id is empty")
    outcome, days = cells.get("outcome", "").lower() or None, cells.get("days_late") or None
    said = cells.get("on_time", "").lower()
    number = None
    if days is not None:
        if not days.lstrip("-").isdecimal() or len(days) > 6:
            raise ValueError(f"days_late={days!r} is no whole number")
        number = int(days)
    if said:
        if said not in _WORDS:
            raise ValueError(f"on_time={said!r}: write yes or no")
        on_time = _WORDS[said]
    elif outcome is not None:
        if outcome not in _WORDS and outcome not in list(Outcome):
            raise ValueError(f"outcome={outcome!r} is none of {', '.join(Outcome)}, late")
        on_time = _WORDS.get(outcome, outcome == Outcome.ON_TIME)
    elif number is not None:
        on_time = number <= 0
    else:
        raise ValueError("neither on_time nor days_late nor outcome is filled")
    known = outcome if outcome in list(Outcome) else None
    return {
        "item_id": cells["item_id"].replace(" ", "").upper(), "on_time": on_time,
        "outcome": known, "days_late": number, "cause": cells.get("cause") or None,
    }  # fmt: skip


def causes_of(verdicts: pa.Table) -> pa.Array:
    """The one cause of each verdict: of a late and liable item the leg with the largest share, of
    an excused one what excused it first, else the reason of the outcome; null: none."""
    shares = np.column_stack([verdicts[name].to_numpy() for name in SHARE_COLUMNS])
    largest = pa.array(_LEGS, pa.string()).take(pa.array(shares.argmax(axis=1)))
    outcome = verdicts["outcome"].combine_chunks()
    excused = pc.fill_null(verdicts["exclusions"].combine_chunks(), "")
    reason = verdicts["outcome_reason"].combine_chunks()
    named = pc.if_else(pc.equal(excused, ""), reason, excused)
    first = pc.list_element(pc.split_pattern(named, " "), 0)
    cause = pc.if_else(pc.equal(outcome, str(Outcome.LATE_LIABLE)), largest, first)
    none = pc.or_(pc.equal(outcome, str(Outcome.ON_TIME)), pc.equal(cause, ""))
    return pc.if_else(none, pa.scalar(None, pa.string()), cause)


def reconcile(verdicts: pa.Table, figures: pa.Table | None) -> pa.Table:
    """Verdicts (schema JUDGED) beside figures (schema FIGURES; None: there are none), one row an
    item in order of item number (schema SHADOW)."""
    given = FIGURES.empty_table() if figures is None else figures
    ours = verdicts.sort_by("item_id").combine_chunks()
    numbers, theirs = ours["item_id"].combine_chunks(), given["item_id"].combine_chunks()
    place = pc.index_in(numbers, theirs)
    mine = {name: ours[name].combine_chunks() for name in (
        "item_id", "outcome", "outcome_reason", "promised_on", "stopped_on", "days_late",
        "days_excused", "days_liable")}  # fmt: skip
    mine["cause"] = causes_of(ours) if len(ours) else pa.array([], pa.string())
    beside = {f"their_{name}": given[name].combine_chunks().take(place)
              for name in ("on_time", "outcome", "days_late", "cause")}  # fmt: skip
    mine["compared"] = _compared(mine, beside, pc.is_valid(place))
    alone = given.filter(pc.invert(pc.is_in(theirs, numbers))).sort_by("item_id")
    both = pa.table({**mine, **beside}).select(SHADOW.names).cast(SHADOW)
    rest = {"item_id": alone["item_id"],
            "compared": pa.repeat(str(Compared.ONLY_THEIRS), len(alone)),
            **{f"their_{name}": alone[name]
               for name in ("on_time", "outcome", "days_late", "cause")}}  # fmt: skip
    whole = pa.table(
        [rest.get(field.name, pa.nulls(len(alone), field.type)) for field in SHADOW],
        schema=SHADOW,
    )
    return pa.concat_tables([both, whole]).sort_by("item_id").combine_chunks()


def _compared(mine: dict[str, pa.Array], beside: dict[str, pa.Array], there: pa.Array) -> pa.Array:
    outcome = mine["outcome"]
    on_time = pc.equal(outcome, str(Outcome.ON_TIME))
    decided = pc.is_in(outcome, pa.array(_DECIDED))
    said = pc.fill_null(beside["their_on_time"], False)
    same_word = pc.fill_null(pc.equal(outcome, beside["their_outcome"]), False)
    no_word = pc.is_null(beside["their_outcome"])
    # Without one of our outcomes, on time or late is all that the figures say.
    same = pc.or_(same_word, pc.and_(no_word, pc.and_(decided, pc.equal(on_time, said))))
    late = pc.is_in(outcome, pa.array(_LATE))
    days = pc.fill_null(pc.equal(mine["days_late"], beside["their_days_late"]), True)
    days = pc.or_(days, pc.invert(late))
    comparable = pc.is_in(beside["their_cause"], pa.array(sorted(CAUSES)))
    cause = pc.fill_null(pc.equal(mine["cause"], beside["their_cause"]), True)
    cause = pc.or_(cause, pc.invert(pc.and_(comparable, late)))
    return pc.case_when(
        pc.make_struct(pc.invert(there), pc.invert(same), pc.invert(days), pc.invert(cause)),
        str(Compared.ONLY_OURS), str(Compared.DIFFER_OUTCOME), str(Compared.DIFFER_DAYS),
        str(Compared.DIFFER_CAUSE), str(Compared.AGREE),
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class ShadowTotals:
    """What a shadow run came to. Shares are of the decided items; None: there are none."""

    items: int  # ours
    outcomes: dict[str, int]
    on_time_share: float | None
    figures: int  # theirs
    their_on_time_share: float | None
    compared: dict[str, int]
    agree_share: float | None  # of the items that both have
    causes: tuple[tuple[str, str, int], ...]  # our cause, theirs, items; of what differs


def totals_of(rows: pa.Table) -> ShadowTotals:
    """The counts of a reconciled table (schema SHADOW)."""
    ours = rows.filter(pc.is_valid(rows["outcome"]))
    theirs = rows.filter(pc.is_valid(rows["their_on_time"]))
    outcomes = _counted(ours["outcome"], Outcome)
    compared = _counted(rows["compared"], Compared) if len(theirs) else {}
    decided = sum(outcomes[name] for name in _DECIDED)
    on_time = int(pc.sum(theirs["their_on_time"].cast(pa.int64())).as_py() or 0)
    both = sum(count for name, count in compared.items() if not name.startswith("only_"))
    differ = rows.filter(pc.starts_with(rows["compared"], "differ_"))
    pairs = differ.group_by(["cause", "their_cause"]).aggregate([("item_id", "count")])
    causes = sorted(
        ((row["cause"] or "", row["their_cause"] or "", row["item_id_count"])
         for row in pairs.to_pylist()),
        key=lambda row: (-row[2], row[0], row[1]),
    )  # fmt: skip
    return ShadowTotals(
        len(ours), outcomes, _share(outcomes[str(Outcome.ON_TIME)], decided), len(theirs),
        _share(on_time, len(theirs)), compared,
        _share(compared.get(str(Compared.AGREE), 0), both), tuple(causes),
    )  # fmt: skip


def _counted(column: pa.ChunkedArray, names: Iterable[StrEnum]) -> dict[str, int]:
    counts = {row["values"]: row["counts"] for row in pc.value_counts(column).to_pylist()}
    return {str(name): int(counts.get(str(name), 0)) for name in names}


def _share(part: int, whole: int) -> float | None:
    return part / whole if whole else None
