"""A verdict told: three plain sentences for an agent on the phone, then the staircase, what was
excused, the evidence and the terms (req 27, 63). As lines of text, and as plain data.

The sentences say what was promised, what happened, and who bears what and why.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from datecertain.moments import format_clock, format_date, format_utc
from datecertain.network.agreed_terms import Clause, Part
from datecertain.network.rows import ALWAYS_FROM
from datecertain.network.rule_sentences import sentence
from datecertain.verdict.basis import ExclusionApplied, MilestoneScan, TermApplied
from datecertain.verdict.carried import Proof
from datecertain.verdict.explaining import Explanation, Place, Share, Stair
from datecertain.verdict.grounds import Hold
from datecertain.verdict.outcomes import WHOLE, Checkpoint, Outcome
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class Section:
    """A part of the telling: its title, and its lines."""

    title: str
    lines: tuple[str, ...]


def in_words(told: Explanation, words: Words) -> list[str]:
    """The whole explanation as lines of text in the reader's language."""
    lines = list(sentences(told, words))
    for section in sections(told, words):
        lines += ["", section.title, *(f"  {line}" for line in section.lines)]
    return lines


def sentences(told: Explanation, words: Words) -> tuple[str, str, str]:
    """What was promised, what happened, who bears what and why."""
    return _promised(told, words), _happened(told, words), _borne(told, words)


def sections(told: Explanation, words: Words) -> tuple[Section, ...]:
    """The staircase, the excuses, the evidence and the terms; a section without lines is left
    out."""
    parts = (
        ("verdict.section.stairs", staircase_lines(told, words)),
        ("verdict.section.carried", carried_lines(told, words)),
        ("verdict.section.excuses", _excuses(told, words)),
        ("verdict.section.evidence", _evidence(told, words)),
        ("verdict.section.terms", (_term(term, words) for term in told.terms)),
        ("verdict.section.besides", _besides(told, words)),
    )
    found = (Section(words.say(title), tuple(lines)) for title, lines in parts)
    return tuple(section for section in found if section.lines)


# --- the three sentences --------------------------------------------------------------------


def _promised(told: Explanation, words: Words) -> str:
    record = told.basis.accepted
    key = "promise" if told.promised_on is not None else "no_promise"
    return words.say(
        f"verdict.told.{key}", item=told.item_id, origin=told.origin,
        destination=told.destination, place=place_name(told.accepted_in, words),
        area=place_name(told.addressed_to, words), on=words.date(record.accepted_date),
        clock=format_clock(record.accepted_min),
        promised="" if told.promised_on is None else words.date(told.promised_on),
        reason=reason_text(told.reason, words) if told.reason else "–",
    )  # fmt: skip


def _happened(told: Explanation, words: Words) -> str:
    if told.stopped_on is None or told.stopped_at is None:
        return _still_open(told, words)
    way = told.stopped_by.name.lower()
    key = "verdict.told.stopped"
    if told.promised_on is not None and told.outcome is not Outcome.NOT_GUARANTEED:
        late = told.outcome in (Outcome.LATE_EXCUSED, Outcome.LATE_LIABLE)
        key += ".late" if late else ".in_time"
    return words.say(
        key, outcome=_capital(words.say(f"outcome.{told.outcome}")),
        how=words.say(f"verdict.told.{way}"), on=words.date(told.stopped_on),
        clock=told.stopped_at.partition("T")[2], place=place_name(told.addressed_to, words),
        days=days_text(max(told.days_late, 0), words),
    )  # fmt: skip


def _still_open(told: Explanation, words: Words) -> str:
    outcome = _capital(words.say(f"outcome.{told.outcome}"))
    if told.reason:
        outcome += f" ({reason_text(told.reason, words)})"
    last = told.stairs[-1] if told.stairs else None
    if last is None or last.checkpoint is Checkpoint.ACCEPTED:
        return words.say("verdict.told.open.never", outcome=outcome)
    day, _, clock = last.at.partition("T")
    return words.say(
        "verdict.told.open", outcome=outcome, when=f"{day} {clock}", place=last.place,
        event=words.say(f"checkpoint.{last.checkpoint.name.lower()}"), due=words.date(last.due_on),
    )  # fmt: skip


def _borne(told: Explanation, words: Words) -> str:
    if told.outcome is Outcome.LATE_LIABLE:
        return _liable(told, words)
    if told.outcome is Outcome.LATE_EXCUSED:
        return words.say(
            "verdict.told.excused" if told.days_excused else "verdict.told.excused.whole",
            days=days_text(told.days_excused, words),
            reason=reason_text(told.reason, words),
        )  # fmt: skip
    return words.say(f"verdict.told.bears.{told.outcome}")


def _liable(told: Explanation, words: Words) -> str:
    excused = ""
    if told.days_excused:
        excused = words.say("verdict.told.less", days=days_text(told.days_excused, words)) + " "
    if len(told.shares) == 1:
        return excused + words.say(
            "verdict.told.one", days=days_text(told.days_liable, words),
            who=_who(told.shares[0], words), post=told.shares[0].post,
        )  # fmt: skip
    parts = []
    for share in sorted(told.shares, key=lambda share: -share.ppm):
        part = words.share(share.ppm / WHOLE, 0)
        parts.append(words.say("verdict.told.part", who=_who(share, words), share=part))
    many = "many.last_holder" if told.sharing == "last_holder" else "many"
    return excused + words.say(
        f"verdict.told.{many}", days=days_text(told.days_liable, words), parts=_listed(parts, words)
    )


def _who(share: Share, words: Words) -> str:
    leg = words.say(f"leg.{share.leg.name.lower()}")
    return words.say("verdict.told.who", post=share.post, leg=leg)


def _listed(parts: Sequence[str], words: Words) -> str:
    return ", ".join(parts[:-1]) + words.say("verdict.told.and") + parts[-1]


def days_text(days: int, words: Words) -> str:
    """`1 day`, `3 days`, `3일`."""
    return words.say("verdict.day" if days == 1 else "verdict.days", days=words.count(days))


def place_name(place: Place, words: Words) -> str:
    """The name of an area, or its code where the network has no name for it."""
    return (place.name_ko if words.language == "ko" else place.name_en) or place.code


def reason_text(reason: str, words: Words) -> str:
    """A reason code, or several with blanks between, in words."""
    return words.listed(words.say(f"reason.{part}") for part in reason.split())


def _capital(text: str) -> str:
    return text[:1].upper() + text[1:]


# --- the staircase --------------------------------------------------------------------------


def staircase_lines(told: Explanation, words: Words) -> Iterator[str]:
    """The margin, a line for each step, and the sum."""
    if told.promised_on is not None and told.standard_due is not None and told.margin:
        key = "verdict.slack" if told.margin < 0 else "verdict.tight"
        days = days_text(abs(told.margin), words)
        yield words.say(key, standard=words.date(told.standard_due), days=days)
    for stair in told.stairs:
        yield _step(stair, words)
    if told.stopped_on is not None and told.promised_on is not None:
        steps = sum(stair.days for stair in told.stairs)
        yield words.say(
            "verdict.sum", margin=f"{told.margin:+d}", steps=f"{steps:+d}",
            late=f"{told.days_late:+d}",
        )  # fmt: skip


def _step(stair: Stair, words: Words) -> str:
    day, _, clock = stair.at.partition("T")
    place = {"when": f"{day} {clock}", "place": stair.place, "due": words.date(stair.due_on)}
    event = words.say(f"checkpoint.{stair.checkpoint.name.lower()}")
    if stair.days == 0:
        return words.say("verdict.step.none", event=event, **place)
    text = words.say(
        "verdict.step.lost" if stair.days > 0 else "verdict.step.won", event=event,
        leg=stair_leg(stair, words), holder=stair.holder, days=days_text(abs(stair.days), words),
        **place,
    )  # fmt: skip
    if stair.excused:
        text += " " + words.say("verdict.step.excused", days=days_text(stair.excused, words))
    return text


def stair_leg(stair: Stair, words: Words) -> str:
    """The leg of a step, or both where two parties owe a scan."""
    leg = words.say(f"leg.{stair.leg.name.lower()}")
    if stair.other_leg is not None:
        leg += " / " + words.say(f"leg.{stair.other_leg.name.lower()}")
    return leg


def carried_lines(told: Explanation, words: Words) -> Iterator[str]:
    """What proves the handover, and a line for each part of the transport step."""
    if told.carried is None:
        return
    if told.carried.proof is not None:
        yield from _handover(told.carried.proof, words)
    for part in told.carried.parts:
        day, _, clock = part.at.partition("T")
        key = "none" if not part.days else "lost" if part.days > 0 else "won"
        yield words.say(
            f"verdict.part.{key}", when=f"{day} {clock}", place=part.place or "–",
            event=words.say(f"verdict.halt.{part.halt.name.lower()}"),
            due=words.date(part.due_on), days=days_text(abs(part.days), words),
            holder=part.holder or words.say("verdict.carrier.unnamed"),
        )  # fmt: skip


def _handover(proof: Proof, words: Words) -> Iterator[str]:
    day, _, clock = proof.at.partition("T")
    point = "bounded" if proof.bounded else proof.point.name.lower()
    carrier = ""
    if proof.carrier:
        carrier = words.say("verdict.handover.carrier", carrier=proof.carrier)
    yield words.say(
        "verdict.handover", when=f"{day} {clock}", place=proof.place or "–",
        proof=words.say(f"verdict.point.{point}"),
        agreed=words.say(f"verdict.point.{proof.agreed.name.lower()}"), carrier=carrier,
    )  # fmt: skip
    if proof.source:
        yield words.say(
            "verdict.handover.message", receptacle=proof.receptacle, source=proof.source,
            sender=proof.sender, interchange=proof.interchange, message=proof.message,
            segment=proof.segment,
        )  # fmt: skip
    for code in proof.noticed:
        yield words.say(f"verdict.noticed.{code}")


# --- excuses, evidence, terms ---------------------------------------------------------------


def _excuses(told: Explanation, words: Words) -> Iterator[str]:
    for hold in told.holds:
        yield _hold(hold, words, "verdict.hold.export" if hold is told.export_hold else "")
    for excuse in told.cases:
        case = excuse.case
        yield words.say(
            "verdict.case", case=case.case_id, post=case.post, office=case.office or "–",
            text=case.text_ko if words.language == "ko" else case.text_en,
            begin=format_utc(case.from_at), published=format_utc(case.published_at),
            end=words.say("verdict.case.open") if case.is_open else format_utc(case.to_at),
            reference=case.reference, days=days_text(excuse.days, words),
        )  # fmt: skip
    for one in told.exclusions:
        if one.by_events:
            yield _exclusion(one, words)


def _hold(hold: Hold, words: Words, key: str = "") -> str:
    key = key or ("verdict.hold.valid" if hold.valid else "verdict.hold.void")
    excused = "whole" if hold.whole and hold.days else "whole.open" if hold.whole else "days"
    return words.say(
        key, opened="–" if hold.opened is None else _moment(hold.opened),
        reason="–" if hold.opened is None or not hold.opened.reason else hold.opened.reason,
        closed="–" if hold.closed is None else f"{hold.closed.code} {_moment(hold.closed)}",
        excused=words.say(f"verdict.hold.excused.{excused}", days=days_text(hold.days, words)),
    )  # fmt: skip


def _exclusion(one: ExclusionApplied, words: Words) -> str:
    clause = Clause(
        Part.EXCLUSION, one.scope, one.exclusion, f"{one.mode} {one.evidence}", "", "", "", ""
    )
    scans = ", ".join(f"{scan.code} {_moment(scan)} ({scan.office})" for scan in one.scans)
    proven = words.say("verdict.exclusion.here", scans=scans) if scans else ""
    return words.say(
        "verdict.exclusion", rule=sentence(clause, words), proven=proven,
        scope=words.say(f"verdict.scope.{one.scope}"), lane=f"{one.origin}–{one.destination}",
        begin=_begin(one.valid_from, words), source=one.source,
    )  # fmt: skip


def _evidence(told: Explanation, words: Words) -> Iterator[str]:
    record = told.basis.accepted
    yield words.say(
        "verdict.proof.record", source=record.source, line=record.line, origin=told.origin,
        when=f"{format_date(record.accepted_date)} {format_clock(record.accepted_min)}",
    )  # fmt: skip
    for scan in told.proofs:
        yield _proof(scan, words)
    if told.after_inquiry:
        yield words.say(
            "verdict.after_inquiry", when=format_utc(told.basis.inquired_at or 0),
            scans=", ".join(f"{scan.code} {_moment(scan)}" for scan in told.after_inquiry),
        )  # fmt: skip
    if told.unused:
        scans = ", ".join(f"{scan.code} {_moment(scan)} ({scan.office})" for scan in told.unused)
        yield words.say("verdict.proof.unused", scans=scans)


def _proof(scan: MilestoneScan, words: Words) -> str:
    return words.say(
        "verdict.proof", when=_moment(scan), code=scan.code, office=scan.office,
        reason="" if not scan.reason else words.say("verdict.proof.reason", reason=scan.reason),
        sender=scan.sender, source=scan.source, interchange=scan.interchange,
        message=scan.message, segment=scan.segment, received=format_utc(scan.received_at),
    )  # fmt: skip


def _moment(scan: MilestoneScan) -> str:
    return f"{format_date(scan.event_date)} {format_clock(scan.event_min)}"


def _term(term: TermApplied, words: Words) -> str:
    return words.say(
        "verdict.term", scope=words.say(f"verdict.scope.{term.scope}"), term=term.term,
        value=term.value, lane=f"{term.origin}–{term.destination}",
        begin=_begin(term.valid_from, words), source=term.source,
    )  # fmt: skip


def _begin(day: int, words: Words) -> str:
    return "" if day == ALWAYS_FROM else words.say("verdict.term.from", day=words.date(day))


def _besides(told: Explanation, words: Words) -> Iterator[str]:
    if told.towards == "between":
        outcome = words.say(f"outcome.{told.sender_outcome}")
        yield words.say("verdict.sender", outcome=outcome)
    for day in told.basis.other_acceptances:
        yield words.say("verdict.other", on=words.date(day), day=format_date(day))
    yield words.say("verdict.version", version=told.network_version)
