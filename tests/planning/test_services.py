"""A new service: its file, the network that it makes, and its money by hand."""

import pytest

from datecertain.errors import UsageError
from datecertain.network import Network
from datecertain.planning.network_changes import Rows
from datecertain.planning.services import Service, Trial
from datecertain.quality.intervals import clopper_pearson
from worlds import texts

FILE = """
name = "Express"
lanes = ["KR-US", "JP-US"]
standard_days = 4
price_sdr = "2.50"
item_cost_sdr = "0.50"
fixed_cost_sdr = "1000"
customs = [{ days = "1234567", by = "06:00", at = "07:00" }]
[terms]
tolerance_days = "0"
"""


def service(text: str = FILE) -> Service:
    return Service.from_toml(text, "express.toml")


def test_the_service_is_a_network_in_which_these_lanes_sell_it() -> None:
    files = service().texts(texts({}))
    network = Network.from_texts(files)
    standards = Rows.of(files["standards.csv"]).rows
    assert [(row["origin"], row["destination"], row["days"]) for row in standards] == [
        ("KR", "US", "4"), ("JP", "US", "4"),
    ]  # fmt: skip
    offices = {row.office: row.customs for row in network.data.offices}
    assert offices["USJFKA"] == offices["USLAXA"] == "service~commercial"
    assert offices["KRSELB"] == "customs"


def test_money_by_hand() -> None:
    # 730 items in 365 days; each paid 7.50 of postage and 2.50 of price; 10 of 700 are refunded.
    one = Trial(service(), 365, 730, 700, 690, 10, 7_300_000_000, 700, 680, 20, 100_000_000)
    assert one.refund_usdr == 10_000_000
    found, low, high = one.refunds_year()
    assert found == pytest.approx(10 / 700 * 10_000_000 * 730)
    span = clopper_pearson(10, 700)
    assert (low, high) == pytest.approx((span.low * 7.3e9, span.high * 7.3e9))
    assert one.revenue_year == 2_000_000 * 730
    # 1,460 of revenue less 104.29 of refunds, and 100 that are spared: 1,000 is 68.7 % of that.
    share, best, worst = one.break_even()
    assert share == pytest.approx(1000 / (1460 - 10 / 700 * 7300 + 100))
    assert best is not None
    assert worst is not None
    assert best < share < worst


def test_a_price_below_its_refunds_never_pays() -> None:
    cheap = service(FILE.replace('"2.50"', '"0.50"'))
    one = Trial(cheap, 365, 730, 700, 600, 100, 7_300_000_000, 700, 680, 20, 0)
    assert one.break_even() == (None, None, None)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("name = ", "no TOML"),
        ('lanes = ["KR"]', "lanes = "),
        ('name = "x"', "lanes = "),
        ('lanes = ["KR-US"]\nspeed = 3', "has speed"),
        ('lanes = ["KR-US"]\nstandard_days = "3"', "number of days"),
        ('lanes = ["KR-US"]\nprice_sdr = "dear"', "amount such as"),
        ('lanes = ["KR-US"]\nprice_sdr = -1', "amount of SDR"),
        ('lanes = ["KR-US"]\nprice_sdr = nan', "amount of SDR"),
        ('lanes = ["KR-US"]\nitem_cost_sdr = "1e400"', "amount of SDR"),
        ("lanes = 5", "lanes is a list"),
        ('lanes = ["KR-US"]\ncontents = 5', "contents is a list"),
        ('lanes = ["KR-US"]\nterms = "none"', "terms is a table"),
        ('lanes = ["KR-US"]\nrefund_percent = "all"', "whole number"),
        ('lanes = ["KR-US"]\ncustoms = [{ days = "1" }]', "customs hours"),
    ],
)
def test_a_file_that_says_no_service_is_refused_with_what_is_expected(text: str, told: str) -> None:
    with pytest.raises(UsageError, match=told):
        service(text)
