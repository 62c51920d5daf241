"""The receptacles of an outline, and which items are in them."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
import pyarrow as pa

from datecertain.findings import Severity
from datecertain.identifiers import Receptacle
from datecertain.messages.charsets import decode
from datecertain.messages.code_tables import code_table
from datecertain.messages.items import read_items
from datecertain.messages.log import Log, brief
from datecertain.messages.part_values import PartValues
from datecertain.messages.plan import Outline
from datecertain.messages.vocabulary import Within
from datecertain.moments import Ints, Mask

#: Hundreds of grams in a unit of measure (UN/ECE Recommendation 20).
_HG_PER_UNIT = {"KGM": 10.0, "GRM": 0.01}
_WEIGHT = re.compile(r"\d{1,6}([.,]\d{1,4})?", re.ASCII)


@dataclass(frozen=True, slots=True)
class ReadReceptacles:
    """Receptacles that can be used: one row each; a segment may name several."""

    receptacles: list[Receptacle]
    part: Ints  # which part of the outline names each

    def of_parts(self, count: int) -> Ints:
        """For each part the row of its first receptacle, -1 where it has none that can be used."""
        rows = np.full(count, -1, dtype=np.int64)
        rows[self.part[::-1]] = np.arange(len(self.part))[::-1]
        return rows


def read_receptacles(plan: Outline, log: Log, among: Mask) -> ReadReceptacles:
    """The receptacles of the parts `among`; one that is none is set aside with its items."""
    field = plan.profile.field("receptacle")
    if field is None or Within.RECEPTACLE not in plan.profile.opens:
        return ReadReceptacles([], np.zeros(0, dtype=np.int64))
    begins, ends = plan.found.element(plan.rows_of(Within.RECEPTACLE), field.element)
    receptacles: list[Receptacle] = []
    parts: list[int] = []
    separators = plan.found.dialect.separators
    between = re.compile(
        b"|".join(
            re.escape(bytes([one]))
            for one in (separators.component, separators.repetition)
            if one is not None
        )
    )
    for part in np.flatnonzero(among).tolist():
        raw = plan.found.block.raw(int(begins[part]), int(ends[part]))
        wrong: list[tuple[str, str]] = []
        for piece in between.split(raw):
            text, _ = decode(piece, plan.found.dialect.syntax)
            found = Receptacle.parse(text[:64])
            if isinstance(found, Receptacle):
                receptacles.append(found)
                parts.append(part)
            else:
                detail = found.detail if text else "the segment names no receptacle"
                wrong.append((found.code, detail))
        if wrong:
            _set_aside(plan, part, wrong, parts[-1:] == [part], log)
    read = ReadReceptacles(receptacles, np.array(parts, dtype=np.int64))
    _report(plan, read, log)
    return read


def _set_aside(
    plan: Outline, part: int, wrong: list[tuple[str, str]], others: bool, log: Log
) -> None:
    """Set a part aside once, whatever number of its receptacles is wrong; where `others` of it are
    right, only the segment that names them: its items count for these."""
    plan.set_aside(Within.RECEPTACLE, part, *wrong[0], opener_only=others)
    for code, detail in wrong[1:]:
        log.note(code, Severity.ERROR, plan.place(Within.RECEPTACLE, part), detail)


def _report(plan: Outline, read: ReadReceptacles, log: Log) -> None:
    """Say what is odd: categories, and receptacles of another dispatch or office than the
    message says. They are used: the label is what travels with the bag."""
    message_of = plan.message_of(Within.RECEPTACLE)
    heads = PartValues(plan, Within.MESSAGE, 0, log)
    stated = {name: heads.text(name).to_pylist() for name in ("dispatch", "origin", "destination")}
    odd: Counter[str] = Counter()
    first: dict[str, tuple[int, str]] = {}
    for part, one in zip(read.part.tolist(), read.receptacles, strict=True):
        found = {defect.code: defect.detail for defect in one.dispatch.doubts()}
        message = int(message_of[part])
        for name, label in (
            ("dispatch", one.dispatch.text),
            ("origin", one.dispatch.origin),
            ("destination", one.dispatch.destination),
        ):
            said = stated[name][message]
            if said is not None and said != label:
                found[f"receptacle-of-other-{name}"] = (
                    f"the message says {name} {brief(said)}, the receptacle's label {label}"
                )
        for code, detail in found.items():
            odd[code] += 1
            first.setdefault(code, (part, detail))
    for code, (part, detail) in first.items():
        place = plan.place(Within.RECEPTACLE, part)
        log.doubt(code, place, f"{detail}; {odd[code]} receptacle(s) like it")


def kinds(plan: Outline, values: PartValues, check: pa.Array) -> list[str | None]:
    """What each part says of its receptacle: by its check code, else by what the profile says.
    An unknown check code says nothing."""
    default = plan.profile.says.get(Within.RECEPTACLE)
    field = plan.profile.field("check")
    if field is None or field.table is None:
        return [default] * values.count
    table = code_table(field.table)
    answers: dict[str | None, str | None] = {None: default}
    for code in check.unique().to_pylist():
        if code is not None:
            row = table.find(code, values.received_on)
            answers[code] = None if row is None else row.more.get("kind") or None
    return [answers[code] for code in check.to_pylist()]


def weights_hg(values: PartValues) -> list[int | None]:
    """Weights as stated, to the nearest hundred grams; what can't be read is null, and told."""
    return stated_weights(values, _HG_PER_UNIT)


def stated_weights(values: PartValues, per_unit: Mapping[str, float]) -> list[int | None]:
    """The same in a measure of which there are so many in a unit (UN/ECE Recommendation 20)."""
    stated, units = values.text("weight").to_pylist(), values.unit("weight").to_pylist()
    weights: list[int | None] = []
    unread = []
    for part, (text, unit) in enumerate(zip(stated, units, strict=True)):
        readable = text is not None and _WEIGHT.fullmatch(text) and unit in per_unit
        if readable:
            weights.append(int(float(text.replace(",", ".")) * per_unit[unit] + 0.5))
        else:
            weights.append(None)
            if text is not None or unit is not None:
                unread.append(part)
    values.report_many(
        f"{values.part}-weight-unreadable",
        np.array(unread, dtype=np.int64),
        f"have a weight that is no number of {' or '.join(per_unit)}: left out",
    )
    return weights


def read_contained(
    plan: Outline, read: ReadReceptacles, received_on: int, log: Log
) -> tuple[pa.Array, Ints, Ints]:
    """Item numbers, the receptacle's row in `read` and the item's ordinal, of usable items."""
    within = plan.outer(Within.ITEM, Within.RECEPTACLE)
    rows = read.of_parts(len(plan.openers(Within.RECEPTACLE)))
    row = np.where(within >= 0, np.append(rows, -1)[within], -1)
    for item in np.flatnonzero(within < 0).tolist():
        plan.set_aside(
            Within.ITEM,
            item,
            "item-without-receptacle",
            "the item stands before any receptacle of its message",
        )
    among: Mask = row >= 0  # the others are kept with their receptacle
    items = read_items(plan, received_on, log, among)
    kept = np.flatnonzero(items.usable)
    numbers = items.numbers.take(pa.array(kept))
    _report_twice(plan, numbers, kept, log)
    return numbers, row[kept], kept


def _report_twice(plan: Outline, numbers: pa.Array, kept: Ints, log: Log) -> None:
    """Say which items one message puts twice into receptacles."""
    messages = plan.message_of(Within.ITEM)[kept].tolist()
    seen: set[tuple[int, str]] = set()
    twice = []
    for item, key in zip(
        kept.tolist(), zip(messages, numbers.to_pylist(), strict=True), strict=True
    ):
        if key in seen:
            twice.append((item, key[1]))
        seen.add(key)
    if twice:
        item, number = twice[0]
        detail = f"{len(twice)} item(s) are told twice by their message, the first here: all kept"
        log.doubt("item-twice", plan.place(Within.ITEM, item), detail, number)
