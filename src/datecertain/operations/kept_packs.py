"""Meeting packs that were made and are kept in the workspace, frozen: one folder each, below
`packs`. A folder is written beside and renamed, so that none is ever there by half; the same facts
and decisions are one pack, whoever asks for it again (req 53, 70)."""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Mapping
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Any

from datecertain.durable import folder_beside, make_folder
from datecertain.errors import NotFound
from datecertain.planning.meeting import Pack
from datecertain.store import request_digest
from datecertain.store.disk import disk_errors

FOLDER, MANIFEST = "packs", "manifest.json"
#: The pack for programs, which a kept pack is read back from.
PLAIN = "pack.json"
_NAME = re.compile(r"[0-9]{4}-[0-9]{2}(-to-[0-9]{4}-[0-9]{2})?-[0-9a-f]{12}")


@dataclass(frozen=True, slots=True)
class KeptFile:
    """A file of a pack."""

    name: str
    bytes: int
    sha256: str


@dataclass(frozen=True, slots=True)
class KeptPack:
    """A pack that is kept. `digest`: SHA-256 over all that it says but the moment at which it was
    made; `made_at`: UTC minutes."""

    name: str
    months: tuple[str, ...]
    made_at: int
    by: str
    digest: str
    published: bool
    synthetic: bool
    decisions: int
    files: tuple[KeptFile, ...]

    def as_json(self) -> dict[str, Any]:
        """For programs, as it stands in the manifest."""
        return asdict(self) | {
            "months": list(self.months), "files": [asdict(one) for one in self.files]
        }  # fmt: skip


def digest_of(pack: Pack) -> str:
    """SHA-256 over what a pack says, as canonical JSON, without the moment at which it was made."""
    plain = pack.as_json()
    del plain["made_at"]
    return request_digest(plain)


def keep_pack(
    workspace: Path, pack: Pack, by: str, write: Callable[[Path], object]
) -> tuple[KeptPack, bool]:
    """Keep a pack; whether it is new. `write` puts its files into a folder, `pack.json` with them.

    Raises `StoreError` when the disk is full; then, as when it is cut off, nothing is kept.
    """
    digest, top = digest_of(pack), workspace / FOLDER
    ends = dict.fromkeys((pack.months[0], pack.months[-1]))
    name = f"{'-to-'.join(ends)}-{digest[:12]}"
    if (kept := _read(top / name)) is not None:
        return kept, False
    with disk_errors(f"keeping the pack {name}"):
        make_folder(top)
        try:
            with folder_beside(top / name) as draft:
                write(draft)
                files = tuple(_file(draft, path) for path in sorted(draft.rglob("*"))
                              if path.is_file())  # fmt: skip
                kept = KeptPack(
                    name, pack.months, pack.made_at, by, digest, pack.published, pack.synthetic,
                    len(pack.asked), files,
                )  # fmt: skip
                text = json.dumps(kept.as_json(), ensure_ascii=False, indent=2)
                (draft / MANIFEST).write_text(text + "\n", encoding="utf-8")
        except FileExistsError:  # somebody kept the same meanwhile
            if (other := _read(top / name)) is None:
                raise
            return other, False
    return kept, True


def _file(draft: Path, path: Path) -> KeptFile:
    content = path.read_bytes()
    name = path.relative_to(draft).as_posix()
    return KeptFile(name, len(content), hashlib.sha256(content).hexdigest())


def list_packs(workspace: Path) -> list[KeptPack]:
    """All packs that are kept, the last one made first."""
    top = workspace / FOLDER
    folders = top.iterdir() if top.is_dir() else ()
    found = [kept for one in folders if _NAME.fullmatch(one.name)
             and (kept := _read(one)) is not None]  # fmt: skip
    return sorted(found, key=lambda one: (-one.made_at, one.name))


def find_pack(workspace: Path, name: str) -> KeptPack:
    """A pack by its name. Raises `NotFound`."""
    kept = _read(workspace / FOLDER / name) if _NAME.fullmatch(name) else None
    if kept is None:
        raise NotFound("there is no such pack here")
    return kept


def kept_file(workspace: Path, name: str, file: str) -> tuple[KeptFile, bytes]:
    """A file of a pack. Raises `NotFound`."""
    kept = find_pack(workspace, name)
    for one in kept.files:
        if one.name == file:
            return one, (workspace / FOLDER / name / file).read_bytes()
    raise NotFound(f"the pack {name} has no file of that name")


def read_pack(workspace: Path, name: str) -> Pack:
    """What a kept pack says. Raises `NotFound`."""
    _, content = kept_file(workspace, name, PLAIN)
    return Pack.from_json(json.loads(content))


def _read(folder: Path) -> KeptPack | None:
    try:
        plain: Mapping[str, Any] = json.loads((folder / MANIFEST).read_text("utf-8"))
    except (FileNotFoundError, NotADirectoryError):
        return None
    files = tuple(KeptFile(**one) for one in plain["files"])
    return KeptPack(**{**plain, "months": tuple(plain["months"]), "files": files})
