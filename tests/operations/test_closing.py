"""A month is not closed over what was received and not billed, unless that is accepted by name."""

from __future__ import annotations

from collections.abc import Callable
from importlib.resources import files
from pathlib import Path

from command_line import say
from month_of_mail import PERIOD, Month

Copy = Callable[[Path], Path]


def test_a_relation_that_nobody_billed_keeps_the_month_open_until_it_is_accepted(
    month: Month, workspace: Copy, tmp_path: Path
) -> None:
    """The tariff has a row for what Korea receives, and forgets everything else but Japan's."""
    bundled = files("datecertain.settlement") / "tariffs" / "illustrative.toml"
    text = bundled.read_text("utf-8")
    tariff = tmp_path / "forgetful.toml"
    first = text.index('destination = "*"')
    tariff.write_text(text[:first] + 'destination = "KR"' + text[first + 17 :], "utf-8")
    folder = workspace(month.judged)
    assert say("settle", "--period", PERIOD, "--tariff", tariff, "-w", folder).code == 0
    told = say("reconcile", "--period", PERIOD, "-w", folder, "--json")
    assert told.code == 4
    money = [gap["name"] for gap in told.json if gap["money"]]
    assert "received_not_billed:KR-US" in money
    assert not any(name.endswith("-KR") for name in money)
    refused = say("statement", "finalise", "--period", PERIOD, "--waived", "agreed", "-w", folder)
    assert refused.code == 1
    assert f"{PERIOD} has {len(money)} gaps" in refused.err

    accept = [word for name in money for word in ("--accept", name)]
    nobody = say("reconcile", "--period", PERIOD, *accept, "-w", folder)
    assert "accepted by a post" in nobody.err
    wrong = say("reconcile", "--period", PERIOD, "--accept", "nothing", "--by", "KR",
                "--reason", "free", "-w", folder)  # fmt: skip
    assert wrong.code == 1
    done = say("reconcile", "--period", PERIOD, *accept, "--by", "KR", "--reason",
               "nothing was agreed there", "-w", folder)  # fmt: skip
    assert (done.code, done.err) == (0, "")
    assert f"Nothing keeps {PERIOD} open." in done.out
    final = say("statement", "finalise", "--period", PERIOD, "--waived", "agreed", "-w", folder)
    assert final.code == 0


def test_a_month_settled_as_agreed_has_no_gap_of_money(month: Month) -> None:
    told = say("reconcile", "--period", PERIOD, "-w", month.settled, "--json")
    assert told.code == 0
    assert not any(gap["money"] for gap in told.json)
