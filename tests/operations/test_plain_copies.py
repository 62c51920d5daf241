"""Mail in plain files goes by its own rule, and never later than the message (synthetic mail)."""

from __future__ import annotations

import hashlib
from pathlib import Path

import pytest
from month_of_mail import CLOCK
from small_workspaces import interchange, small_workspace

from datecertain.moments import DAY, format_date
from datecertain.operations.clock import FixedClock
from datecertain.operations.erasing import EraseReport, erase, erase_object
from datecertain.operations.mail_room import incoming, take_in
from datecertain.operations.retention import read_rules
from datecertain.operations.workspaces import open_workspace

KOREAN = interchange(("EMB", "202610211945", "KRSELB"))
JAPANESE = interchange(("EMC", "202610220930", "JPKWSA"), sender="JPA", reference="3")
RULE = '[[rule]]\nname = "{}"\nkind = "{}"\npost = "{}"\nvalid_from = 2026-01-01\n'
RULE += 'keep_days = {}\nsource = "test"\n'


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """A workspace that took in a file of each of two posts, and sent one to Korea long ago."""
    folder = small_workspace(tmp_path / "w")
    for post, data in (("KR", KOREAN), ("JP", JAPANESE)):
        (incoming(folder) / post).mkdir(parents=True)
        (incoming(folder) / post / "a.edi").write_bytes(data)
    assert take_in(folder, CLOCK, lambda _: None, pytest.fail) == 2
    sent = folder / "outgoing" / "KR" / "sent" / "2026-01-31"
    sent.mkdir(parents=True)
    (sent / "101112.000000Z-b.edi").write_bytes(b"an old one")
    return folder


def copies(folder: Path) -> list[str]:
    archive, sent = incoming(folder) / "archive", folder / "outgoing" / "KR" / "sent"
    return sorted(str(path.relative_to(folder)) for root in (archive, sent)
                  for path in root.rglob("*") if path.is_file())  # fmt: skip


def erased(folder: Path, days: int, *, do: bool = True) -> EraseReport:
    now = CLOCK.now() + days * DAY
    with open_workspace(folder, write=True) as opened:
        return erase(opened, read_rules(opened.path), now, FixedClock(now), do=do)


TODAY = format_date(CLOCK.now() // DAY)


def test_copies_go_when_their_days_are_over(folder: Path) -> None:
    taken = [f"incoming/archive/{TODAY}/{post}/a.edi" for post in ("JP", "KR")]
    assert copies(folder) == [*taken, "outgoing/KR/sent/2026-01-31/101112.000000Z-b.edi"]
    report = erased(folder, 0, do=False)
    assert report.rules["copies-35-days"][:2] == (1, len(b"an old one"))
    assert len(copies(folder)) == 3, "nothing was to be done"
    assert erased(folder, 0).copies_removed == 1
    assert not (folder / "outgoing" / "KR" / "sent" / "2026-01-31").exists()
    assert erased(folder, 35).copies_removed == 0
    assert copies(folder) == taken
    assert erased(folder, 36).copies_removed == 2
    assert copies(folder) == []


def test_never_later_than_the_message(folder: Path) -> None:
    (folder / "retention.toml").write_text(
        RULE.format("for-ever", "copy", "*", '"always"') + RULE.format("short", "message", "JP", 3)
    )
    report = erased(folder, 4)
    assert report.copies_removed == 1
    assert [path.split("/")[3] for path in copies(folder)[:1]] == ["KR"]
    assert len(copies(folder)) == 2


def test_a_message_erased_on_request_leaves_no_copy(folder: Path) -> None:
    again = folder / "outgoing" / "KR" / "sent" / TODAY
    again.mkdir()
    (again / "x.edi").write_bytes(KOREAN)
    sha256 = hashlib.sha256(KOREAN).hexdigest()
    with open_workspace(folder, write=True) as opened:
        assert erase_object(opened, sha256, "asked for", CLOCK).copies_removed == 2
    assert not any(path.endswith(("KR/a.edi", "x.edi")) for path in copies(folder))
    again.joinpath("y.edi").write_bytes(KOREAN)  # cut off before: it is looked for again
    with open_workspace(folder, write=True) as opened:
        assert erase_object(opened, sha256, "asked for", CLOCK).copies_removed == 1
