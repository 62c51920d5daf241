"""`datecertain backup` and `datecertain restore`."""

from __future__ import annotations

from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer
from typer.core import TyperGroup

from datecertain.cli.options import LOOKS, JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import progress, say, say_json, say_table
from datecertain.moments import format_utc
from datecertain.operations.backing_up import (
    back_up,
    check_backup,
    forget_backups,
    list_backups,
)
from datecertain.operations.clock import SystemClock
from datecertain.operations.restoring import restore_backup
from datecertain.wording import words

_TAKE = "take"


class TakeUnlessNamed(TyperGroup):
    """`backup DEST` is `backup take DEST`."""

    def parse_args(self, ctx: Any, args: list[str]) -> list[str]:
        if args and args[0] not in self.commands and args[0] != "--help":
            args = [_TAKE, *args]
        return list(super().parse_args(ctx, args))


app = typer.Typer(
    name="backup",
    cls=TakeUnlessNamed,
    help="Take a backup of a workspace (`backup DEST`), list, verify and thin out backups.",
    no_args_is_help=True,
    **LOOKS,
)

DestArgument = Annotated[Path, typer.Argument(metavar="DEST", help="The folder of the backups.")]
BackupOption = Annotated[
    str | None,
    typer.Option("--backup", metavar="ID", help="Which one.", show_default="the latest"),
]


@app.command(_TAKE)
def take(
    dest: DestArgument,
    keys: Annotated[
        bool,
        typer.Option("--with-keys", help="The master key, partners' keys and passwords too."),
    ] = False,
    workspace: WorkspaceOption = Path(),
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Take a backup of one moment, while others work. Only what is new is copied.

    Without --with-keys keep the master key elsewhere: nobody can open the sealed messages of a
    restored workspace without it. With it, guard the backup as you guard the key.

    Example: datecertain backup /backups/october -w october
    """
    speak = words(lang)
    with progress("backup", quiet=json_) as told:
        found = back_up(workspace, dest, SystemClock(), keys=keys, progress=told)
    if keys:
        typer.echo(f"datecertain: {speak.say('backup.guard', place=dest)}", err=True)
    if json_:
        say_json(asdict(found) | {"taken_at": format_utc(found.taken_at)})
        return
    say(
        speak.say(
            "backup.taken", backup=found.backup, rows=speak.count(found.rows),
            files=speak.count(found.files), new=speak.count(found.new_files),
            bytes=speak.count(found.new_bytes),
        )
    )  # fmt: skip
    if found.left_out:
        say(speak.say("backup.left_out", names=", ".join(found.left_out)))


@app.command("verify")
def verify(
    dest: DestArgument,
    backup: BackupOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Read all of a backup and hold it against its hashes. Exit code 1 when it is damaged.

    Example: datecertain backup verify /backups/october
    """
    speak = words(lang)
    with progress("verify", quiet=json_) as told:
        manifest, wrong = check_backup(dest, backup, told)
    if json_:
        say_json({"backup": manifest.id, "contents": len(manifest.contents()), "damage": wrong})
    elif wrong:
        say(speak.say("backup.damaged", backup=manifest.id, count=len(wrong)), *wrong[:20])
    else:
        count = speak.count(len(manifest.contents()))
        say(speak.say("backup.whole", backup=manifest.id, contents=count))
    if wrong:
        raise typer.Exit(1)


@app.command("list")
def list_(
    dest: DestArgument, lang: LanguageOption = Language.EN, json_: JsonOption = False
) -> None:
    """The backups of a folder, oldest first.

    Example: datecertain backup list /backups/october
    """
    speak = words(lang)
    rows = [
        {
            "backup": one.id, "taken_at": format_utc(one.taken_at), "product": one.product,
            "schema": one.schema, "rows": sum(table.rows for table in one.tables),
            "files": len(one.files), "bytes": sum(one.contents().values()), "keys": one.keys,
        }
        for one in list_backups(dest)
    ]  # fmt: skip
    if json_:
        say_json(rows)
        return
    columns = ("backup", "schema", "rows", "files", "bytes")
    say_table(
        speak.say("backup.list"),
        [speak.say(f"backup.{name}") for name in columns],
        [(str(row["backup"]), str(row["schema"]),
          *(f"{row[name]:,}" for name in columns[2:])) for row in rows],
    )  # fmt: skip


@app.command("keep")
def keep(
    dest: DestArgument,
    latest: Annotated[
        int, typer.Option("--latest", min=1, metavar="N", help="Keep so many; the others go.")
    ],
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Keep the latest backups and remove the others: only so does what was erased leave them too.

    Example: datecertain backup keep /backups/october --latest 30
    """
    out, files, size = forget_backups(dest, latest)
    if json_:
        say_json({"removed": out, "files": files, "bytes": size})
        return
    speak = words(lang)
    say(speak.say("backup.removed", count=len(out), files=files, bytes=speak.count(size)))


def restore(
    source: Annotated[Path, typer.Argument(metavar="SRC", help="The folder of the backups.")],
    target: Annotated[
        Path, typer.Argument(metavar="TARGET", help="The new workspace: an empty folder.")
    ],
    backup: BackupOption = None,
    records: Annotated[
        str | None, typer.Option("--records", metavar="URL", help="Another place for the records.")
    ] = None,
    facts: Annotated[
        str | None, typer.Option("--facts", metavar="URL", help="Another place for the facts.")
    ] = None,
    archive: Annotated[
        str | None, typer.Option("--archive", metavar="URL", help="Another place for messages.")
    ] = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Make a workspace of a backup: checked and whole, or none. Cut off, run it again.

    The records may go from SQLite to PostgreSQL or back. Example:
    datecertain restore /backups/october new --records postgresql://datecertain@db/datecertain
    """
    given = {"records": records, "facts": facts, "archive": archive}
    addresses = {name: value for name, value in given.items() if value is not None}
    with progress("restore", quiet=json_) as told:
        found = restore_backup(source, target, backup=backup, addresses=addresses, progress=told)
    if json_:
        say_json(asdict(found) | {"taken_at": format_utc(found.taken_at)})
        return
    speak = words(lang)
    say(
        speak.say(
            "backup.restored", workspace=target, backup=found.backup, rows=speak.count(found.rows),
            files=speak.count(found.files), at=format_utc(found.taken_at),
        )
    )  # fmt: skip
    if not found.keys:
        say(speak.say("backup.bring_keys"))
