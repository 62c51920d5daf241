"""Plans: standards that history assures, tried on what came later; replays, levers and services as
long work in the background (req 64-66, 69)."""

from __future__ import annotations

from typing import Annotated, Any

from fastapi import APIRouter, Depends, Request, Response
from pydantic import TypeAdapter, ValidationError

from datecertain.access import Right, Viewer
from datecertain.api.pack_work import KIND as PACK
from datecertain.api.plan_work import Asked, begin_plan
from datecertain.door import Problem, door_of
from datecertain.errors import BadMoment, NetworkError, NotFound, UsageError
from datecertain.moments import format_utc, parse_date
from datecertain.operations import desk_looks
from datecertain.operations.desk_looks import as_post
from datecertain.operations.quality_looks import looked_months
from datecertain.operations.workspaces import open_workspace
from datecertain.planning.backtest import Backtest
from datecertain.planning.standards import Standard, Standards
from datecertain.quality.intervals import Interval
from datecertain.web.site.frame import Crumb, Entry, go, page
from datecertain.web.site.keeping import look_at
from datecertain.web.site.languages import STAFF, language_of, page_words
from datecertain.web.site.listing import asked
from datecertain.web.site.quality_asking import month_name
from datecertain.web.site.quality_views import between, percent
from datecertain.web.site.table_files import FileKind, downloads, table_file
from datecertain.web.site.visiting import Form, PageNeeds
from datecertain.wording import Words

PAGES = APIRouter(include_in_schema=False)
ENTRIES = (Entry("nav.plans", "/plans", Right.PLANS),)
_Planner = Annotated[Viewer, Depends(PageNeeds(Right.PLANS))]
_ASKED: TypeAdapter[Asked] = TypeAdapter(Asked)
KINDS_OF_RUN = ("replay", "levers", "service")
_MINUTE_S = 60


def _shares(request: Request) -> tuple[float, float, str, list[str]]:
    """Target, confidence, the day of a back test, and what cannot be read."""
    given, bad, found = asked(request, "target", "confidence", "until"), [], []
    for name, otherwise, low, high in (("target", 96.0, 50, 99.9), ("confidence", 95.0, 50, 99.9)):
        try:
            value = float(given[name] or otherwise)
        except ValueError:
            value = -1.0
        if not low <= value <= high:
            bad.append(name)
            value = otherwise
        found.append(value)
    return found[0], found[1], given["until"], bad


def _standards(request: Request, who: Viewer, shares: tuple[float, float]) -> Standards | None:
    """The standards that keep a target at a confidence; None while there is no history."""
    with open_workspace(door_of(request).workspace) as opened:
        try:
            return look_at(request, opened, desk_looks.standards, as_post(who), *shares)
        except NotFound:
            return None


def _backtest(request: Request, who: Viewer, until: str, shares: tuple[float, float]) -> Backtest:
    """Standards of what came before a day, tried on what came later. Raises `BadMoment`,
    `UsageError`."""
    with open_workspace(door_of(request).workspace) as opened:
        given = as_post(who), parse_date(until), *shares
        return look_at(request, opened, desk_looks.backtested, *given)


@PAGES.get("/plans")
def plans(request: Request, who: _Planner) -> Response:
    """The smallest standard of each lane that keeps a target, tried on what came later; runs."""
    return _plans(request, who)


def _plans(
    request: Request, who: Viewer, fault: str = "", given: dict[str, str] | None = None
) -> Response:
    words = page_words(language_of(request, STAFF))
    target, confidence, until, bad = _shares(request)
    shares = target / 100, confidence / 100
    found, tried = _standards(request, who, shares), None
    if found is not None and until:
        try:
            tried = _backtest(request, who, until, shares)
        except (BadMoment, UsageError):
            bad.append("until")
    with open_workspace(door_of(request).workspace) as opened:
        months = looked_months(opened)
    return page(
        request, "plans.html.j2", who, status=422 if bad or fault else 200, target=target,
        confidence=confidence, until=until, bad=bad, fault=fault, given=given or {},
        rows=[] if found is None else _rows(found, words),
        needed=0 if found is None else found.needed,
        tried=None if tried is None else _tried(tried, words),
        runs=[(one, format_utc(one.begun_at // _MINUTE_S))
              for one in reversed(door_of(request).runs.of(who)) if one.kind != PACK],
        months=[(one, month_name(one, words)) for one in months], kinds=KINDS_OF_RUN,
        files=downloads(request, "/plans/standards"),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("plans.title"))),
    )  # fmt: skip


def _rows(found: Standards, words: Words) -> list[tuple[str, str, str, str, str, str]]:
    parts = found.by_lane()
    return [
        (row.lane.replace("-", " → "), _days(parts[row.lane]), words.count(row.items),
         percent(row.expected, words), percent(row.lower, words),
         words.say(f"plan.status.{row.status}"))
        for row in found.rows
    ]  # fmt: skip


def _days(parts: list[Standard]) -> str:
    return " / ".join("–" if part.days is None else f"D+{part.days}" for part in parts)


def _tried(found: Backtest, words: Words) -> dict[str, Any]:
    return {
        "train": words.count(found.train), "test": words.count(found.test),
        "holds": found.failing.on is None,
        "rows": [
            (words.say(f"plan.method.{name}").removeprefix("- "), words.count(one.items),
             percent(one.share, words),
             "–" if one.mean_days is None else f"{one.mean_days:.1f}", words.count(one.below))
            for name, one in found.results.items()
        ],
    }  # fmt: skip


@PAGES.get("/plans/standards.{kind}")
def file(request: Request, who: _Planner, kind: FileKind) -> Response:
    """The standards as a file."""
    target, confidence, _, _ = _shares(request)
    found = _standards(request, who, (target / 100, confidence / 100))
    if found is None:
        raise NotFound("no item was judged here")
    rows = found.rows
    heads = ("lane", "days", "items", "status")
    return table_file(
        request, "standards", kind, heads,
        [(row.lane, row.days, row.items, str(row.status)) for row in rows],
    )  # fmt: skip


@PAGES.post("/plans/runs")
def begin(request: Request, who: _Planner, form: Form) -> Response:
    """Begin a run over the viewer's own items."""
    given = {name: form.get(name, "").strip() for name in
             ("kind", "period", "changes", "lane", "service")}  # fmt: skip
    plan: dict[str, Any] = {"kind": given["kind"], "period": given["period"]}
    if given["kind"] != "service" and given["lane"]:
        plan["lane"] = given["lane"].upper()
    if given["kind"] == "replay":
        plan["changes"] = [line for line in given["changes"].splitlines() if line.strip()]
    elif given["kind"] == "service":
        plan["service"] = given["service"].replace("\r\n", "\n")
    try:
        run = begin_plan(door_of(request), who, _ASKED.validate_python(plan))
    except ValidationError:
        return _plans(request, who, "plans.fault.asked", given)
    except Problem:
        return _plans(request, who, "plans.fault.many", given)
    except (UsageError, NetworkError):
        return _plans(request, who, "plans.fault.asked", given)
    return go(f"/plans/runs/{run.run_id}", "said.run_begun")


@PAGES.get("/plans/runs/{run_id}")
def run(request: Request, who: _Planner, run_id: str) -> Response:
    """How far a run has come, and what it found."""
    words = page_words(language_of(request, STAFF))
    found = door_of(request).runs.find(who, run_id[:40])
    result = found.result or {}
    return page(
        request, "plan_run.html.j2", who, run=found, result=result, over=found.ended_at is not None,
        before=_standing(result.get("total", {}).get("before"), words),
        after=_standing(result.get("total", {}).get("after"), words),
        lanes=[(one["name"].replace("-", " → "), _share(one["before"], words),
                _share(one["after"], words), one.get("outcomes_changed", ""))
               for one in result.get("lanes", ())],
        levers=[(one["change"], _percent(one["on_time_before"], words),
                 _percent(one["on_time_after"], words), one["late_days_saved"], one["effort"])
                for one in result.get("levers", ())],
        share=_standing(result if "share" in result else None, words),
        crumbs=(Crumb(words.say("frame.home"), "/"), Crumb(words.say("plans.title"), "/plans"),
                Crumb(words.say(f"plans.kind.{found.kind}") if found.kind in KINDS_OF_RUN
                      else found.kind)),
    )  # fmt: skip


def _percent(share: float | None, words: Words) -> str:
    return percent(share, words)


def _share(plain: dict[str, Any], words: Words) -> str:
    return percent(plain["share"], words)


def _standing(plain: dict[str, Any] | None, words: Words) -> str:
    """`95.2 % of 1,200 (93.9–96.3 %)`."""
    if not plain or plain.get("share") is None:
        return ""
    return words.say(
        "plans.standing", share=percent(plain["share"], words), n=words.count(plain["judged"]),
        ends=between(Interval(plain["low"], plain["high"]), words),
    )  # fmt: skip


@PAGES.post("/plans/runs/{run_id}/cancel")
def cancel(request: Request, who: _Planner, run_id: str, form: Form) -> Response:
    """Take a run back: it ends at its next step."""
    found = door_of(request).runs.cancel(who, run_id[:40])
    return go(f"/plans/runs/{found.run_id}", "said.run_cancelled")
