"""Scores of a post and how they moved."""

from __future__ import annotations

import pytest

from datecertain.quality import Kind, QualityLine, Score, Trend, scores, trends


def line(kind: Kind, name: str, partner: str, of: int, bad: int) -> QualityLine:
    return QualityLine(kind, name, "EMD", "US", partner, "2026-10", of, bad)


def test_a_score_is_all_partners_together_and_timeliness_is_told_by_rule() -> None:
    found = scores(
        [
            line(Kind.LATE, "upu_24_hours", "KR", 100, 4),
            line(Kind.LATE, "upu_24_hours", "JP", 50, 1),
            line(Kind.LATE, "pay_for_performance", "KR", 100, 7),
            line(Kind.MISSING, "arrived", "KR", 100, 2),
            line(Kind.MISSING, "final", "KR", 98, 1),
        ]
    )
    assert [(one.kind, one.name, one.of, one.bad) for one in found] == [
        (Kind.MISSING, "", 198, 3),
        (Kind.LATE, "pay_for_performance", 100, 7),
        (Kind.LATE, "upu_24_hours", 150, 5),
    ]
    assert found[2].good_share == pytest.approx(145 / 150)
    assert found[2].interval().holds(145 / 150)


@pytest.mark.parametrize(
    ("before", "now", "expected"),
    [
        ((1000, 50), (1000, 10), Trend.BETTER),
        ((1000, 10), (1000, 50), Trend.WORSE),
        ((1000, 50), (1000, 45), Trend.NOT_TOLD_APART),
        ((10, 5), (10, 1), Trend.NOT_TOLD_APART),  # half beside a tenth, of ten items
        (None, (1000, 45), Trend.NEW),
        ((0, 0), (1000, 45), Trend.NEW),
    ],
)
def test_a_trend_is_told_only_where_two_months_differ_by_more_than_chance(
    before: tuple[int, int] | None, now: tuple[int, int], expected: Trend
) -> None:
    earlier = [] if before is None else [Score("US", Kind.LATE, "upu_24_hours", *before)]
    assert trends(earlier, [Score("US", Kind.LATE, "upu_24_hours", *now)]) == (expected,)
