"""The sentences at the head of each page of a meeting pack, from its own figures."""

from __future__ import annotations

from collections.abc import Callable

from datecertain.planning.meeting import Cell, Page, Subject, Unit
from datecertain.quality import Interval
from datecertain.web.pack_words import PackWords


def leads(page: Page, speak: PackWords) -> list[str]:
    """Two or three sentences that say what the page shows."""
    return _LEADS[page.subject](page, speak)


def _share(value: Cell, speak: PackWords) -> str:
    return speak.cell(value, Unit.SHARE)


def _count(value: Cell, speak: PackWords) -> str:
    return speak.cell(value, Unit.COUNT)


def _target(page: Page, speak: PackWords) -> str:
    return speak.w.percent(float(page.facts["target"] or 0), 0)


def _guarantee(page: Page, speak: PackWords) -> list[str]:
    facts, one = page.facts, page.figure("on_time")
    claims = int(facts["open"] or 0) - int(facts["automatic"] or 0)
    said = [speak.say(
        "lead.guarantee.lanes", open=facts["open"], lanes=facts["lanes"],
        automatic=facts["automatic"], claims=claims,
    )]  # fmt: skip
    if one.value is None or one.low is None or one.high is None:
        return [*said, speak.say("lead.guarantee.no_items")]
    said.append(speak.say(
        f"lead.guarantee.{facts['standing']}", share=speak.figure(one),
        interval=speak.w.between(Interval(one.low, one.high)), target=_target(page, speak),
    ))  # fmt: skip
    if facts["unresolved"]:
        said.append(speak.say(
            "lead.guarantee.bounds", n=_count(facts["unresolved"], speak),
            low=_share(facts["low"], speak), high=_share(facts["high"], speak),
        ))  # fmt: skip
    return said


def _quality(page: Page, speak: PackWords) -> list[str]:
    numbers = {name: speak.figure(page.figure(f"lanes_{name}"))
               for name in ("below", "above", "unclear")}  # fmt: skip
    tiers = int(page.facts["tiers"] or 0)
    key = "lead.quality.tiers" if tiers > 1 else "lead.quality.one_tier"
    told = speak.say(key, tiers=tiers) if tiers > 1 else speak.say(key)
    return [
        speak.say("lead.quality.standings", target=_target(page, speak), **numbers), told,
        speak.say("lead.quality.complete", share=speak.figure(page.figure("complete"))),
    ]  # fmt: skip


def _lost(page: Page, speak: PackWords) -> list[str]:
    facts = page.facts
    if facts["post"] is None:
        return [speak.say("lead.lost.none")]
    return [
        speak.say(
            "lead.lost.first", days=speak.figure(page.figure("days")),
            share=speak.figure(page.figure("largest")), post=speak.w.post(str(facts["post"])),
            leg=speak.w.label("leg", str(facts["leg"])),
        ),
        speak.say("lead.lost.meaning"),
    ]  # fmt: skip


def _volume(page: Page, speak: PackWords) -> list[str]:
    facts = page.facts
    said = [speak.say(
        "lead.volume.recovery", year=facts["year"], items=_count(facts["items"], speak),
        index=_share(facts["index"], speak), base_year=facts["base_year"],
        gap=_count(facts["gap"], speak),
    )]  # fmt: skip
    if facts["imported"]:
        said.append(speak.say("lead.volume.imported", base_year=facts["base_year"]))
    standing = str(facts["standing"])
    if standing == "not_enough":
        said.append(speak.say(
            "lead.volume.not_enough", values=facts["values"], needed=facts["needed"]
        ))  # fmt: skip
    else:
        said.append(speak.say(f"lead.volume.{standing}"))
    return said


def _resume(page: Page, speak: PackWords) -> list[str]:
    number = {one.key: speak.figure(one) for one in page.figures}
    year = []
    if page.facts.get("year_automatic") is not None:
        year.append(speak.say("lead.resume.year", **{
            name: speak.cell(page.facts[f"year_{name}"], Unit.USDR)
            for name in ("automatic", "low", "high")
        }))  # fmt: skip
    return [
        speak.say("lead.resume.counts", ready=number["ready"], lanes=page.facts["lanes"],
                  longer=number["ready_longer"]),
        speak.say("lead.resume.own", own=page.facts["own"], assured=page.facts["assured"]),
        speak.say("lead.resume.rest", not_ready=number["not_ready"],
                  not_enough=number["not_enough"]),
        speak.say("lead.resume.meaning", target=_target(page, speak),
                  confidence=speak.w.percent(float(page.facts["confidence"] or 0), 0)),
        *year,
    ]  # fmt: skip


def _money(page: Page, speak: PackWords) -> list[str]:
    facts = page.facts
    said = [speak.say("lead.money.owed", owed=_count(facts["owed"], speak),
                      claimed=_count(facts["claimed"], speak))]  # fmt: skip
    if not facts["settled"]:
        return [*said, speak.say("lead.money.not_settled")]
    if facts.get("withheld"):
        return [*said, speak.say("lead.money.withheld")]
    said.append(speak.say(
        "lead.money.settled", gross=speak.figure(page.figure("gross_usdr")),
        payments=_count(facts["payments"], speak), net=speak.figure(page.figure("net_usdr")),
    ))  # fmt: skip
    if facts["settled"] != facts["months"]:
        said.append(speak.say(
            "lead.money.partly", settled=facts["settled"], months=facts["months"]
        ))  # fmt: skip
    return said


def _services(page: Page, speak: PackWords) -> list[str]:
    return [speak.say("lead.services.one")]


def _decisions(page: Page, speak: PackWords) -> list[str]:
    n, number = page.facts["asked"], {one.key: speak.figure(one) for one in page.figures}
    said = [speak.say("lead.decisions.asked", n=n) if n else speak.say("lead.decisions.none")]
    if not page.facts["actions"]:
        return [*said, speak.say("lead.decisions.empty")]
    said.append(speak.say(
        "lead.decisions.register", n=page.facts["actions"], done=number["actions_done"],
        overdue=number["actions_overdue"],
    ))  # fmt: skip
    return said


_LEADS: dict[Subject, Callable[[Page, PackWords], list[str]]] = {
    Subject.GUARANTEE: _guarantee, Subject.QUALITY: _quality, Subject.LOST: _lost,
    Subject.VOLUME: _volume, Subject.RESUME: _resume, Subject.MONEY: _money,
    Subject.SERVICES: _services, Subject.DECISIONS: _decisions,
}  # fmt: skip
