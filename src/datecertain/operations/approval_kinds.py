"""What can be asked for and approved: changes that move promises or money (req 58).

Each kind checks a request when it is asked, tells in two languages what it will do, and does it
once: done again after a crash, it finds that it is done.
"""

from __future__ import annotations

import tomllib
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from datecertain.access import Right, Viewer
from datecertain.claims.cases import Actor, Event
from datecertain.errors import NotAllowed, UsageError
from datecertain.moments import DAY, day_of
from datecertain.network import Network
from datecertain.network.rows import Holiday, Row
from datecertain.network.rule_rows import Closure, Condition
from datecertain.operations.claim_items import look_up
from datecertain.operations.claim_rows import find_case
from datecertain.operations.claiming import Move, item_of, move
from datecertain.operations.clock import Clock
from datecertain.operations.closing import finalise
from datecertain.operations.compiled_cache import ready
from datecertain.operations.lane_openings import sign
from datecertain.operations.network_previews import RESUME, RULE, NetworkChange, demand_own
from datecertain.operations.network_rules import declare, resume
from datecertain.operations.networks import current_network, current_version, publish_network
from datecertain.operations.own_rows import demand_own_rows
from datecertain.operations.refund_runs import run_refunds
from datecertain.operations.settling import settle_month
from datecertain.operations.statements import accept, find_statement, pair_of, statements_here
from datecertain.operations.workspaces import open_workspace
from datecertain.settlement import Period, bundled_tariff, bundled_tariffs
from datecertain.settlement.life import Act
from datecertain.settlement.statements import tariff_digest
from datecertain.settlement.tariff_files import tariff_of

Request = Mapping[str, Any]
_RULES: dict[str, type[Row]] = {"condition": Condition, "holiday": Holiday, "closure": Closure}


@dataclass(frozen=True, slots=True)
class Doing:
    """Where and for whom something is done: the account that asked, its post, the clock."""

    workspace: Path
    asker: str
    post: str
    clock: Clock


@dataclass(frozen=True, slots=True)
class ApprovalKind:
    """`right`: who may ask, and may approve what another asks. `fields`: name → type, all wanted.
    `check` raises `UsageError` for what cannot be done; `run` does it and tells the result;
    `small`: whether it is too small a thing for two."""

    right: Right
    fields: Mapping[str, type]
    check: Callable[[Doing, Request], None]
    run: Callable[[Doing, Request], dict[str, Any]]
    small: Callable[[Doing, Request], bool] = lambda doing, asked: False


def _check_rule(doing: Doing, asked: Request) -> None:
    if asked["table"] not in _RULES:
        raise UsageError(f"no table {asked['table']!r}: choose among {', '.join(_RULES)}")
    cells = asked["cells"]
    if not all(isinstance(value, str) for value in cells.values()):
        raise UsageError("cells: every value is a text")
    if not cells.get("source"):
        raise UsageError("cells: source is missing: say where it is published", "network.source")
    _demand_own(doing, NetworkChange(RULE, asked))


def _demand_own(doing: Doing, change: NetworkChange) -> None:
    with open_workspace(doing.workspace) as opened:
        network = current_network(opened)
    demand_own(network, doing.post, change)


def _rule(doing: Doing, asked: Request) -> dict[str, Any]:
    _demand_own(doing, NetworkChange(RULE, asked))
    done = declare(doing.workspace, _RULES[asked["table"]], asked["cells"], doing.clock)
    return asdict(done)


def _check_resume(doing: Doing, asked: Request) -> None:
    _demand_own(doing, NetworkChange(RESUME, asked))


def _resume(doing: Doing, asked: Request) -> dict[str, Any]:
    _check_resume(doing, asked)
    with open_workspace(doing.workspace) as opened:
        network = current_network(opened)
    ended = [row for row in network.data.conditions
             if row.condition == asked["condition"] and row.kind == "end"]  # fmt: skip
    if any(row.source == asked["source"] for row in ended):
        return {"version": network.version, "already": True}
    return asdict(resume(doing.workspace, asked["condition"], asked["source"], doing.clock))


def _check_network(doing: Doing, asked: Request) -> None:
    with open_workspace(doing.workspace) as opened:
        _demand_before(current_version(opened), asked)
        demand_own_rows(current_network(opened), asked["files"], doing.post)
    _network(asked)


def _demand_before(standing: str | None, asked: Request) -> None:
    if standing != asked["before"]:
        raise UsageError(
            f"the network in force is {standing}, no longer {asked['before']}: look at what "
            "changed and ask anew",
            "approval.network",
            standing=standing,
            before=asked["before"],
        )


def _network(asked: Request) -> Network:
    return ready(Network.from_texts(asked["files"], "the network asked for"))


def _network_in_force(doing: Doing, asked: Request) -> dict[str, Any]:
    network = _network(asked)
    with open_workspace(doing.workspace, write=True) as opened:  # nobody else publishes meanwhile
        standing = current_version(opened)
        already = standing == network.version
        if not already:
            _demand_before(standing, asked)
            demand_own_rows(current_network(opened), asked["files"], doing.post)
            publish_network(opened, network, doing.clock)
    return {"version": network.version, "already": already}


def _sign_lane(doing: Doing, asked: Request) -> dict[str, Any]:
    made = sign(
        doing.workspace, asked["number"], asked["digest"], doing.post, doing.asker, doing.clock
    )
    return {"number": made.offer.number, "state": str(made.state), "sha256": made.sha256}


def _check_refunds(doing: Doing, asked: Request) -> None:
    Period.month(asked["month"])


def _refunds(doing: Doing, asked: Request) -> dict[str, Any]:
    with open_workspace(doing.workspace, write=True) as opened:
        return asdict(run_refunds(opened, asked["month"], doing.clock, None, doing.post))


def _check_settling(doing: Doing, asked: Request) -> None:
    """A month is settled for all pairs: by a tariff of the group's, or by one that the keeper
    settled by before."""
    Period.month(asked["month"])
    if not asked["tariff"]:
        return
    digest = tariff_of(asked["tariff"], "the tariff asked for").digest
    if digest in {bundled_tariff(name).digest for name in bundled_tariffs()}:
        return
    with open_workspace(doing.workspace) as opened, opened.reading() as view:
        standing = statements_here(view.connection, None)
        if digest not in {tariff_digest(one.statement) for one in standing}:
            raise NotAllowed(
                "no month was settled by this tariff: the keeper of the workspace settles by a new "
                "one",
                "approval.tariff",
            )


def _check_finalise(doing: Doing, asked: Request) -> None:
    """What is left of the days to contest is for both posts of each pair to waive."""
    Period.month(asked["month"])
    if asked["waived"]:
        raise NotAllowed(
            "one post does not waive the days that another has to contest: the keeper of the "
            "workspace does, when both have",
            "approval.waived",
        )


def _settle(doing: Doing, asked: Request) -> dict[str, Any]:
    _check_settling(doing, asked)
    tariff = tariff_of(asked["tariff"], "the tariff asked for") if asked["tariff"] else None
    with open_workspace(doing.workspace, write=True) as opened:
        done = settle_month(opened, asked["month"], doing.clock, tariff)
    return {"month": asked["month"], "batch": done.batch_id, "already": done.already_done}


def _finalise(doing: Doing, asked: Request) -> dict[str, Any]:
    _check_finalise(doing, asked)
    with open_workspace(doing.workspace, write=True) as opened:
        return {"final": finalise(opened, asked["month"], asked["waived"], doing.clock)}


def _check_accept(doing: Doing, asked: Request) -> None:
    if doing.post not in pair_of(asked["pair"]):
        raise NotAllowed(
            f"{doing.post or 'the central office'} is not of {asked['pair']}",
            "approval.pair",
            pair=asked["pair"],
        )


def _accept(doing: Doing, asked: Request) -> dict[str, Any]:
    _check_accept(doing, asked)
    pair = pair_of(asked["pair"])
    with open_workspace(doing.workspace, write=True) as opened:
        found = find_statement(opened, asked["month"], pair)
        already = any(
            (one.act, one.actor) == (Act.ACCEPTED, doing.post) for one in found.events
        )  # fmt: skip
        if not already:
            found = accept(
                opened, asked["month"], pair, doing.post, asked["in_part"], asked["reason"],
                doing.clock, doing.asker,
            )  # fmt: skip
    return {"state": str(found.standing.state), "already": already}


def _check_goodwill(doing: Doing, asked: Request) -> None:
    with open_workspace(doing.workspace) as opened, opened.reading() as view:
        case = find_case(view.connection, asked["claim"])
    if doing.post != case.origin:
        raise NotAllowed(
            f"{asked['claim']} is not a claim of {doing.post}: its origin decides",
            "approval.claim",
            claim=asked["claim"],
        )


def _goodwill(doing: Doing, asked: Request) -> dict[str, Any]:
    _check_goodwill(doing, asked)
    with open_workspace(doing.workspace, write=True) as opened:
        with opened.reading() as view:
            case = find_case(view.connection, asked["claim"])
        mine = (Event.GRANTED, doing.asker, asked["reason"])
        already = any((one.event, one.actor, one.reason) == mine for one in case.events)
        if not already:
            done = Move(Event.GRANTED, doing.asker, Actor.ORIGIN, asked["reason"])
            case = move(opened, asked["claim"], done, doing.clock)
    return {"claim": case.case_id, "state": str(case.state), "already": already}


def _small_goodwill(doing: Doing, asked: Request) -> bool:
    """Whether even the whole postage is below what needs two."""
    with open_workspace(doing.workspace) as opened:
        with opened.reading() as view:
            case = find_case(view.connection, asked["claim"])
        network = current_network(opened)
        found = look_up(opened, network, [case.item_id], doing.clock.now())
    item = item_of(found, case)
    if item is None or item.row is None:
        return False
    postage = int(item.row["postage_minor"])
    return not goodwill_needs_two(case.currency, postage, doing.clock)


def _fine(doing: Doing, asked: Request) -> None:
    """What is wrong shows when it is done."""


KINDS: dict[str, ApprovalKind] = {
    "network.rule": ApprovalKind(
        Right.NETWORK, {"table": str, "cells": dict}, _check_rule, _rule
    ),
    "network.resume": ApprovalKind(
        Right.NETWORK, {"condition": str, "source": str}, _check_resume, _resume
    ),
    "network.publish": ApprovalKind(
        Right.NETWORK, {"before": str, "files": dict}, _check_network, _network_in_force
    ),
    "lane.sign": ApprovalKind(
        Right.LANES_SIGN, {"number": int, "digest": str}, _fine, _sign_lane
    ),
    "refunds.run": ApprovalKind(Right.REFUNDS, {"month": str}, _check_refunds, _refunds),
    "statements.settle": ApprovalKind(
        Right.STATEMENTS_ACT, {"month": str, "tariff": str}, _check_settling, _settle
    ),
    "statements.finalise": ApprovalKind(
        Right.STATEMENTS_ACT, {"month": str, "waived": str}, _check_finalise, _finalise
    ),
    "statements.accept": ApprovalKind(
        Right.STATEMENTS_ACT, {"month": str, "pair": str, "in_part": bool, "reason": str},
        _check_accept, _accept,
    ),
    "claims.goodwill": ApprovalKind(
        Right.CLAIMS_DECIDE, {"claim": str, "reason": str}, _check_goodwill, _goodwill,
        _small_goodwill,
    ),
}  # fmt: skip


def kind_of(name: str) -> ApprovalKind:
    """A kind by its name. Raises `UsageError`."""
    if name not in KINDS:
        raise UsageError(f"no kind {name!r}: choose among {', '.join(KINDS)}")
    return KINDS[name]


def demand_form(name: str, asked: Request) -> None:
    """Raises `UsageError` unless a request has exactly the fields of its kind."""
    fields = kind_of(name).fields
    if set(asked) != set(fields):
        raise UsageError(f"{name} wants exactly: {', '.join(fields)}")
    for field, kind in fields.items():
        if type(asked[field]) is not kind:
            raise UsageError(f"{name}: {field}: {kind.__name__} is wanted")


@cache
def _limits() -> tuple[tuple[str, int, int], ...]:
    text = files("datecertain.operations").joinpath("approval_limits.toml").read_text("utf-8")
    rows = tomllib.loads(text)["goodwill"]
    found = [(row["currency"], day_of(row["valid_from"]), int(row["from_minor"])) for row in rows]
    return tuple(sorted(found))


def goodwill_needs_two(currency: str, amount_minor: int, clock: Clock) -> bool:
    """Whether a refund beyond the terms is so large that two must look at it."""
    today = clock.now() // DAY
    from_minor = [limit for name, day, limit in _limits() if name == currency and day <= today]
    return amount_minor >= (from_minor[-1] if from_minor else 0)


def may(viewer: Viewer, name: str) -> bool:
    """Whether somebody may approve what another asks: with the kind's right, or `approve`."""
    return viewer.may(kind_of(name).right) or viewer.may(Right.APPROVE)
