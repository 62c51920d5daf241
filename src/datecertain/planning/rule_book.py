"""The rule book of two posts: the terms in force between them on a day, from the very rows that
decide, with dates, sources, digests and signatures (req 78).

A rule is a line, whichever of the two lanes it holds for; what holds alike for both is told once.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from datecertain.moments import format_date
from datecertain.network import LaneStanding, Network
from datecertain.network.agreed_terms import Clause, Part, as_content, clauses_of, digest_of
from datecertain.network.rows import ALWAYS_FROM, ALWAYS_TO, LaneEvent
from datecertain.network.rule_sentences import sentence
from datecertain.network.showing import slots_by_weekday
from datecertain.network.telling_shows import weekday_lines
from datecertain.settlement.money import SDR
from datecertain.settlement.tariffs import (
    ALL_PPM,
    Basis,
    PerformanceRule,
    RecourseRule,
    StatementTerms,
    Tariff,
    TariffRow,
)
from datecertain.wording import Words

#: Sections in order, and the terms of each; terms of no section are among `liability`.
TERM_SECTIONS: dict[str, tuple[str, ...]] = {
    "clock": ("attempt_", "notification_", "pickup_", "tolerance_", "unresolved_", "lost_",
              "undetermined_"),
    "customs": ("customs", "clock_stop_closing", "retention_reasons"),
    "cases": ("case_",),
    "refunds": ("refund_", "fallback_", "paying_office", "payment_days", "paid_refund_"),
    "claims": ("claim", "answer_", "escalation_", "appeal_", "confirmation", "tell_before_",
               "inquiry_after_", "decided_for_", "label_"),
    "inquiries": ("inquiry_",),
    "changes": ("lane_", "watch_"),
}  # fmt: skip
SECTIONS = (
    "promise", "clock", "customs", "exclusions_sender", "exclusions_relation", "cases", "refunds",
    "claims", "liability", "inquiries", "changes", "tariff",
)  # fmt: skip


@dataclass(frozen=True, slots=True)
class Signature:
    """Who signed the terms of a lane; `differing`: so many clauses read otherwise since; `rates`:
    so many rates of the tariff do, None where it was not part of what was signed."""

    number: int
    post: str
    actor: str
    at: int
    differing: int
    rates: int | None = None


@dataclass(frozen=True, slots=True)
class Rule:
    """A rule as it is printed. `lanes` are those it holds for, `scope` `sender`, `relation` or
    empty; dates are empty where unbounded."""

    section: str
    name: str
    scope: str
    lanes: tuple[str, ...]
    text: str
    valid_from: str
    valid_to: str
    source: str

    @property
    def illustrative(self) -> bool:
        """Whether the true rule is not public."""
        return self.source.startswith("illustrative: ")


@dataclass(frozen=True, slots=True)
class CutOff:
    """By when mail of some areas must be ready for an outward office, and when it is there."""

    areas: tuple[str, ...]
    office: str
    slots: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class LaneRules:
    """What is told of one lane alone."""

    origin: str
    destination: str
    standing: LaneStanding
    history: tuple[LaneEvent, ...]
    terms_sha256: str
    signatures: tuple[Signature, ...]
    cut_offs: tuple[CutOff, ...]

    @property
    def lane(self) -> str:
        return f"{self.origin}-{self.destination}"


@dataclass(frozen=True, slots=True)
class RuleBook:
    """The terms between two posts on a day, in one language."""

    one: str
    other: str
    names: tuple[str, str]
    day: int
    network_name: str
    network_version: str
    tariff: str
    tariff_digest: str
    lanes: tuple[LaneRules, LaneRules]
    rules: tuple[Rule, ...]

    @property
    def illustrative(self) -> int:
        """How many rules are illustrative."""
        return sum(rule.illustrative for rule in self.rules)


#: What was signed of a lane whose clauses are these, by the digest of the terms.
Signed = Callable[[str, str, Sequence[dict[str, str]], str], tuple[Signature, ...]]


def rule_book(
    network: Network, tariff: Tariff, pair: tuple[str, str], day: int, words: Words, signed: Signed
) -> RuleBook:
    """The rule book of a pair for acceptances on a local date. Raises `UnknownPlace`."""
    lanes = [pair, (pair[1], pair[0])]
    clauses = {lane: clauses_of(network, *lane, day) for lane in lanes}
    working = tariff.settling(network, day)
    found: dict[tuple[str, ...], Rule] = {}
    for lane in lanes:
        told = [*_clause_rules(clauses[lane], lane, words),
                *_tariff_rules(working, lane, day, words)]  # fmt: skip
        for rule in told:
            key = (rule.section, rule.scope, rule.name, rule.text, rule.valid_from, rule.valid_to,
                   rule.source)  # fmt: skip
            if key in found:
                rule = _joined(found[key], rule)  # noqa: PLW2901 - the same rule, for both lanes
            found[key] = rule
    # The rules of one name stand together, in the order in which the first of them came.
    order = {name: place for place, name in enumerate(SECTIONS)}
    place = {rule.name: number for number, rule in reversed(list(enumerate(found.values())))}
    rules = sorted(found.values(), key=lambda rule: (order[rule.section], place[rule.name]))
    names = (_name(network, pair[0], words), _name(network, pair[1], words))
    one, other = (_lane_rules(network, lane, clauses[lane], day, words, signed) for lane in lanes)
    return RuleBook(
        *pair, names, day, network.data.name, network.version, tariff.name, tariff.digest,
        (one, other), tuple(rules),
    )  # fmt: skip


def _joined(one: Rule, other: Rule) -> Rule:
    lanes = tuple(dict.fromkeys((*one.lanes, *other.lanes)))
    return Rule(
        one.section, one.name, one.scope, lanes, one.text, one.valid_from, one.valid_to, one.source
    )


def _name(network: Network, code: str, words: Words) -> str:
    post = network.post(code)
    return post.name_ko if words.language == "ko" else post.name_en


def _clause_rules(clauses: Sequence[Clause], lane: tuple[str, str], words: Words) -> Iterator[Rule]:
    named = "-".join(lane)
    if not any(one.part is Part.STANDARD for one in clauses):
        yield Rule("promise", "standard", "", (named,), words.say("rule.standard.none"), "", "", "")
    for one in clauses:
        yield Rule(
            section_of(one), one.name, one.scope, (named,), sentence(one, words), one.valid_from,
            one.valid_to, one.source,
        )  # fmt: skip


def section_of(clause: Clause) -> str:
    """The section in which a clause is printed."""
    if clause.part in (Part.PRODUCT, Part.STANDARD, Part.MARGIN, Part.CONDITION):
        return "promise"
    if clause.part is Part.CHANNEL:
        return "clock"
    if clause.part is Part.EXCLUSION:
        return f"exclusions_{clause.scope}"
    if clause.part is Part.TERM:
        for section, beginnings in TERM_SECTIONS.items():
            if clause.name.startswith(beginnings):
                return section
    return "liability"


def _lane_rules(
    network: Network, lane: tuple[str, str], clauses: Sequence[Clause], day: int, words: Words,
    signed: Signed,
) -> LaneRules:  # fmt: skip
    content = as_content(clauses)
    digest = digest_of(content)
    history = tuple(row for row in network.lanes.history(*lane))
    return LaneRules(
        *lane, network.lanes.standing(*lane, day), history, digest,
        signed(*lane, content, digest), tuple(_cut_offs(network, lane[0], day, words)),
    )  # fmt: skip


def _cut_offs(network: Network, origin: str, day: int, words: Words) -> Iterator[CutOff]:
    """Areas with the same office and the same slots are told together."""
    alike: dict[tuple[str, tuple[str, ...]], list[str]] = {}
    names = {row.area: row.name_ko if words.language == "ko" else row.name_en
             for row in network.data.areas if row.post == origin}  # fmt: skip
    for link in network.data.area_links:
        mine = link.area in names and link.direction == "export"
        if mine and link.valid_from <= day <= link.valid_to:
            slots = tuple(weekday_lines(slots_by_weekday(network, link.schedule, day), words))
            alike.setdefault((link.office, slots), []).append(names[link.area])
    for (office, slots), areas in alike.items():
        yield CutOff(tuple(areas), office, slots)


def _tariff_rules(tariff: Tariff, lane: tuple[str, str], day: int, words: Words) -> Iterator[Rule]:
    recourse = tariff.recourse_on(*lane, day)
    if recourse is not None:
        yield _tariff_rule("recourse", recourse, lane, _recourse(recourse, words))
    performance = tariff.performance_on(*lane, day)
    if performance is not None:
        yield _tariff_rule("performance", performance, lane, _performance(performance, words))
        for rule in performance.measures:
            steps = "; ".join(
                words.say("rule.tariff.step", value=words.share(value / ALL_PPM),
                          paid=words.share(paid / ALL_PPM))
                for value, paid in rule.steps
            )  # fmt: skip
            text = words.say(
                f"rule.tariff.measure.{rule.measure}", share=words.share(rule.weight_ppm / ALL_PPM),
                steps=steps,
            )  # fmt: skip
            yield Rule("tariff", str(rule.measure), "relation", ("-".join(lane),), text,
                       *_dates(performance), rule.source)  # fmt: skip
    terms = tariff.statement_terms_on(*lane, day)
    if terms is not None:
        yield _tariff_rule("statements", terms, lane, _statements(terms, words))


def _tariff_rule(name: str, row: TariffRow, lane: tuple[str, str], text: str) -> Rule:
    return Rule("tariff", name, "relation", ("-".join(lane),), text, *_dates(row), row.source)


def _dates(row: TariffRow) -> tuple[str, str]:
    first = "" if row.valid_from <= ALWAYS_FROM else format_date(row.valid_from)
    return first, "" if row.valid_to >= ALWAYS_TO else format_date(row.valid_to)


def _recourse(row: RecourseRule, words: Words) -> str:
    cap = ""
    if row.cap_usdr is not None:
        cap = words.say("rule.tariff.cap", amount=words.money(row.cap_usdr, SDR))
    if row.basis is Basis.FIXED:
        told = words.say("rule.tariff.recourse.fixed", fixed=words.money(row.fixed_usdr, SDR),
                         cap=cap)  # fmt: skip
    else:
        told = words.say("rule.tariff.recourse.share", percent=row.percent, cap=cap)
    if row.stop_loss_usdr is not None:
        amount = words.money(row.stop_loss_usdr, SDR)
        told += " " + words.say("rule.tariff.stop_loss", amount=amount)
    if row.dry_run:
        told += " " + words.say("rule.tariff.dry_run")
    return told


def _performance(row: PerformanceRule, words: Words) -> str:
    told = words.say(
        "rule.tariff.performance", base=words.money(row.base_usdr, SDR),
        floor=words.share(row.floor_ppm / ALL_PPM, 0), cap=words.share(row.cap_ppm / ALL_PPM, 0),
    )  # fmt: skip
    return told + " " + words.say(f"rule.tariff.sent_by.{row.sent_by}")


def _statements(row: StatementTerms, words: Words) -> str:
    silence = words.say(f"rule.tariff.silence.{'yes' if row.silence_accepts else 'no'}")
    told = words.say(
        "rule.tariff.statements", contest=row.contest_days, accept=row.accept_days, silence=silence
    )
    rate = words.share(row.late_ppm_year / ALL_PPM)
    return f"{told} {words.say('rule.tariff.payment', days=row.payment_days, rate=rate)}"
