"""The layout profiles of a workspace: the bundled ones, and those that its people accepted.

An accepted profile is a file of the folder `profiles` (one a version, never written again) and a
row that says who accepted it, when, and on which files; retiring it is another row. A file that
does not have the hash of its row is not read by.
"""

from __future__ import annotations

import hashlib
import re
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from sqlalchemy import Connection, insert, select

from datecertain.errors import LayoutError, NotFound, StoreDamaged, UsageError
from datecertain.messages import Profile, Profiles, attribute_profiles, read_profile
from datecertain.messages.profile_check import Check, Counts, PartnerFile, check_profile
from datecertain.operations.clock import Clock
from datecertain.operations.networks import current_network
from datecertain.store import Workspace, batch_id, write_durably
from datecertain.store.records import profile_events
from datecertain.wording import words

#: Folder of a workspace with the profiles that were accepted.
PROFILES_FOLDER = "profiles"
_NAME = re.compile(r"[a-z0-9][a-z0-9-]{0,59}")


@dataclass(frozen=True, slots=True)
class ProfileEvent:
    """One decision about a profile; `at` is a moment (UTC minutes)."""

    name: str
    event: str  # accepted, retired
    version: int
    sha256: str
    at: int
    actor: str
    reason: str
    evidence: Mapping[str, Any]


def profiles_of(workspace: Workspace, base: Profiles | None = None) -> Profiles:
    """The profiles that a workspace reads with: the bundled ones (or those given) and those that
    were accepted there and not retired. Raises `StoreDamaged`."""
    return (attribute_profiles() if base is None else base).with_more(_texts(workspace))


def _texts(workspace: Workspace, but: str = "") -> list[str]:
    return [
        stored_text(workspace, one) for one in standing_profiles(workspace)
        if one.event == "accepted" and one.name != but
    ]  # fmt: skip


def standing_profiles(workspace: Workspace) -> list[ProfileEvent]:
    """The last decision about each profile, by name."""
    return list({one.name: one for one in _all_events(workspace)}.values())


def history(workspace: Workspace, name: str) -> list[ProfileEvent]:
    """All decisions about a profile, in order. Raises `NotFound` when there is none."""
    events = [one for one in _all_events(workspace) if one.name == name]
    if not events:
        raise NotFound(f"no profile {name!r} was accepted in this workspace: see `profile list`")
    return events


def _all_events(workspace: Workspace) -> list[ProfileEvent]:
    with workspace.reading() as view:
        rows = view.connection.execute(
            select(profile_events).order_by(profile_events.c.name, profile_events.c.seq)
        ).all()
    return [
        ProfileEvent(row.name, row.event, row.version, row.sha256, row.at, row.actor, row.reason,
                     row.evidence)
        for row in rows
    ]  # fmt: skip


def profile_file(workspace: Workspace, name: str, version: int) -> Path:
    """Where a version of a profile is kept."""
    return workspace.path / PROFILES_FOLDER / f"{name}.v{version}.toml"


def stored_text(workspace: Workspace, one: ProfileEvent) -> str:
    """The text of a profile as it was accepted. Raises `StoreDamaged` when its file is gone or is
    another than was accepted."""
    path = profile_file(workspace, one.name, one.version)
    if not path.is_file():
        raise StoreDamaged(f"{path} is not there: bring it back, or `profile retire {one.name}`")
    data = path.read_bytes()
    if hashlib.sha256(data).hexdigest() != one.sha256:
        raise StoreDamaged(
            f"{path} is not what was accepted: bring it back, or accept it as a new version"
        )
    return data.decode("utf-8")


def read_profile_file(path: Path) -> tuple[Profile, bytes]:
    """The profile in a file, and its bytes. Raises `NotFound`, `LayoutError`."""
    if not path.is_file():
        raise NotFound(f"{path} is not there: give a profile file")
    data = path.read_bytes()
    try:
        return _profile(data), data
    except UnicodeDecodeError as error:
        raise LayoutError(f"{path} is no UTF-8: {error}") from error


def _profile(text: bytes) -> Profile:
    return read_profile(text.decode("utf-8"))


def check(
    workspace: Workspace | None, text: bytes, files: Sequence[PartnerFile],
    own: Mapping[str, Counts] | Counts | None = None,
) -> Check:  # fmt: skip
    """Try a profile (its TOML text) on a partner's files, beside the profiles of a workspace (None:
    the bundled ones). Raises `LayoutError`."""
    profile = _profile(text)
    return check_profile(profile, files, _beside(workspace, profile.name), own)


def _beside(workspace: Workspace | None, name: str) -> Profiles:
    """The profiles in use but for earlier versions of this one."""
    if workspace is None:
        return attribute_profiles()
    return attribute_profiles().with_more(_texts(workspace, but=name))


def accept(
    workspace: Workspace, text: bytes, files: Sequence[PartnerFile], by: str, clock: Clock,
    own: Mapping[str, Counts] | Counts | None = None,
) -> tuple[Check, ProfileEvent | None]:  # fmt: skip
    """Check a profile (its TOML text) and, when all conditions hold, use it from now on. None when
    they do not.

    Raises `UsageError` for a name that no file can have, for want of a name who accepts it, or for
    the very profile that is in use.
    """
    if not by.strip():
        raise UsageError("say who accepts it: --by NAME")
    profile = _profile(text)
    if not _NAME.fullmatch(profile.name):
        raise UsageError(f"name {profile.name!r}: use small letters, digits and hyphens")
    sha256 = hashlib.sha256(text).hexdigest()
    done = check(workspace, text, files, own)
    if not done.holds:
        return done, None
    before = [one for one in _all_events(workspace) if one.name == profile.name]
    if before and before[-1].event == "accepted" and before[-1].sha256 == sha256:
        raise UsageError(f"{profile.name} is in use as it stands, version {before[-1].version}")
    version = 1 + max((one.version for one in before), default=0)
    evidence = {
        "files": [
            {"file": file.name, "sha256": file.sha256, "received_on": file.received_on}
            | asdict(done.read[file.name])
            for file in files
            if file.name in done.read
        ],
        "conditions": {one.name: one.reason(words("en")) for one in done.conditions},
    }
    write_durably(profile_file(workspace, profile.name, version), text)
    told = ProfileEvent(
        profile.name, "accepted", version, sha256, clock.now(), by.strip(), "check passed", evidence
    )
    _record(workspace, told, len(before), _owner(workspace, profile))
    return done, told


def retire(workspace: Workspace, name: str, by: str, reason: str, clock: Clock) -> ProfileEvent:
    """Use a profile no more. What was read by it stays. Raises `NotFound` unless it is in use,
    `UsageError` for want of a name or a reason."""
    if not by.strip() or not reason.strip():
        raise UsageError("say who retires it and why: --by NAME --reason TEXT")
    before = history(workspace, name)
    last = before[-1]
    if last.event != "accepted":
        raise NotFound(f"profile {name!r} is retired already")
    told = ProfileEvent(
        name, "retired", last.version, last.sha256, clock.now(), by.strip(), reason.strip(), {}
    )
    _record(workspace, told, len(before), None)
    return told


def _record(workspace: Workspace, told: ProfileEvent, seq: int, owner: str | None) -> None:
    batch = batch_id("profile", told.name, str(seq), told.event, told.sha256)

    def write(connection: Connection) -> None:
        row = asdict(told) | {"seq": seq, "owner": owner, "batch_id": batch}
        connection.execute(insert(profile_events), [row])

    with workspace.commit("profile", batch, now=told.at) as commit:
        commit.records(write)


def _owner(workspace: Workspace, profile: Profile) -> str | None:
    """The post whose messages it reads."""
    network = current_network(workspace)
    posts = {network.post_of_party(sender) for sender in profile.senders}
    return posts.pop() if len(posts) == 1 else None
