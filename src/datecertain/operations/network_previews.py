"""A change of the network looked at before it is asked for: which promises would be other ones
(req 9, 13, 62). Nothing is published here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from datecertain.access import EVERYTHING
from datecertain.errors import NotAllowed, UsageError
from datecertain.moments import DAY, format_utc
from datecertain.network import Network
from datecertain.network.adding import with_row
from datecertain.network.comparing import NetworkDifference, compare
from datecertain.network.rows import Holiday, Row
from datecertain.network.rule_rows import RULE_ROWS, Closure, Condition
from datecertain.network.telling_differences import DifferenceTeller
from datecertain.operations.clock import Clock
from datecertain.operations.compiled_cache import ready
from datecertain.operations.network_versions import WINDOW_DAYS
from datecertain.operations.networks import current_network, network_of_version
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import LANGUAGES, words

RULE, RESUME, PUBLISH = "network.rule", "network.resume", "network.publish"
TABLES: Mapping[str, type[Row]] = {"condition": Condition, "holiday": Holiday, "closure": Closure}
#: So many promises are told one by one.
TOLD = 200
Told = Callable[[int, int], None]


@dataclass(frozen=True, slots=True)
class NetworkChange:
    """A change as it is asked for: `network.rule` (`table`, `cells`), `network.resume`
    (`condition`, `source`), `network.publish` (`before`, `version`: an earlier one)."""

    kind: str
    request: Mapping[str, Any]


def demand_own(network: Network, post: str, change: NetworkChange) -> None:
    """A post changes what is its own: its calendars and offices, conditions of its lanes; the
    central office (`post` empty) what holds for all lanes; files are looked at when they are
    there (`own_rows`). Raises `NotAllowed`, `UsageError`."""
    if change.kind == PUBLISH or post == EVERYTHING:
        return
    if change.kind == RESUME:
        rows = [row for row in network.data.conditions
                if row.condition == change.request["condition"]]  # fmt: skip
        if not rows:
            raise UsageError(
                f"no condition {change.request['condition']!r} is there",
                "network.condition",
                condition=change.request["condition"],
            )
        ends = [(row.origin, row.destination) for row in rows]
    else:
        ends = [_ends(network, change.request["table"], change.request["cells"])]
    for origin, destination in ends:
        if not (post in (origin, destination) if post else _whole(ends)):
            raise NotAllowed(
                "a post changes its own calendars, offices and lanes only", "network.own"
            )


def _whole(ends: list[tuple[str, str]]) -> bool:
    return all(one == ("*", "*") for one in ends)


def _ends(network: Network, table: str, cells: Mapping[str, str]) -> tuple[str, str]:
    if table == "condition":
        return cells.get("origin", ""), cells.get("destination", "")
    if table == "holiday":
        calendar = cells.get("calendar", "")
        if all(one.calendar != calendar for one in network.data.calendars):
            raise UsageError(
                f"no calendar {calendar!r} in the network", "network.calendar", calendar=calendar
            )
        post = calendar.partition("-")[0]
        return post, post
    if table == "closure":
        office = cells.get("office", "")
        posts = [one.post for one in network.data.offices if one.office == office]
        if not posts:
            raise UsageError(
                f"no office {office!r} in the network", "network.office", office=office
            )
        return posts[0], posts[0]
    raise UsageError(f"no table {table!r}: choose among {', '.join(TABLES)}")


def changed_network(path: Path, old: Network, change: NetworkChange, clock: Clock) -> Network:
    """The network as it would be. Raises `NetworkError` with every finding, `UsageError`."""
    if change.kind == PUBLISH:
        with open_workspace(path) as opened:
            return network_of_version(opened, change.request["version"])
    if change.kind == RESUME:
        name, source = change.request["condition"], change.request["source"]
        row = next(one for one in old.data.conditions if one.condition == name)
        table: type[Row] = Condition
        cells = {"condition": name, "kind": "end", "origin": row.origin,
                 "destination": row.destination, "source": source}  # fmt: skip
    else:
        table, cells = TABLES[change.request["table"]], dict(change.request["cells"])
    now = format_utc(clock.now())
    stamp = now if table in RULE_ROWS else now[:10]
    texts = with_row(old.data.texts, table, {"known_from": stamp, **cells})
    return ready(Network.from_texts(texts, "the network with that change"))


def preview_change(path: Path, change: NetworkChange, clock: Clock, told: Told) -> dict[str, Any]:
    """Which promises a change would make other ones over two months, as plain data: counts, lanes,
    and in each language what changes and the dates of today beside those of then."""
    with open_workspace(path) as opened:
        old = current_network(opened)
    told(1, 3)
    new = changed_network(path, old, change, clock)
    told(2, 3)
    today = clock.now() // DAY
    first = max(today if today <= old.data.last_day else 0, old.data.first_day, new.data.first_day)
    found = compare(old, new, first, first + WINDOW_DAYS - 1)
    told(3, 3)
    return {
        "kind": change.kind, "request": dict(change.request), "before": old.version,
        "after": new.version, "first_day": found.window.first_day,
        "last_day": found.window.last_day, "same": found.same, "pairs": found.pairs,
        "all_pairs": found.all_pairs, "later": found.later, "earlier": found.earlier,
        "dateless": found.dateless, "lanes": _lanes(found), "promises": len(found.promises),
        "told": {language: _told(found, language) for language in LANGUAGES},
    }  # fmt: skip


def _lanes(found: NetworkDifference) -> list[dict[str, Any]]:
    """Changes by lane: sentences, and pairs of areas that they are about."""
    post = {row.area: row.post for network in (found.old, found.new) for row in network.data.areas}
    sentences: dict[tuple[str, str], int] = {}
    pairs: dict[tuple[str, str], set[tuple[str, str]]] = {}
    for change in found.promises:
        lanes: dict[tuple[str, str], set[tuple[str, str]]] = {}
        for origin in change.origins:
            for destination in change.destinations:
                lane = post[origin], post[destination]
                if lane[0] != lane[1]:
                    lanes.setdefault(lane, set()).add((origin, destination))
        for lane, mine in lanes.items():
            sentences[lane] = sentences.get(lane, 0) + 1
            pairs.setdefault(lane, set()).update(mine)
    return [
        {"lane": "-".join(lane), "changes": sentences[lane], "pairs": len(pairs[lane])}
        for lane in sorted(sentences, key=lambda lane: (-len(pairs[lane]), lane))
    ]


def _told(found: NetworkDifference, language: str) -> dict[str, Any]:
    teller = DifferenceTeller(found, words(language))
    said = [*map(teller.lane, found.lanes), *map(teller.area, found.areas),
            *map(teller.postcodes, found.postcodes), *map(teller.rule, found.rules)]  # fmt: skip
    return {"said": said, "dates": [teller.parts(one) for one in found.promises[:TOLD]]}
