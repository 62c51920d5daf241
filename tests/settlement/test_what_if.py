"""Another tariff on a past month: the change per post, and the items that add up to it."""

from settling_cases import LATE, TARIFF, month, network, tariff

from datecertain.settlement import (
    Period,
    Reckoned,
    changes_per_post,
    item_changes,
    of_period,
    owed_by,
    reckon,
)

NOVEMBER = Period.month("2026-11")
MONTH = f"""
A KR-US 2026-11-02 38500 | {LATE} {LATE} | export 40 delivery 60 | CDI
B KR-US 2026-11-03 38500 | on_time on_time | | CDI
C US-KR 2026-11-05 6745 | {LATE} {LATE} | delivery 100 | CDI
D KR-JP 2026-11-05 38500 | on_time on_time | | CDI
"""


def reckoned(text: str) -> Reckoned:
    verdicts, items, events = month(MONTH)
    own = of_period(verdicts, NOVEMBER)
    return reckon(network(), own, items, events, NOVEMBER, tariff(text))


def test_half_the_recourse_moves_half_the_money() -> None:
    before, after = reckoned(TARIFF), reckoned(TARIFF.replace("percent = 100", "percent = 50"))
    posts = {one.post: one for one in changes_per_post(owed_by(before), owed_by(after))}
    # A: 11,965,812 charged by Korea, then 5,982,906; C: 49,595,588 by the US, then 24,797,794.
    assert posts["US"].change_usdr == (11_965_812 - 5_982_906) - (49_595_588 - 24_797_794)
    assert posts["KR"].change_usdr == -posts["US"].change_usdr
    assert posts["JP"].change_usdr == 0
    rows = {row["item_id"]: row for row in item_changes(before, after).to_pylist()}
    assert {item: (row["before_usdr"], row["after_usdr"]) for item, row in rows.items()} == {
        "A": (11_965_812, 5_982_906), "C": (49_595_588, 24_797_794),
    }  # fmt: skip


def test_the_items_add_up_to_the_change_of_every_post() -> None:
    charge = (
        '[[charge]]\norigin = "*"\ndestination = "*"\ncounted = "received"\n'
        'per_item_usdr = 1_500_000\nsource = "test"\n'
    )
    before = reckoned(TARIFF)
    after = reckoned(TARIFF.replace("base_usdr = 4_000_000", "base_usdr = 3_000_000") + charge)
    changes = item_changes(before, after).to_pylist()
    for one in changes_per_post(owed_by(before), owed_by(after)):
        by_item = sum(
            (row["after_usdr"] - row["before_usdr"])
            * ((row["creditor"] == one.post) - (row["debtor"] == one.post))
            for row in changes
        )
        assert by_item == one.change_usdr
    assert {row["item_id"] for row in changes} == {"A", "B", "C", "D"}


def test_the_same_tariff_changes_nothing() -> None:
    before, after = reckoned(TARIFF), reckoned(TARIFF)
    assert all(not one.change_usdr for one in changes_per_post(owed_by(before), owed_by(after)))
    assert len(item_changes(before, after)) == 0
