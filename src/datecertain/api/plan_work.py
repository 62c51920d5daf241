"""What runs of plans do: each the operation of its command, over the lanes that whoever asks may
see."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints

from datecertain.access import Right, Viewer
from datecertain.door.opened import Door
from datecertain.door.runs import Run, Told
from datecertain.door.texts import Body, Code, Month
from datecertain.errors import NotAllowed, UsageError
from datecertain.operations.lanes_seen import LanesSeen, lanes_seen
from datecertain.operations.resume_board import BoardAsked, default_days
from datecertain.operations.telling_statements import trial_as_json
from datecertain.operations.without_money import without_money
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.services import Service
from datecertain.settlement import bundled_tariff
from datecertain.settlement.tariff_files import tariff_of
from datecertain.store import Workspace

#: Months of one run, at most.
_MOST_MONTHS = 36
_Change = Annotated[str, StringConstraints(max_length=200, pattern=r"^[ -~]+$")]
Toml = Annotated[
    str, StringConstraints(max_length=200_000, pattern=r"^[^\x00-\x08\x0b\x0c\x0e-\x1f\x7f]*$")
]
_Day = Annotated[str, StringConstraints(pattern=r"^[0-9]{4}-[0-9]{2}(-[0-9]{2})?$")]


class OfMonths(Body):
    """Months of acceptance, from one to another."""

    period: Month = Field(examples=["2026-10"])
    to: Month | None = Field(None, description="None: that month alone.")

    def months(self) -> list[str]:
        """The months, in order. Raises `UsageError`."""
        ends = (self.period, self.to or self.period)
        first, last = (int(month[:4]) * 12 + int(month[5:]) - 1 for month in ends)
        if not first <= last < first + _MOST_MONTHS:
            raise UsageError(f"give the first month first, and at most {_MOST_MONTHS} months")
        return [f"{n // 12:04d}-{n % 12 + 1:02d}" for n in range(first, last + 1)]


class ReplayAsked(OfMonths):
    """Real items run again under changes to the network of their promises."""

    kind: Literal["replay"]
    changes: list[_Change] = Field(
        min_length=1, max_length=50, examples=[["USORDA.release -02:00"]]
    )
    lane: Code = Field("", description="One lane, KR-US; empty: all.")
    keep_promises: bool = Field(False, description="Leave the dates told as they were.")


class LeversAsked(OfMonths):
    """Small changes tried, the best first."""

    kind: Literal["levers"]
    lane: Code = ""
    places: int = Field(4, ge=1, le=20)
    kinds: list[Code] = Field([], max_length=20)


class ServiceAsked(OfMonths):
    """A service that is not sold yet, tried on real items."""

    kind: Literal["service"]
    service: Toml = Field(description="The service as TOML.")


class StagesWanted(Body):
    """Which lanes open when, under a yearly budget."""

    kind: Literal["stages"]
    budget_sdr: float = Field(ge=0, le=10**12, description="For refunds, a year.")
    floor: float = Field(0.96, gt=0, lt=1, description="Least share on time on any lane.")
    waves: int = Field(4, ge=1, le=50)
    at_most: int | None = Field(None, ge=1, le=10_000, description="Lanes of a wave.")
    per_post: int | None = Field(None, ge=1, le=10_000)
    prudent: bool = False
    confidence: float = Field(0.95, ge=0.5, le=0.999)
    claim_rate: float | None = Field(None, ge=0, le=1)
    first: _Day | None = None
    last: _Day | None = None


Asked = ReplayAsked | LeversAsked | ServiceAsked | StagesWanted


class TariffTried(OfMonths):
    """Another tariff."""

    tariff: Toml = Field(description="The tariff as TOML (docs/reference/settlement.md).")


def months_of(period: Sequence[str] | None) -> list[str] | None:
    """Months that were asked for, each once and in order; None: all."""
    return None if period is None else sorted(set(period))


def begin_plan(door: Door, who: Viewer, asked: Asked) -> Run:
    """Begin a run. Raises `UsageError` for what is seen to be wrong at once, `Problem`, and
    `NotAllowed` for a staged plan of the central office: to move its budget would tell what the
    lane of two posts costs."""
    if who.group and isinstance(asked, StagesWanted):
        raise NotAllowed("a plan under a budget tells what lanes cost: it is for their posts alone")
    if isinstance(asked, OfMonths):
        asked.months()
    if isinstance(asked, ServiceAsked):
        Service.from_toml(asked.service, "the service")

    def work(told: Told) -> dict[str, Any]:
        with open_workspace(door.workspace) as opened:
            found = _done(opened, asked, lanes_seen(opened, who), told)
        return dict(without_money(found)) if who.group else found

    return door.runs.begin(who, asked.kind, work)


def _done(opened: Workspace, asked: Asked, seen: LanesSeen, told: Told) -> dict[str, Any]:
    if isinstance(asked, ReplayAsked):
        from datecertain.operations.replays import what_if, with_changes  # noqa: PLC0415

        tariff = bundled_tariff()
        change = "; ".join(asked.changes), with_changes(asked.changes)
        return what_if(
            opened, asked.months(), change, lane=asked.lane or None,
            recomputed=not asked.keep_promises, tariffs=(tariff, tariff), told=told, seen=seen,
        ).as_json()  # fmt: skip
    if isinstance(asked, LeversAsked):
        from datecertain.operations.replay_levers import try_levers  # noqa: PLC0415

        return try_levers(
            opened, asked.months(), asked.lane or None, asked.places, told, asked.kinds, seen
        ).as_json()
    if isinstance(asked, ServiceAsked):
        from datecertain.operations.replay_services import try_service  # noqa: PLC0415

        service = Service.from_toml(asked.service, "the service")
        return try_service(opened, asked.months(), service, told, seen).as_json()
    return _staged(opened, asked, seen, told)


def _staged(opened: Workspace, asked: StagesWanted, seen: LanesSeen, told: Told) -> dict[str, Any]:
    from datecertain.operations.staged_plans import StagesAsked, staged_plans  # noqa: PLC0415
    from datecertain.operations.telling_stages import staged_as_json  # noqa: PLC0415

    days = default_days(opened, asked.first, asked.last)
    board = BoardAsked(*days, asked.floor, asked.confidence, asked.claim_rate)
    limits = StagesAsked(
        board, round(asked.budget_sdr * 10**6), asked.waves, asked.at_most, asked.per_post,
        asked.prudent,
    )  # fmt: skip
    return staged_as_json(staged_plans(opened, limits, told, seen))


def begin_trial(door: Door, who: Viewer, tried: TariffTried) -> Run:
    """Begin the trial of a tariff. Raises `UsageError` with all findings about its text."""
    months, tariff = tried.months(), tariff_of(tried.tariff, "the tariff")

    def work(told: Told) -> dict[str, Any]:
        from datecertain.operations.trying import try_tariff  # noqa: PLC0415

        with open_workspace(door.workspace) as opened:
            found = try_tariff(opened, months, tariff, bundled_tariff(), told=told, viewer=who)
        return trial_as_json(found)

    return door.runs.begin(who, "tariff", work, Right.MONEY)
