"""Judging again only what can have changed (req 53, 67): the items that new facts touch, and those
whose verdict depends on the moment at which it is asked.

New facts are those of batches published since the last judging of the month, and those that were
there already but later than its closing. The answer may name an item too many, never one too few:
a month judged again item by item ends in the same verdicts as a month judged whole, which the tests
hold it to.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from typing import Any

import narwhals as nw
import numpy as np
import pyarrow as pa
import pyarrow.compute as pc

from datecertain.moments import DAY
from datecertain.operations.evidence import event_months
from datecertain.operations.inquired import asked_for, inquiries_pinned
from datecertain.operations.judging_log import INPUTS, Judging, batches_since, places_of_batches
from datecertain.operations.tables import (
    CASES_TABLE,
    EVENTS_TABLE,
    ITEMS_TABLE,
    VERDICTS_TABLE,
)
from datecertain.operations.touched_by_transport import items_in_touched_receptacles
from datecertain.store import Workspace
from datecertain.store.vacuum import RESTORE
from datecertain.tracking.milestones import EPISODE_DAYS
from datecertain.verdict.outcomes import Outcome
from datecertain.verdict.rules import CURRENT, Rules

TOUCHED = pa.schema(
    [
        pa.field("item_key", pa.string(), nullable=False),
        pa.field("item_id", pa.string(), nullable=False),
        pa.field("bucket", pa.int32(), nullable=False),
    ]
)

#: Outcomes that a later closing alone can change, whatever side they are on.
OPEN_OUTCOMES = (Outcome.PENDING, Outcome.UNDETERMINED, Outcome.LOST)


def must_judge_whole(
    workspace: Workspace, since: Judging | None, as_of: int, rules: Rules = CURRENT
) -> bool:
    """Whether nothing less than the whole month will do: it was never judged (by a release that
    says so), by other rules, as of a later moment, or facts went back to an older version since."""
    if since is None or since.rules_version != rules.version or as_of < since.as_of:
        return True
    return RESTORE in batches_since(workspace, since.read_seq).values()


def facts_later_than(
    workspace: Workspace, period: str, as_of: int, since: Judging | None = None
) -> bool:
    """Whether there may be events that can matter to a month but were not known at a moment. After
    a judging that saw none, only what came in since is asked; the footers of the files answer."""
    fresh: Collection[str] | None = None
    if since is not None and not since.later_facts and as_of >= since.as_of:
        fresh = batches_since(workspace, since.read_seq)
    events = workspace.facts(EVENTS_TABLE)
    moments = ("event_at", "transmitted_at")
    last = events.latest(moments, months=event_months(period), batches=fresh)
    return last is None or last > as_of


def touched_items(workspace: Workspace, period: str, since: Judging, as_of: int) -> pa.Table:
    """The items of a month (schema TOUCHED, by key) to be judged again as of a moment, after the
    judging `since`; see `must_judge_whole` for when these are not enough.

    An item is touched by an event in its episode, by an acceptance record of its number, by what is
    told of the receptacle that it travelled in, by a notice of a case that may concern it, or what
    a post said of one; and it is judged again while it is open, if as of another moment, and where
    somebody asked for it, for an inquiry may be older than when it was recorded.
    """
    fresh = batches_since(workspace, since.read_seq)
    found = [
        _by_events(workspace, period, since, as_of, fresh),
        _by_records(workspace, period, fresh),
        _by_verdict(
            workspace, period, fresh_cases(workspace, since, as_of, fresh),
            open_too=as_of != since.as_of,
        ),
        _of_numbers(
            workspace, period,
            items_in_touched_receptacles(workspace, period, since.as_of, as_of, fresh),
        ),
        _of_numbers(workspace, period, pc.unique(asked_for(workspace)["item_id"])),
    ]  # fmt: skip
    rows = pa.concat_tables(found).group_by(TOUCHED.names).aggregate([])
    return rows.select(TOUCHED.names).cast(TOUCHED).sort_by("item_key")


def _by_events(
    workspace: Workspace, period: str, since: Judging, as_of: int, fresh: Collection[str]
) -> pa.Table:
    events = workspace.facts(EVENTS_TABLE)
    columns, months = ["item_id", "event_at", "transmitted_at"], event_months(period)
    known = [events.of_batches(fresh, columns, months=months)]
    if since.later_facts:
        moments = pc.field("event_at"), pc.field("transmitted_at")
        later = (moments[0] > since.as_of) | (moments[1] > since.as_of)
        known.append(events.arrow(columns, later, months=months))
    rows = pa.concat_tables(known)
    rows = rows.filter(
        pc.and_(
            pc.less_equal(rows["event_at"], as_of), pc.less_equal(rows["transmitted_at"], as_of)
        )
    )
    if not len(rows):
        return TOUCHED.empty_table()
    told = nw.from_native(workspace.engine.from_arrow(rows.select(["item_id", "event_at"])))
    records = workspace.scan(ITEMS_TABLE, months=[period]).select(*TOUCHED.names, "accepted_at")
    window = (nw.col("event_at") >= nw.col("accepted_at") - DAY) & (
        nw.col("event_at") < nw.col("accepted_at") + EPISODE_DAYS * DAY
    )
    return _table(records.join(told, on="item_id", how="inner").filter(window))


def _by_records(workspace: Workspace, period: str, fresh: Collection[str]) -> pa.Table:
    """Items that a record is new of, or whose number was accepted again: that ends an episode."""
    rows = workspace.facts(ITEMS_TABLE).of_batches(fresh, ["item_id"], months=event_months(period))
    return _of_numbers(workspace, period, rows["item_id"])


def _of_numbers(workspace: Workspace, period: str, numbers: pa.Array | pa.ChunkedArray) -> pa.Table:
    """The items of a month that have one of these numbers."""
    if not len(numbers):
        return TOUCHED.empty_table()
    told = nw.from_native(workspace.engine.from_arrow(pa.table({"item_id": numbers})))
    records = workspace.scan(ITEMS_TABLE, months=[period])
    return _table(records.join(told, on="item_id", how="semi"))


def _table(frame: nw.LazyFrame[Any]) -> pa.Table:
    rows = nw.to_native(frame.select(*TOUCHED.names).unique())
    return rows.to_arrow_table().cast(TOUCHED)


@dataclass(frozen=True, slots=True)
class CaseReach:
    """What a case with a new notice may concern: items to or from a post that were on their way at
    some time between the earliest beginning and the latest end that any of its notices named."""

    case_id: str
    post: str
    from_at: int
    to_at: int

    def may_touch(self) -> nw.Expr:
        """Whether a verdict may be of such an item, by its columns."""
        ended = nw.max_horizontal("stopped_on", "delivered_on")
        stopped = ~nw.col("stopped_on").is_null() & ~nw.col("delivered_on").is_null()
        first, last = self.from_at // DAY, self.to_at // DAY
        return (
            ((nw.col("origin") == self.post) | (nw.col("destination") == self.post))
            & (nw.col("accepted_date") <= last + 1)
            & (nw.col("accepted_date") >= first - EPISODE_DAYS - 1)
            # Local dates are at most a day off; a stop has no end in sight while one is missing.
            & (~stopped | (ended >= first - 2))
        )


def fresh_cases(
    workspace: Workspace, since: Judging, as_of: int, fresh: Collection[str]
) -> list[CaseReach]:
    """The cases of which a notice, or what a post said of it, is new: it came in since, or was
    published after that closing. Limits only narrow what a case concerns. A post's scope follows
    `verdict.declared`: only the two posts of a lane hold its items."""
    rows = workspace.facts(CASES_TABLE).arrow(
        ["case_id", "post", "from_at", "to_at", "published_at", "batch_id"],
        filter=pc.field("published_at") <= as_of,
    )
    notices = rows.to_pylist()
    new = {
        row["case_id"]
        for row in notices
        if row["batch_id"] in fresh or row["published_at"] > since.as_of
    }
    reach: dict[tuple[str, str], tuple[int, int]] = {}  # a case may have notices of several posts
    for row in notices:
        if row["case_id"] in new:
            key = (row["case_id"], row["post"])
            begin, end = reach.get(key, (row["from_at"], row["to_at"]))
            reach[key] = (min(begin, row["from_at"]), max(end, row["to_at"]))
    return [CaseReach(*key, *span) for key, span in sorted(reach.items())]


def _by_verdict(
    workspace: Workspace, period: str, cases: Sequence[CaseReach], *, open_too: bool
) -> pa.Table:  # fmt: skip
    """Items that a case with a new notice may concern, by their standing verdict; those whose
    verdict is open too, if asked for."""
    if not cases and not open_too:
        return TOUCHED.empty_table()
    is_open = (
        nw.col("stopped_on").is_null()
        | nw.col("sender_stopped_on").is_null()
        | nw.col("outcome").is_in(OPEN_OUTCOMES)
        | nw.col("sender_outcome").is_in(OPEN_OUTCOMES)
    )
    concerned = is_open if open_too else nw.lit(value=False)
    for case in cases:
        concerned = concerned | case.may_touch()
    facts = workspace.facts(VERDICTS_TABLE)
    if not facts.files(months=[period]):
        return TOUCHED.empty_table()
    order = places_of_batches(workspace, "judge")
    places = workspace.engine.from_arrow(
        pa.table(
            {
                "batch_id": pa.array(list(order), pa.string()),
                "seq": pa.array(np.array(list(order.values()), dtype=np.int64)),
            }
        )
    )
    rows = (
        workspace.scan(VERDICTS_TABLE, months=[period])
        .join(nw.from_native(places), on="batch_id", how="inner")
        .with_columns(concerned.fill_null(value=False).alias("concerned"))
        .select(*TOUCHED.names, "seq", "concerned")
    )
    # Of the few that ever were concerned, the latest verdict decides.
    ever = rows.filter(nw.col("concerned")).select("item_key").unique()
    some = rows.join(ever, on="item_key", how="semi")
    last = some.group_by("item_key").agg(nw.col("seq").max().alias("last"))
    standing = some.join(last, on="item_key", how="inner").filter(nw.col("seq") == nw.col("last"))
    return _table(standing.filter(nw.col("concerned")))


def inputs_pinned(workspace: Workspace) -> list[str]:
    """What the facts are that a judging rests on; compaction changes none of it."""
    facts = [f"{name}:{workspace.contents.get(name)}" for name in INPUTS]
    return facts + inquiries_pinned(workspace)
