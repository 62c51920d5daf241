"""The pages of quality as templates show them: sentences, cells, rows."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass

from markupsafe import Markup

from datecertain.operations.report_cards import Group
from datecertain.quality.cards import Card, Cards
from datecertain.quality.drags import Together, beyond_target, drags
from datecertain.quality.figures import Standing
from datecertain.quality.intervals import Interval
from datecertain.web.charts import Scale, interval_dot, scale_for
from datecertain.web.site.quality_asking import group_name
from datecertain.wording import Words


@dataclass(frozen=True, slots=True)
class Sentence:
    """A sentence at the top; `path`: where it is looked into; `kind`: the look of its mark."""

    text: str
    path: str
    kind: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A lane in the matrix: `kind` is how it stands to the target, also told by `mark`."""

    kind: str
    mark: str
    share: str
    n: str
    ends: str
    path: str
    name: str
    says: str


@dataclass(frozen=True, slots=True)
class Row:
    """A group in a table."""

    name: str
    key: str
    kind: str
    standing: str
    share: str
    ends: str
    dot: Markup
    card: Card
    late: int


#: Shown beside the shade, so that nothing hangs on colour alone.
MARKS = {Standing.BELOW: "▼", Standing.ABOVE: "▲", Standing.NOT_TOLD_APART: "≈",
         Standing.NO_ITEMS: ""}  # fmt: skip


def percent(share: float | None, words: Words) -> str:
    """A share that is not quite all is never shown as all; no line ends before the sign."""
    if share is None:
        return "–"
    shown = min(share, 0.999) if share < 1 else share
    return words.share(shown).replace(" %", "\u202f%")


def between(ends: Interval, words: Words) -> str:
    """`93.0–95.1 %`."""
    low, high = words.share(ends.low), words.share(ends.high)
    return f"{low.removesuffix(' %')}–{high}".replace(" %", "\u202f%")


def target_text(value: float) -> str:
    """`96 %`."""
    return f"{value:g}\u202f%"


def overall(all_: Together, targets: Iterable[float], words: Words) -> list[str]:
    """The whole in words: its share, and whether it differs from each target."""
    if not all_.judged:
        return [words.say("quality.nothing_judged")]
    told = [words.say(
        "quality.overall", share=percent(all_.share, words), n=words.count(all_.judged),
        ends=between(all_.interval, words),
    )]  # fmt: skip
    for value in dict.fromkeys(targets):
        standing = all_.standing(value / 100)
        told.append(words.say(f"quality.against.{standing}", target=target_text(value)))
    if all_.unresolved:
        told.append(words.say(
            "quality.unresolved", n=words.count(all_.unresolved), ends=between(all_.bounds, words)
        ))  # fmt: skip
    return told


def drag_sentence(by: Group, cards: Cards, path: str, words: Words) -> Sentence:
    """Which group of a kind drags the whole most, if any does by more than chance."""
    group = words.say(f"quality.group.{by}")
    if by is Group.LEG:
        return _leg_sentence(cards, path, words)
    target = target_text(cards.asked.target_ppm / 10_000)
    found = drags(cards)
    if not found:
        return Sentence(words.say("quality.drag.none", group=group, target=target), path, "fine")
    worst = found[0]
    extra = max(1, round(beyond_target(worst, cards.asked.target_ppm)))
    text = words.say(
        "quality.drag", group=group, name=group_name(by, worst.name, words), target=target,
        share=percent(worst.share, words), n=words.count(worst.judged),
        ends=between(worst.exact, words), late=words.count(extra),
    )  # fmt: skip
    if len(found) > 1:
        text += " " + words.say("quality.drag.more", n=words.count(len(found) - 1))
    return Sentence(text, path, "drag")


def _leg_sentence(cards: Cards, path: str, words: Words) -> Sentence:
    rows = sorted(cards.cards, key=lambda one: (one.good - one.judged, one.name))
    worst = rows[0]
    lost = worst.judged - worst.good
    if not lost:
        return Sentence(words.say("quality.leg.none"), path, "fine")
    text = words.say(
        "quality.leg.worst", name=group_name(Group.LEG, worst.name, words), n=words.count(lost),
        of=words.count(worst.judged), share=percent(lost / worst.judged, words),
    )  # fmt: skip
    if len(rows) > 1 and rows[1].judged > rows[1].good:
        text += " " + words.say(
            "quality.leg.next", name=group_name(Group.LEG, rows[1].name, words),
            n=words.count(rows[1].judged - rows[1].good),
        )  # fmt: skip
    return Sentence(text, path, "drag")


def cell(card: Card | None, name: str, path: str, words: Words) -> Cell:
    """A lane of the matrix; None: no items, or withheld."""
    if card is None or not card.judged:
        return Cell(
            "no_items", "", "–", "", "", "", name, f"{name}: {words.say('quality.no_cell')}"
        )
    share, ends = percent(card.share, words), between(card.exact, words)
    standing = words.say(f"quality.standing.{card.standing}")
    return Cell(
        str(card.standing), MARKS[card.standing], share, words.count(card.judged), ends, path,
        name, f"{name}: {share} ({ends}), n = {words.count(card.judged)}, {standing}",
    )  # fmt: skip


def table_rows(by: Group, cards: Cards, words: Words) -> tuple[list[Row], Scale]:
    """The rows of a table of groups: by tier, in a tier by name, for they do not differ."""
    target = cards.asked.target_ppm / 1_000_000
    wide = [one.exact for one in cards.cards if one.judged >= 50]
    scale = scale_for(wide, target)
    order = sorted(cards.cards, key=lambda one: (-(one.tier or 0), _place(by, one.name)))
    return [_row(by, one, scale, target, words) for one in order], scale


def _place(by: Group, name: str) -> str:
    legs = ("promise", "export", "transport", "import", "delivery")
    return str(legs.index(name)) if by is Group.LEG and name in legs else name


def _row(by: Group, card: Card, scale: Scale, target: float, words: Words) -> Row:
    dot = Markup("")
    if card.share is not None:
        dot = interval_dot(scale, card.share, card.exact, target, str(card.standing))
    return Row(
        group_name(by, card.name, words), card.name, str(card.standing),
        f"{MARKS[card.standing]} {words.say(f'quality.standing.{card.standing}')}".strip(),
        percent(card.share, words), between(card.exact, words) if card.judged else "–", dot, card,
        card.judged - card.good,
    )  # fmt: skip


def lanes_of(cards: Cards) -> dict[tuple[str, str], Card]:
    """(origin, destination) → its card."""
    found = {}
    for one in cards.cards:
        origin, _, destination = one.name.partition(">")
        found[origin, destination] = one
    return found


#: The columns of a file of groups.
FILE_HEADS = (
    "group", "items", "judged", "on_time", "unresolved", "share", "low", "high", "bound_low",
    "bound_high", "standing", "tier", "inquiries", "inquiries_per_1000",
)  # fmt: skip


def file_rows(cards: Cards) -> list[Sequence[str | int | None]]:
    """The rows of such a file: shares as decimal text."""
    return [
        (
            one.name, one.items, one.judged, one.good, one.unresolved, _decimal(one.share),
            _decimal(one.exact.low), _decimal(one.exact.high), _decimal(one.bounds.low),
            _decimal(one.bounds.high), str(one.standing), one.tier, one.inquiries,
            _decimal(one.per_thousand),
        )
        for one in cards.cards
    ]  # fmt: skip


def _decimal(value: float | None) -> str | None:
    return None if value is None else f"{value:.6f}"


def standings_told(found: Mapping[tuple[str, str], Card]) -> list[tuple[str, str, int]]:
    """How many lanes stand how: (kind, mark, number), for the key of the matrix."""
    order = (Standing.BELOW, Standing.NOT_TOLD_APART, Standing.ABOVE)
    return [
        (str(one), MARKS[one], sum(card.standing is one for card in found.values()))
        for one in order
    ]
