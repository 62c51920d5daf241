"""Force majeure cases in words, for people."""

from __future__ import annotations

from collections.abc import Sequence

from datecertain.moments import NEVER, format_utc
from datecertain.operations.case_preview import CasePreview, PostMoney
from datecertain.operations.cases import CaseFile
from datecertain.tracking.cases import GROUP, KINDS, ForceMajeureCase
from datecertain.wording import Words


def in_words(case: CaseFile, speak: Words) -> list[str]:
    """A case whole: how it stands, what it covers, what was said, every step."""
    state = speak.say(f"case.state.{case.state}")
    lines = [speak.say("case.headline", case=case.case_id, post=case.post, state=state)]
    lines += [
        speak.say(
            "case.scope", from_=format_utc(scope.from_at), to=_end(scope.to_at, speak),
            limits=limits_text(scope, speak), text=getattr(scope, f"text_{speak.language}"),
        )
        for scope in case.scopes
    ]  # fmt: skip
    lines += _remarks(case, speak)
    for one in case.transitions:
        lines.append(
            speak.say(
                "case.step", at=format_utc(one.published_at), by=_who(one.by_post, speak),
                transition=speak.say(f"case.transition.{one.transition}"), actor=one.actor,
                reason=one.reason,
            )
        )  # fmt: skip
    return lines


def list_rows(cases: Sequence[CaseFile], speak: Words) -> list[list[str]]:
    """The rows of a list of cases."""
    return [
        [
            case.case_id, case.post, speak.say(f"case.state.{case.state}"),
            format_utc(min(scope.from_at for scope in case.scopes)),
            _end(max(scope.to_at for scope in case.scopes), speak),
            "; ".join(_remarks(case, speak)),
        ]
        for case in cases
    ]  # fmt: skip


def _remarks(case: CaseFile, speak: Words) -> list[str]:
    said = [
        speak.say(f"case.word.{action}", by=_who(by, speak))
        for by, action in sorted(case.words.items())
    ]
    if case.late_minutes:
        said.append(speak.say("case.late", hours=_hours(case.late_minutes)))
    if case.stale_minutes:
        said.append(speak.say("case.stale", hours=_hours(case.stale_minutes)))
    return said


def _hours(minutes: int) -> int:
    """Whole hours, a begun one counted."""
    return -(-minutes // 60)


def _who(post: str, speak: Words) -> str:
    return speak.say("case.group") if post == GROUP else post


def _end(moment: int, speak: Words) -> str:
    return speak.say("case.open_end") if moment >= int(NEVER) else format_utc(moment)


def limits_text(scope: ForceMajeureCase, speak: Words) -> str:
    """What a scope covers of its post."""
    found = []
    for name in ("office", "leg", "area", "product", "standard", "contents"):
        if value := getattr(scope, name):
            told = [speak.label(f"{name}.{one}", one) for one in value.split()]
            found.append(speak.say(f"case.limit.{name}", value="/".join(told)))
    values, accepted = (
        (scope.value_from_usdr, scope.value_to_usdr), (scope.accepted_from, scope.accepted_to),
    )  # fmt: skip
    if values != (None, None):
        low, high = ("…" if v is None else f"{v // 10**6:,}" for v in values)
        found.append(speak.say("case.limit.value", low=low, high=high))
    if accepted != (None, None):
        low, high = ("…" if v is None else format_utc(v) for v in accepted)
        found.append(speak.say("case.limit.accepted", low=low, high=high))
    if not found:
        found.append(speak.say("case.everything"))
    if scope.kind != KINDS[0]:
        found.append(speak.say(f"case.kind.{scope.kind}"))
    return ", ".join(found)


def preview_lines(told: CasePreview, speak: Words) -> list[str]:
    """What changes, in sentences."""
    lines = [
        speak.say(
            "case.preview.headline", changed=speak.count(told.changed),
            items=speak.count(told.items), period=told.period,
        )
    ]  # fmt: skip
    for side, before, after, number in told.changes:
        lines.append(
            speak.say(
                "case.preview.change", side=speak.say(f"case.preview.side.{side}"),
                number=speak.count(number), before=speak.say(f"outcome.{before}"),
                after=speak.say(f"outcome.{after}"),
            )
        )  # fmt: skip
    return lines


def preview_rows(told: CasePreview, speak: Words) -> list[list[str]]:
    """Refunds and who bears them, by post, before and after."""
    before, after = ({one.post: one for one in money} for money in (told.before, told.after))
    rows = []
    for post in sorted({*before, *after}):
        one, other = (money.get(post, PostMoney(post, 0, 0, 0)) for money in (before, after))
        rows.append(
            [
                post, speak.count(one.refunds), speak.count(other.refunds),
                _sdr(one.refunds_usdr), _sdr(other.refunds_usdr), _sdr(one.borne_usdr),
                _sdr(other.borne_usdr),
            ]
        )  # fmt: skip
    return rows


def _sdr(usdr: int) -> str:
    """Micro-SDR as SDR with two places, cut off."""
    sign, cents = ("-" if usdr < 0 else ""), abs(usdr) // 10_000
    return f"{sign}{cents // 100:,}.{cents % 100:02}"
