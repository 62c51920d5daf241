"""A lane opens by two signatures under the same terms, and is closed by one post at once (req 78).
The network is the small invented one: US to Japan is suspended, five days of lead time agreed."""

from __future__ import annotations

import shutil
from pathlib import Path

import pytest
from command_line import say

from datecertain.access import Role, Viewer
from datecertain.errors import UsageError
from datecertain.moments import parse_utc
from datecertain.network.rows import TermRow
from datecertain.operations import approvals
from datecertain.operations.clock import FixedClock
from datecertain.operations.lane_openings import close, find_proposals, propose, sign, withdraw
from datecertain.operations.lane_rows import State, signed_texts
from datecertain.operations.network_rules import declare
from datecertain.operations.networks import current_network
from datecertain.operations.signed_tariffs import tariff_changed
from datecertain.operations.workspaces import make_workspace, open_workspace
from datecertain.promise.asking import Ask, answer
from datecertain.promise.quoting import Route
from datecertain.settlement import Tariff
from datecertain.settlement.tariff_files import tariff_of
from datecertain.store.access_book import AccessBook
from worlds import texts

TO_JAPAN = Route("US", "10001", "JP", "1000001")
EARLY = FixedClock(parse_utc("2026-11-01T00:00Z"))


@pytest.fixture(scope="module")
def untouched(tmp_path_factory: pytest.TempPathFactory) -> Path:
    lanes = """
        origin,destination,event,on,note_en,note_ko,source
        *,*,opened,2005-05-16,,,test
        US,JP,suspended,2020-02-10,Test suspension,시험 중지,test
    """
    folder = tmp_path_factory.mktemp("lanes")
    (folder / "network").mkdir()
    for name, text in texts({"lanes.csv": lanes}).items():
        (folder / "network" / name).write_text(text, encoding="utf-8")
    make_workspace(folder / "w", EARLY, folder / "network")
    return folder / "w"


@pytest.fixture
def home(untouched: Path, tmp_path: Path) -> Path:
    return Path(shutil.copytree(untouched, tmp_path / "w"))


def told(home: Path, accepted: str, route: Route = TO_JAPAN) -> str:
    """What is promised, and for when, by the network in force."""
    with open_workspace(home) as opened:
        quote = answer(current_network(opened), Ask.at(route, accepted))
    return f"{quote.status} {quote.reason}".strip()


def both_sign(home: Path, number: int, digest: str, clock: FixedClock = EARLY) -> State:
    assert sign(home, number, digest, "US", "Lee", clock).state is State.SIGNED_BY_ONE
    return sign(home, number, digest, "JP", "Sato", clock).state


def test_a_lane_opens_on_the_agreed_day_when_both_have_signed(home: Path) -> None:
    made = propose(home, "US-JP", "JP", "Sato", "2026-11-10", EARLY, refund_mode="claim_driven")
    assert told(home, "2026-11-10T10:00").startswith("estimate")
    assert both_sign(home, 1, made.sha256) is State.AGREED
    assert told(home, "2026-11-09T10:00").startswith("estimate")
    assert told(home, "2026-11-10T10:00") == "guaranteed"
    again = sign(home, 1, made.sha256[:12], "JP", "Sato", EARLY)
    assert (again.state, len(again.acts)) == (State.AGREED, 3)
    with open_workspace(home) as opened:
        network = current_network(opened)
    assert network.version == again.acts[-1].network_version
    mode = network.terms.row("sender", "refund_mode", "US", "JP", parse_utc("2026-11-10T00:00Z")
                             // 1440)  # fmt: skip
    assert (mode.value, mode.source) == (
        "claim_driven", "agreed: lane proposal 1 of US-JP, signed by both posts"
    )  # fmt: skip


def test_where_two_pairs_of_eyes_are_wanted_two_of_each_post_sign(home: Path) -> None:
    made = propose(home, "US-JP", "JP", "Sato", "2026-11-10", EARLY)
    asked, now = {"number": 1, "digest": made.sha256}, 1_790_000_000
    states = []
    for post in ("US", "JP"):
        one, other = (Viewer(f"{name}-{post}", post, (Role.NETWORK,)) for name in ("a", "b"))
        with AccessBook(home) as book:
            wanted = approvals.ask(book, home, one, "lane.sign", asked, now, EARLY)
            done = approvals.approve(
                book, home, other, wanted.number, wanted.digest, now, EARLY
            )  # fmt: skip
        states.append(done.result["state"])
    assert states == [State.SIGNED_BY_ONE, State.AGREED]
    assert told(home, "2026-11-10T10:00") == "guaranteed"


def test_a_fixed_standard_gives_the_date(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY, standard="D+9")
    both_sign(home, 1, made.sha256)
    with open_workspace(home) as opened:
        quote = answer(current_network(opened), Ask.at(TO_JAPAN, "2026-11-10T10:00"))
    assert quote.due_day - parse_utc("2026-11-10T00:00Z") // 1440 == 9


def test_another_text_is_not_signed_and_what_differs_is_told(home: Path) -> None:
    one = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    two = propose(home, "US-JP", "US", "Lee", "2026-11-12", EARLY, standard="D+9")
    with pytest.raises(
        UsageError, match=r"standard: network → D\+9; first day: 2026-11-10 → 2026-11-12"
    ):
        sign(home, 2, one.sha256, "US", "Lee", EARLY)
    with pytest.raises(UsageError, match="does not sign proposal 2"):
        sign(home, 2, two.sha256[:11], "US", "Lee", EARLY)
    cells = {"scope": "sender", "origin": "US", "destination": "*", "term": "refund_percent",
             "value": "50", "source": "test"}  # fmt: skip
    assert sign(home, 1, one.sha256, "US", "Lee", EARLY).state is State.SIGNED_BY_ONE
    declare(home, TermRow, cells, EARLY)
    with pytest.raises(UsageError, match="term sender refund_percent: 100 → 50"):
        sign(home, 1, one.sha256, "JP", "Sato", EARLY)
    assert told(home, "2026-11-20T10:00").startswith("estimate")


def tariff(percent: int) -> Tariff:
    """Refunds charged on to Japan by its percentage, and more for other posts."""
    return tariff_of(
        f"""
name = "ours"
source = "test"
weight_classes_g = [500]
[[recourse]]
origin = "US"
destination = "JP"
percent = {percent}
source = "agreed"
[[recourse]]
origin = "KR"
destination = "JP"
percent = {100 - percent}
source = "of others"
""",
        "ours.toml",
    )


def test_the_rates_are_part_of_what_is_signed(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY, tariff=tariff(80))
    rates = made.content["tariff"]
    assert [(row["kind"], row["row"]["percent"]) for row in rates["rows"]] == [("recourse", 80)]
    assert "of others" not in str(made.content)
    assert sign(home, 1, made.sha256, "US", "Lee", EARLY, "", tariff(80)).signed_by == ("US",)
    with pytest.raises(UsageError, match=r"tariff recourse percent: 80 → 60"):
        sign(home, 1, made.sha256, "JP", "Sato", EARLY, "", tariff(60))
    # Without a file of its own a post takes the text as it stands.
    assert sign(home, 1, made.sha256, "JP", "Sato", EARLY).state is State.AGREED
    with open_workspace(home) as opened:
        network, text = current_network(opened), signed_texts(opened, made.offer.from_on)
    assert list(text) == [("US", "JP")]
    day, lane = made.offer.from_on + 3, ("US", "JP")
    for percent, changed in ((80, 0), (60, 1)):
        settling = tariff(percent).settling(network, day)
        assert tariff_changed(text[lane], settling, lane, day) == changed


def test_whoever_publishes_is_one_of_the_two_that_signed(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    for other in ("KR", "KPG"):
        with pytest.raises(UsageError, match="is not of the lane"):
            sign(home, 1, made.sha256, other, "Kim", EARLY)
    both_sign(home, 1, made.sha256)
    (agreed,), _ = find_proposals(home, number=1)
    assert agreed.published is not None
    assert (agreed.signed_by, agreed.published.post) == (("US", "JP"), "JP")


def test_the_agreed_lead_time_lies_between_signature_and_first_day(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    sign(home, 1, made.sha256, "US", "Lee", EARLY)
    late = FixedClock(parse_utc("2026-11-06T06:00Z"))  # in New York the 6th
    with pytest.raises(UsageError, match=r"needs 5 days.*2026-11-11"):
        sign(home, 1, made.sha256, "JP", "Sato", late)
    in_time = FixedClock(parse_utc("2026-11-06T04:59Z"))  # in New York still the 5th
    assert sign(home, 1, made.sha256, "JP", "Sato", in_time).state is State.AGREED


def test_one_post_closes_at_once_and_nothing_opens_by_itself(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    both_sign(home, 1, made.sha256)
    fire = FixedClock(parse_utc("2026-11-17T09:00Z"))
    close(home, "US-JP", "JP", "Sato", "fire at Narita", fire)
    assert told(home, "2026-11-16T10:00") == "guaranteed"
    assert told(home, "2026-11-17T10:00").startswith("estimate")
    with pytest.raises(UsageError, match="no guarantee"):
        close(home, "US-JP", "JP", "Sato", "again", fire)
    anew = propose(home, "US-JP", "JP", "Sato", "2026-11-25", fire)
    both_sign(home, 2, anew.sha256, fire)
    assert told(home, "2026-11-24T10:00").startswith("estimate")
    assert told(home, "2026-11-25T10:00") == "guaranteed"
    close(home, "US-JP", "US", "Lee", "strike", fire)  # before it has begun: taken back
    assert told(home, "2026-11-25T10:00").startswith("estimate")
    _, done = find_proposals(home, "US-JP")
    assert [str(one.act) for one in done] == [
        "signed", "signed", "published", "closed", "signed", "signed", "published", "closed",
    ]  # fmt: skip


def test_terms_of_an_open_lane_change_by_the_same_way(home: Path) -> None:
    route = Route("KR", "03051", "JP", "1000001")
    made = propose(home, "KR-JP", "KR", "Kim", "2026-11-10", EARLY, standard="D+9")
    sign(home, 1, made.sha256, "KR", "Kim", EARLY)
    sign(home, 1, made.sha256, "JP", "Sato", EARLY)
    assert told(home, "2026-11-10T10:00", route) == "guaranteed"
    with open_workspace(home) as opened:
        network = current_network(opened)
    days = [
        answer(network, Ask.at(route, at)).due_day - parse_utc(f"{at}Z") // 1440
        for at in ("2026-11-09T10:00", "2026-11-10T10:00")
    ]
    assert days[0] < 9
    assert days[1] == 9


def test_a_proposal_is_withdrawn_until_both_have_signed(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    sign(home, 1, made.sha256, "US", "Lee", EARLY)
    assert withdraw(home, 1, "US", "Lee", EARLY, "peak").state is State.WITHDRAWN
    with pytest.raises(UsageError, match="was withdrawn"):
        sign(home, 1, made.sha256, "JP", "Sato", EARLY)
    anew = propose(home, "US-JP", "US", "Lee", "2026-11-10", EARLY)
    both_sign(home, 2, anew.sha256)
    with pytest.raises(UsageError, match="signed by both"):
        withdraw(home, 2, "JP", "Sato", EARLY)


@pytest.mark.parametrize(
    ("words", "why"),
    [
        (("--lane", "USJP", "--by", "US"), "is not a lane"),
        (("--lane", "US-JP", "--by", "KR"), "is not of the lane"),
        (("--lane", "US-JP", "--by", "US", "--standard", "3 days"), "no standard"),
        (("--lane", "US-JP", "--by", "US", "--refunds", "never"), "no mode of refunds"),
        (("--lane", "US-JP", "--by", "US", "--product", "CARGO"), "no guaranteed product"),
        (("--lane", "US-JP", "--by", "US", "--from", "2031-01-01"), "is not in the network"),
    ],
)
def test_what_cannot_be_proposed(untouched: Path, words: tuple[str, ...], why: str) -> None:
    more = () if "--from" in words else ("--from", "2026-11-10")
    refused = say("lane", "propose", *words, *more, "--name", "Lee", "-w", untouched)
    assert refused.code == 1
    assert why in refused.err


def test_the_commands_tell_it_in_both_languages(home: Path) -> None:
    made = propose(home, "US-JP", "US", "Lee", "2026-11-20", EARLY)
    both_sign(home, 1, made.sha256)
    shown = say("lane", "show", "1", "-w", home, "--json")
    assert shown.json["state"] == "agreed"
    assert [one["by"] for one in shown.json["acts"]] == ["US", "JP", "JP"]
    for lang, word in (("en", "signed by both, published"), ("ko", "양국 서명")):
        assert word in say("lane", "show", "1", "--full", "-w", home, "--lang", lang).out
        assert made.sha256[:12] in say("lane", "list", "-w", home, "--lang", lang).out
    closed = say("lane", "close", "--lane", "US-JP", "--by", "JP", "--name", "Sato", "--reason",
                 "fire", "-w", home, "--json")  # fmt: skip
    assert (closed.code, closed.json["act"]) == (0, "closed")
    assert "fire" in say("lane", "list", "-w", home).out
