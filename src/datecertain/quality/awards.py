"""Award thresholds as dated data, and how a share stands to them (req 52)."""

from __future__ import annotations

import csv
from dataclasses import dataclass
from functools import cache
from importlib.resources import files

from datecertain.moments import parse_date
from datecertain.network.rows import ALWAYS_TO
from datecertain.quality.figures import Standing, standing_of
from datecertain.verdict.outcomes import WHOLE


@dataclass(frozen=True, slots=True)
class AwardRule:
    """What an award asks of one measure (`delivery`: on time of judged; `tracking`: judged of all
    that are judged or unresolved)."""

    award: str
    measure: str
    threshold_ppm: int
    valid_from: int
    valid_to: int
    source: str


@dataclass(frozen=True, slots=True)
class AwardStanding:
    """How a share stands to an award's threshold."""

    award: str
    measure: str
    threshold_ppm: int
    good: int
    n: int
    standing: Standing


@cache
def award_rules() -> tuple[AwardRule, ...]:
    """All rules, in the order of the file."""
    text = (files("datecertain.quality") / "awards.csv").read_text(encoding="utf-8")
    lines = [line for line in text.splitlines() if line and not line.startswith("#")]
    return tuple(
        AwardRule(
            row["award"], row["measure"], int(row["threshold_ppm"]), parse_date(row["valid_from"]),
            parse_date(row["valid_to"]) if row["valid_to"] else ALWAYS_TO, row["source"],
        )
        for row in csv.DictReader(lines, strict=True)
    )  # fmt: skip


def award_standings(
    day: int, delivery: tuple[int, int], tracking: tuple[int, int], confidence: float
) -> tuple[AwardStanding, ...]:
    """How (good, n) of delivery and of tracking stand to the rules of a day."""
    shares = {"delivery": delivery, "tracking": tracking}
    return tuple(
        AwardStanding(
            rule.award, rule.measure, rule.threshold_ppm, *shares[rule.measure],
            standing_of(*shares[rule.measure], rule.threshold_ppm / WHOLE, confidence),
        )
        for rule in award_rules()
        if rule.valid_from <= day <= rule.valid_to
    )  # fmt: skip
