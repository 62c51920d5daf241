"""A lane in the shadow: the same rule as the real verdicts, under terms that are not in force, and
nothing written (the month is simulated, the figures are invented)."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from command_line import say
from month_of_mail import AS_OF, CLOCK, CLOSING, PERIOD, Month

from datecertain.operations.judging import standing_columns
from datecertain.operations.lane_openings import propose
from datecertain.operations.networks import current_network
from datecertain.operations.shadow_runs import shadow_run
from datecertain.operations.workspaces import open_workspace
from datecertain.store import Workspace

LANE = "CN-US"


def test_an_open_lane_gets_the_verdicts_that_it_has(month: Month) -> None:
    with open_workspace(month.judged) as opened:
        run = shadow_run(opened, LANE, PERIOD, AS_OF)
        columns = ("item_id", "origin", "destination", "promised_on", "outcome", "days_late")
        stands = standing_columns(opened, PERIOD, columns).to_pylist()
    real = {row["item_id"]: row for row in stands
            if f"{row['origin']}-{row['destination']}" == LANE}  # fmt: skip
    shadow = {row["item_id"]: row for row in run.rows.to_pylist()}
    assert shadow.keys() == real.keys()
    promised = [number for number, row in real.items() if row["promised_on"] is not None]
    assert len(promised) > 5
    for number in promised:  # an item without a promise had none for a reason of its own
        names = ("promised_on", "outcome", "days_late")
        assert [shadow[number][name] for name in names] == [real[number][name] for name in names]


def test_a_suspended_lane_is_judged_as_if_it_were_open(month: Month, tmp_path: Path) -> None:
    figures = tmp_path / "theirs.csv"
    with open_workspace(month.judged) as opened:
        before = dict(opened.published)
        open_lane = shadow_run(opened, LANE, PERIOD, AS_OF)
        texts = dict(open_lane_texts(opened))
    numbers = open_lane.rows["item_id"].to_pylist()
    outcomes = open_lane.rows["outcome"].to_pylist()
    told = ["yes" if one == "on_time" else "no" for one in outcomes]
    told[0] = "no" if told[0] == "yes" else "yes"
    figures.write_text("item_id,on_time\n" + "".join(
        f"{number},{word}\n" for number, word in zip(numbers, told, strict=True)))  # fmt: skip
    folder = tmp_path / "suspended"
    folder.mkdir()
    for name, text in texts.items():
        (folder / name).write_text(text, encoding="utf-8")
    answer = say("lane", "shadow", "--lane", LANE, "--period", PERIOD, "--as-of", CLOSING,
                 "--network", folder, "--figures", figures, "--out", tmp_path / "all.csv",
                 "-w", month.judged, "--json")  # fmt: skip
    assert answer.code == 0, answer.err
    assert answer.json["outcomes"] == open_lane.totals.outcomes
    compared = answer.json["compared"]
    assert compared["differ_outcome"] >= 1
    assert sum(compared.values()) == len(numbers)
    assert answer.json["differences"][0]["why"]
    assert len((tmp_path / "all.csv").read_text().splitlines()) == len(numbers) + 1
    with open_workspace(month.judged) as opened:
        assert dict(opened.published) == before


def test_a_proposal_is_tried_before_anybody_signs_it(
    month: Month, workspace: Callable[[Path], Path]
) -> None:
    home = workspace(month.judged)
    made = propose(home, LANE, "US", "Lee", "2027-02-01", CLOCK, standard="D+3")
    with open_workspace(home) as opened:
        run = shadow_run(opened, LANE, PERIOD, AS_OF, proposal=1)
        plain = shadow_run(opened, LANE, PERIOD, AS_OF)
    assert made.offer.standard == "D+3"
    pairs = zip(run.rows["promised_on"].to_pylist(), plain.rows["promised_on"].to_pylist(),
                strict=True)  # fmt: skip
    assert any(one != other for one, other in pairs)
    refused = say("lane", "shadow", "--lane", "US-CN", "--period", PERIOD, "--proposal", "1", "-w",
                  home)  # fmt: skip
    assert "is of CN-US" in refused.err
    for lang, word in (("en", "in the shadow under proposal 1"), ("ko", "시범 판정")):
        told = say("lane", "shadow", "--lane", LANE, "--period", PERIOD, "--as-of", CLOSING,
                   "--proposal", "1", "--lang", lang, "-w", home)  # fmt: skip
        assert word in told.out


def open_lane_texts(opened: Workspace) -> dict[str, str]:
    """The network in force without its illustrative resumption: every lane is suspended."""
    texts = dict(current_network(opened).data.texts)
    flag = "illustrative_resumption = true"
    assert flag in texts["network.toml"]
    texts["network.toml"] = texts["network.toml"].replace(flag, flag.replace("true", "false"))
    return texts
