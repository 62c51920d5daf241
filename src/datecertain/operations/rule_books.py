"""The rule book of two posts from a workspace, or from a network alone (req 78)."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict
from pathlib import Path
from typing import Any

from datecertain.errors import UsageError
from datecertain.moments import DAY, format_date, format_utc, parse_date
from datecertain.network import Network
from datecertain.network.agreed_terms import differing
from datecertain.operations.clock import Clock
from datecertain.operations.lane_openings import parse_lane
from datecertain.operations.lane_rows import Done, Proposal, State, proposals
from datecertain.operations.network_versions import find_network
from datecertain.operations.signed_tariffs import TARIFF, tariff_changed
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.rule_book import RuleBook, Signature, rule_book
from datecertain.settlement import Tariff, bundled_tariff
from datecertain.wording import Words


def rule_book_of(
    pair: str, on: str | None, words: Words, clock: Clock, *, workspace: Path | None = None,
    network: str | None = None, tariff: Tariff | None = None,
) -> RuleBook:  # fmt: skip
    """The terms in force between two posts on a day (default: today, brought into the network's
    horizon), with what was signed in the workspace; without a workspace of the bundled network.

    Raises `UsageError`, `UnknownPlace`, `NotFound`, `BadMoment`.
    """
    posts = parse_lane(pair)
    if posts[0] == posts[1]:
        raise UsageError(f"{pair!r} names one post twice: write two, KR-US")
    meant = network or ("bundled" if workspace is None else "current")
    found = find_network(meant, workspace or Path())
    day = _day(found, on, clock)
    tariff = tariff or bundled_tariff()
    settling = tariff.settling(found, day)
    known: list[Proposal] = []
    if workspace is not None:
        with open_workspace(workspace) as opened, opened.reading() as view:
            known = proposals(view.connection)

    def signed(
        origin: str, destination: str, content: Sequence[dict[str, str]], digest: str
    ) -> tuple[Signature, ...]:
        mine = [
            one for one in known
            if (one.offer.origin, one.offer.destination) == (origin, destination)
            and one.state is State.AGREED and one.offer.from_on <= day
        ]  # fmt: skip
        if not mine:
            return ()
        last = mine[-1]
        count = 0
        if last.terms_sha256 != digest:
            count = len(differing(last.content["terms"], content))
        rates = None
        if TARIFF in last.content:
            rates = tariff_changed(last.content, settling, (origin, destination), day)
        return tuple(
            Signature(last.offer.number, act.post, act.actor, act.at, count, rates)
            for act in last.acts if act.act is Done.SIGNED
        )  # fmt: skip

    return rule_book(found, tariff, posts, day, words, signed)


def _day(network: Network, on: str | None, clock: Clock) -> int:
    data = network.data
    day = min(max(clock.now() // DAY, data.first_day), data.last_day) if on is None else (
        parse_date(on)
    )  # fmt: skip
    if not data.first_day <= day <= data.last_day:
        raise UsageError(
            f"{format_date(day)} is not in the network: it promises for acceptances from "
            f"{format_date(data.first_day)} to {format_date(data.last_day)}"
        )
    return day


def as_json(book: RuleBook) -> dict[str, Any]:
    """A rule book as plain data."""
    return {
        "pair": f"{book.one}-{book.other}", "names": list(book.names),
        "on": format_date(book.day), "network": book.network_name,
        "network_version": book.network_version, "tariff": book.tariff,
        "tariff_sha256": book.tariff_digest,
        "lanes": [
            {
                "lane": lane.lane, "state": str(lane.standing.state),
                "since": None if lane.standing.since is None
                else format_date(lane.standing.since.on),
                "terms_sha256": lane.terms_sha256,
                "signatures": [asdict(one) | {"at": format_utc(one.at)}
                               for one in lane.signatures],
                "cut_offs": [asdict(one) for one in lane.cut_offs],
                "history": [
                    {"on": format_date(row.on), "event": row.event, "note_en": row.note_en,
                     "note_ko": row.note_ko, "source": row.source}
                    for row in lane.history
                ],
            }
            for lane in book.lanes
        ],
        "rules": [asdict(rule) | {"illustrative": rule.illustrative} for rule in book.rules],
    }  # fmt: skip
