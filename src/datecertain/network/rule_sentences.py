"""Each clause of the terms as a sentence, in the reader's language (the glossary's `rule_book`)."""

from __future__ import annotations

from collections.abc import Callable

from datecertain.network.agreed_terms import Clause, Part
from datecertain.wording import Words, glossary

#: Terms whose value is words, each with a word of its own in the glossary.
_WORDED = (
    "refund_never", "refund_choice", "claimants_before_delivery", "claimants_after_delivery",
    "case_kinds", "case_kinds_after_acceptance", "fallback_window",
)  # fmt: skip


def sentence(clause: Clause, words: Words) -> str:
    """The rule in a sentence. A term that the glossary does not know yet is told by its name."""
    return _TELLERS[clause.part](clause, words)


def has_sentence(clause: Clause) -> bool:
    """Whether the glossary has a sentence for a term."""
    return _term_key(clause) != "rule.term.other"


def _term(clause: Clause, words: Words) -> str:
    value = clause.value
    if clause.name in _WORDED:
        parts = [words.label(f"rule.value.{part}", part) for part in value.split()]
        between = ", "
        if clause.name == "fallback_window":  # `4 months`, `4개월`
            between = "" if words.language == "ko" else " "
        value = between.join(parts)
    return words.say(_term_key(clause), value=value, name=clause.name)


def _term_key(clause: Clause) -> str:
    base = f"rule.term.{clause.name}"
    for key in (f"{base}.{clause.value}", base):
        if key in glossary():
            return key
    return "rule.term.other"


def _product(clause: Clause, words: Words) -> str:
    _, _, limit = clause.value.partition(" ")
    grams = limit.removesuffix(" g")
    told = words.say("rule.product.limit", grams=words.count(int(grams))) if grams else ""
    return words.say("rule.product.guaranteed", name=clause.name, limit=told)


def _standard(clause: Clause, words: Words) -> str:
    days, zero, counts = clause.value.split()
    return words.say(
        "rule.standard", days=days, name=clause.name.removesuffix(" *>*").replace(">", " → "),
        counts=words.say(f"rule.standard.counts.{counts}"),
        zero=words.say(f"rule.standard.zero.{zero}"),
    )  # fmt: skip


def _margin(clause: Clause, words: Words) -> str:
    exact = f"rule.margin.{clause.value}"
    return words.say(exact if exact in glossary() else "rule.margin", value=clause.value)


def _condition(clause: Clause, words: Words) -> str:
    kind, _, limits = clause.value.partition(" ")
    told = f" ({limits})" if limits else ""
    return words.say(f"rule.condition.{kind}", name=clause.name, limits=told)


def _exclusion(clause: Clause, words: Words) -> str:
    mode, _, evidence = clause.value.partition(" ")
    name = "stopped_by_authority" if clause.name == "authority_stop" else clause.name
    what = words.say(f"reason.{name}")
    proof = words.label(
        f"rule.proof.{evidence}", words.say("rule.proof.events", value=evidence or "–")
    )
    return words.say(f"rule.exclusion.{mode}", what=what[:1].upper() + what[1:], proof=proof)


def _channel(clause: Clause, words: Words) -> str:
    borne_by, _, schedule = clause.value.partition(" ")
    channel, _, area = clause.name.partition(" ")
    name = words.label(f"rule.channel.{channel}", channel)
    told = f"{name} ({area})" if area else name
    key = f"rule.channel.{borne_by}" if schedule else "rule.channel.at_once"
    return words.say(key, name=told[:1].upper() + told[1:], schedule=schedule)


def _tag_time(clause: Clause, words: Words) -> str:
    office, _, days = clause.name.partition(" ")
    named = ", ".join(words.say(f"report.weekday.{int(day) - 1}") for day in days)
    if days == "1234567":
        named = words.say("rule.tag_time.daily")
    return words.say("rule.tag_time", office=office, by=clause.value, days=named)


def _carriage(clause: Clause, words: Words) -> str:
    return words.say(f"rule.carriage.{clause.name}.{clause.value}")


def _journey(clause: Clause, words: Words) -> str:
    scoring, _, proof = clause.value.partition(" ")
    return words.say(f"rule.journey.{clause.name}.{scoring}", proof=proof or "–")


_TELLERS: dict[Part, Callable[[Clause, Words], str]] = {
    Part.PRODUCT: _product,
    Part.STANDARD: _standard,
    Part.MARGIN: _margin,
    Part.CONDITION: _condition,
    Part.TERM: _term,
    Part.EXCLUSION: _exclusion,
    Part.CHANNEL: _channel,
    Part.TAG_TIME: _tag_time,
    Part.CARRIAGE: _carriage,
    Part.JOURNEY: _journey,
}
