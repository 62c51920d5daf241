"""Items whose journey leaves the calendars: the small world ends on 13 December 2026."""

import datetime as dt

from judged_items import AS_OF, expected_row, judged, rows, slow

from slow_replay import Item


def utc(text: str) -> dt.datetime:
    return dt.datetime.fromisoformat(f"2026-{text}").replace(tzinfo=dt.UTC)


def test_a_date_told_from_where_the_network_carries_nothing() -> None:
    """No due date at acceptance: the promise is all there is, and the steps still add up."""
    promised = dt.date(2026, 12, 15)
    item = Item("KR-SEL", "JP-TYO", utc("12-13T01:00"), promised, promised,
                {"EMB": (utc("12-13T11:00"), "KRSELB"), "EMC": (utc("12-13T14:00"), "KRSELB")},
                utc("12-16T06:00"))  # fmt: skip
    judgement = judged([item])
    (row,) = rows(judgement)
    assert not judgement.replay.present[:, :8].any()
    assert judgement.between.margin.tolist() == [0]
    assert judgement.between.step.sum() == row["days_late"] == 1
    assert row["outcome"] == "late_liable"
    assert row | expected_row(item, slow().judge(item, (), AS_OF)) == row


def test_an_item_seen_at_the_delivery_office_after_the_last_round_is_not_lost() -> None:
    """It reached its delivery office, so its final scan is missing, not the item."""
    promised = dt.date(2026, 12, 11)
    item = Item("KR-SEL", "JP-TYO", utc("12-09T07:00"), promised, promised,
                {"EMD": (utc("12-10T05:30"), "JPKWSA"), "EMG": (utc("12-13T00:00"), "JP-TYO")},
                None)  # fmt: skip
    assert slow().network.due_from("EMG", "", "JP-TYO", utc("12-13T00:00")) is None
    (row,) = rows(judged([item]))
    assert (row["outcome"], row["outcome_reason"]) == ("undetermined", "final_scan_missing")
    assert row | expected_row(item, slow().judge(item, (), AS_OF)) == row
