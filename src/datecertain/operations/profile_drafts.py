"""Drafting a layout profile from a partner's files, and the files with the day they came."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from datecertain.errors import NotFound, UsageError
from datecertain.messages import Inferred, Profiles, read_tolerantly
from datecertain.messages.draft_text import profile_text
from datecertain.messages.drafting import Draft, draft
from datecertain.messages.inference import by_layout, known_codes, unread_messages
from datecertain.messages.inference_values import Known
from datecertain.messages.profile_check import Counts, PartnerFile
from datecertain.moments import format_date
from datecertain.network import Network
from datecertain.operations.compiled_cache import bundled_ready
from datecertain.operations.networks import current_network
from datecertain.operations.workspaces import open_workspace

_DAY_S = 86_400
_NAME = re.compile(r"[^a-z0-9]+")


@dataclass(frozen=True, slots=True)
class Drafted:
    """A draft with its text, and the other layouts that the files hold: (UNH S009, sender,
    messages)."""

    draft: Draft
    name: str
    text: str
    files: int  # that hold messages of it
    others: tuple[tuple[str, str, int], ...]


def partner_files(paths: Sequence[Path], received_on: int | None) -> list[PartnerFile]:
    """Files, and all files below folders, as they came: on that day, else on the day (UTC) on
    which they were last written. Raises `NotFound`."""
    found: dict[str, PartnerFile] = {}
    for path in paths:
        if not path.exists():
            raise NotFound(f"{path} is not there: give the partner's files")
        files = sorted(p for p in path.rglob("*") if p.is_file()) if path.is_dir() else [path]
        for file in files:
            day = int(file.stat().st_mtime // _DAY_S) if received_on is None else received_on
            found[str(file)] = PartnerFile(str(file), file.read_bytes(), day)
    return list(found.values())


def network_for(workspace: Path | None) -> Network:
    """The network in force in a workspace; None: the bundled one."""
    if workspace is None:
        return bundled_ready()
    with open_workspace(workspace) as opened:
        return current_network(opened)


def guesses(files: Sequence[PartnerFile], profiles: Profiles, network: Network) -> list[Inferred]:
    """What the messages of files that no profile reads seem to say, file by file."""
    offices = frozenset(network.offices)
    return [
        read_tolerantly(
            file.data, file.name, profiles, offices=offices, received_on=file.received_on
        )
        for file in files
    ]


def draft_profile(
    files: Sequence[PartnerFile], network: Network, message: str, partner: str = "",
    name: str = "",
) -> Drafted:  # fmt: skip
    """A draft from the messages of a type in files: of the layout that most of them have, from one
    partner (post or sender's id; empty: there is but one).

    Raises `UsageError` when there is no such message, or when several partners sent them.
    """
    unread = [
        one for file in files
        for one in unread_messages(file.data, file.name, Profiles(()), file.received_on)
        if one.layout.split(":")[0] == message.upper()
        and partner in ("", one.sender, network.post_of_party(one.sender))
    ]  # fmt: skip
    layouts = sorted(by_layout(unread).items(), key=lambda one: -len(one[1]))
    if not layouts:
        sent = f" from {partner}" if partner else ""
        raise UsageError(f"no whole {message.upper()} message{sent} in {len(files)} file(s)")
    senders = sorted({sender for _, sender in by_layout(unread)})
    parties = {network.post_of_party(one) or one for one in senders}
    if len(parties) > 1:
        raise UsageError(f"messages of several partners, choose with --partner: {_list(parties)}")
    layout = layouts[0][0][0]
    chosen = [one for one in unread if one.layout == layout]
    received = max(file.received_on for file in files)
    known = Known(frozenset(network.offices), known_codes(), received)
    found = draft(chosen, known)
    others = tuple(
        (other, sender, len(ones)) for (other, sender), ones in layouts if other != layout
    )
    party = parties.pop()
    name = name or _NAME.sub("-", f"{party}-{message}".lower()).strip("-")
    sources = {one.source for one in chosen}
    days = [format_date(file.received_on) for file in files if file.name in sources]
    source = (
        f"inferred from {len(days)} file(s) of {party} received {min(days)} to {max(days)}; "
        "not confirmed by the partner"
    )
    return Drafted(found, name, profile_text(found, name, source), len(sources), others)


def _list(parties: set[str]) -> str:
    return ", ".join(sorted(parties))


def own_counts(
    items: int | None, events: int | None, table: Path | None
) -> Mapping[str, Counts] | Counts | None:  # fmt: skip
    """The partner's own counts: of all files together, or a CSV `file,items,events` by file.
    Raises `UsageError`."""
    if table is not None:
        if items is not None or events is not None:
            raise UsageError("give the counts either as numbers or as a table")
        return _counted(table)
    if (items is None) != (events is None):
        raise UsageError("give both counts, --items and --events, or neither")
    return None if items is None or events is None else Counts(items, events)


def _counted(table: Path) -> dict[str, Counts]:
    if not table.is_file():
        raise NotFound(f"{table} is not there: give a CSV file,items,events")
    rows = csv.DictReader(io.StringIO(table.read_text(encoding="utf-8-sig")))
    found = {}
    for row in rows:
        try:
            found[row["file"]] = Counts(int(row["items"]), int(row["events"]))
        except (KeyError, TypeError, ValueError) as error:
            raise UsageError(
                f"{table}, line {rows.line_num}: columns file,items,events with whole numbers"
            ) from error
    return found


def counted_as(
    own: Mapping[str, Counts] | Counts | None, files: Sequence[PartnerFile]
) -> Mapping[str, Counts] | Counts | None:  # fmt: skip
    """Counts by the names that the partner uses, by the names that the files have here."""
    if own is None or isinstance(own, Counts):
        return own
    return {
        file.name: own[name]
        for file in files
        for name in (file.name, Path(file.name).name)
        if name in own
    }
