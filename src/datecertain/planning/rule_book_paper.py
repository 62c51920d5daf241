"""The rule book as a document: what stands in it, in order; how it looks is the web's business."""

from __future__ import annotations

from collections.abc import Iterator

from datecertain.moments import format_date, format_utc
from datecertain.planning.rule_book import SECTIONS, LaneRules, Rule, RuleBook
from datecertain.wording import Words
from datecertain.wording.documents import Block, Document, Facts, Heading, Notice, Paragraph, Table


def rule_book_paper(book: RuleBook, words: Words) -> Document:
    """The whole paper."""
    sources = _Sources()
    blocks = tuple(_blocks(book, words, sources))
    digests = ", ".join(f"{lane.lane} {lane.terms_sha256[:12]}" for lane in book.lanes)
    return Document(
        language=words.language,
        title=words.say("rulebook.title", one=book.one, other=book.other),
        of=" – ".join(book.names),
        date=format_date(book.day),
        reference=book.network_version,
        blocks=blocks,
        footer=words.say("rulebook.footer", network=book.network_version, tariff=book.tariff,
                         digests=digests),
    )  # fmt: skip


class _Sources:
    """The sources in the order in which they are first named, each with its number from 1."""

    def __init__(self) -> None:
        self.numbers: dict[str, int] = {}

    def mark(self, source: str, words: Words) -> str:
        """The number of a source as a cell; empty for none."""
        if not source:
            return ""
        number = self.numbers.setdefault(source, len(self.numbers) + 1)
        if source.startswith("illustrative: "):
            return words.say("rulebook.mark", number=number)
        if "illustrative" in source:
            return words.say("rulebook.mark.part", number=number)
        return str(number)


def _blocks(book: RuleBook, words: Words, sources: _Sources) -> Iterator[Block]:
    say = words.say
    if book.illustrative:
        yield Notice(
            say("rulebook.illustrative", count=words.count(book.illustrative),
                all=words.count(len(book.rules)))
        )  # fmt: skip
    yield Facts(tuple(_facts(book, words)))
    for section in SECTIONS:
        rules = [rule for rule in book.rules if rule.section == section]
        if rules:
            yield Heading(say(f"rulebook.part.{section}"))
            yield _table(rules, words, sources)
    for lane in book.lanes:
        yield from _lane(lane, words, sources)
    yield Heading(say("rulebook.sources"))
    yield Table(
        say("rulebook.sources.caption"),
        (say("rulebook.head.number"), say("rulebook.head.source")),
        tuple((str(number), source) for source, number in sources.numbers.items()),
    )  # fmt: skip


def _facts(book: RuleBook, words: Words) -> Iterator[tuple[str, str]]:
    say = words.say
    yield say("rulebook.pair"), " – ".join(book.names)
    yield say("rulebook.on"), words.date(book.day)
    yield say("rulebook.network"), f"{book.network_name} {book.network_version}"
    yield say("rulebook.tariff"), f"{book.tariff} {book.tariff_digest[:16]}"
    for lane in book.lanes:
        since = lane.standing.since
        day = "" if since is None else words.date(since.on)
        state = say(f"rulebook.state.{lane.standing.state}", day=day)
        yield f"{lane.lane}, {say('rulebook.state')}", state
        yield f"{lane.lane}, {say('rulebook.signed')}", _signed(lane, words)
        yield say("rulebook.digest", lane=lane.lane), lane.terms_sha256


def _lane_name(lane: LaneRules, words: Words) -> str:
    return words.say("rulebook.lane", origin=lane.origin, destination=lane.destination)


def _signed(lane: LaneRules, words: Words) -> str:
    if not lane.signatures:
        return words.say("rulebook.signed.nobody")
    told = [
        words.say("rulebook.signed.by", post=one.post, actor=one.actor, number=one.number,
                  at=format_utc(one.at))
        for one in lane.signatures
    ]  # fmt: skip
    last = lane.signatures[-1]
    if last.differing:
        told.append(words.say("rulebook.signed.other", number=last.number, count=last.differing))
    if last.rates:
        told.append(words.say("rulebook.signed.rates", number=last.number, count=last.rates))
    return "; ".join(told)


def _table(rules: list[Rule], words: Words, sources: _Sources) -> Table:
    head = tuple(words.say(f"rulebook.head.{name}") for name in ("lane", "rule", "valid", "source"))
    return Table("", head, tuple(_row(rule, words, sources) for rule in rules))


def _row(rule: Rule, words: Words, sources: _Sources) -> tuple[str, ...]:
    lane = words.say("rulebook.both") if len(rule.lanes) > 1 else rule.lanes[0]
    if rule.scope and not rule.section.startswith(("exclusions", "tariff")):
        lane += f", {words.say(f'rulebook.scope.{rule.scope}')}"
    return lane, rule.text, valid_text(rule, words), sources.mark(rule.source, words)


def valid_text(rule: Rule, words: Words) -> str:
    """From when to when a rule is valid."""
    if rule.valid_from and rule.valid_to:
        return words.say("rulebook.between_days", first=rule.valid_from, last=rule.valid_to)
    if rule.valid_from:
        return words.say("rulebook.from", first=rule.valid_from)
    if rule.valid_to:
        return words.say("rulebook.until", last=rule.valid_to)
    return words.say("rulebook.always")


def _lane(lane: LaneRules, words: Words, sources: _Sources) -> Iterator[Block]:
    say = words.say
    yield Heading(f"{_lane_name(lane, words)}: {say('rulebook.history')}")
    if lane.history:
        yield Table(
            "", (say("rulebook.head.day"), say("rulebook.head.note"), say("rulebook.head.source")),
            tuple(
                (
                    format_date(row.on),
                    ": ".join(filter(None, (
                        say(f"rulebook.event.{row.event}"),
                        row.note_ko if words.language == "ko" else row.note_en,
                    ))),
                    sources.mark(row.source, words),
                )
                for row in lane.history
            ),
        )  # fmt: skip
    else:
        yield Paragraph(say("rulebook.state.never_opened"))
    yield Heading(f"{_lane_name(lane, words)}: {say('rulebook.cut_offs')}")
    yield Table(
        say("rulebook.cut_offs.caption"),
        tuple(say(f"rulebook.head.{name}") for name in ("office", "area", "slots")),
        tuple((one.office, "; ".join(one.areas), "\n".join(one.slots)) for one in lane.cut_offs),
    )  # fmt: skip
