"""`datecertain digest` and `datecertain compare`."""

from __future__ import annotations

import json
from dataclasses import asdict
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import AsOfOption, JsonOption, PeriodOption, WorkspaceOption
from datecertain.cli.options import demand_period as month_of
from datecertain.cli.output import say, say_json, say_table
from datecertain.errors import NotFound, UsageError
from datecertain.moments import parse_utc
from datecertain.operations.digesting import PairVerdicts, demand_pair, pair_verdicts, period_roots
from datecertain.operations.workspaces import open_workspace
from datecertain.verdict.digest import fields_of
from datecertain.verdict.digest_files import (
    Comparison,
    Digest,
    ItemDifference,
    as_json,
    from_json,
)

PairOption = Annotated[str, typer.Option("--pair", metavar="POST-POST", help="Such as CN-ES.")]
OutOption = Annotated[
    Path | None, typer.Option("--output", "-o", metavar="FILE", help="Write the file to send here.")
]

#: Exit code: the comparison worked, and something differs.
DIFFERS = 4


def digest(
    period: PeriodOption,
    pair: Annotated[
        str | None, typer.Option("--pair", metavar="POST-POST", help="Only this pair.")
    ] = None,
    as_of: AsOfOption = None,
    output: OutOption = None,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """The root over a month's verdicts that two posts share: equal roots, equal verdicts.

    As of the last judging, or of another moment that both agreed on. With -o a file is written that
    a partner compares with its own.

    Example: datecertain digest --period 2026-10

    Example: datecertain digest --period 2026-10 --pair CN-ES -o cn-es.digest.json
    """
    month, moment = month_of(period), parse_utc(as_of) if as_of else None
    if pair is None:
        if output is not None:
            raise UsageError("a file is of one pair: say which, --pair CN-ES")
        with open_workspace(workspace) as opened:
            roots = period_roots(opened, month, moment)
        if json_:
            say_json(asdict(roots))
            return
        rows = [(one.pair, str(one.items), one.root) for one in roots.pairs]
        rows.append(("private", str(roots.private.items), roots.private.root))
        say_table(f"{month} as of {roots.as_of}", ("pair", "items", "root"), rows)
        return
    with open_workspace(workspace) as opened:
        mine = pair_verdicts(opened, month, demand_pair(pair), moment).digest()
    _write(output, mine)
    if json_:
        say_json(as_json(mine))
    else:
        say(f"{mine.pair} {mine.period} as of {mine.as_of}: {mine.items} items, root {mine.root}")


def compare(
    other: Annotated[Path, typer.Argument(help="The digest file that the partner sent.")],
    period: PeriodOption,
    pair: PairOption,
    as_of: AsOfOption = None,
    output: OutOption = None,
    fields: Annotated[
        bool,
        typer.Option("--fields", help="Tell the verdicts' fields in the file, not only hashes."),
    ] = False,
    workspace: WorkspaceOption = Path(),
    json_: JsonOption = False,
) -> None:
    """Compare a month's verdicts with the digest that a partner sent, and find the items that
    differ.

    The first file tells which buckets differ; -o writes the answer that opens these and no other.
    The partner compares the answer and has the items. Ends with 4 when something differs.

    Example: datecertain compare --period 2026-10 --pair CN-ES theirs.json -o answer.json
    """
    received = _read(other)
    with open_workspace(workspace) as opened:
        mine = pair_verdicts(
            opened, month_of(period), demand_pair(pair), parse_utc(as_of) if as_of else None
        )
    found = mine.compared_with(received)
    _write(output, mine.answer(received, fields=fields))
    if json_:
        say_json(_found_json(mine, received, found))
    else:
        _say_found(mine, received, found)
    if not found.equal:
        raise typer.Exit(DIFFERS)


def _read(path: Path) -> Digest:
    try:
        return from_json(json.loads(path.read_text(encoding="utf-8")), path.name)
    except FileNotFoundError as error:
        raise NotFound(f"{path}: no such file") from error
    except (OSError, ValueError) as error:
        raise UsageError(f"{path} is no digest file: {error}") from error


def _write(path: Path | None, digest_: Digest) -> None:
    if path is not None:
        path.write_text(json.dumps(as_json(digest_), indent=1) + "\n", encoding="utf-8")


def _found_json(mine: PairVerdicts, other: Digest, found: Comparison) -> dict[str, Any]:
    return {
        "pair": mine.pair,
        "period": mine.period,
        "equal": found.equal,
        "here": {"as_of": mine.as_of, "items": len(mine.tree.items), "root": mine.tree.root},
        "there": {"as_of": other.as_of, "items": other.items, "root": other.root},
        "buckets": len(other.buckets),
        "buckets_differing": list(found.buckets),
        "buckets_not_opened": list(found.closed),
        "items": [
            {
                "place": one.place,
                "item_id": _number(one),
                "is": _whereabouts(one),
                "here": fields_of(one.here) if one.here else None,
                "there": fields_of(one.there) if one.there else None,
                "differing": {name: list(pair) for name, pair in one.differing().items()},
            }
            for one in found.items
        ],
    }


def _say_found(mine: PairVerdicts, other: Digest, found: Comparison) -> None:
    if mine.as_of != other.as_of:
        say(f"Closings differ: {mine.as_of} here, {other.as_of} there.")
    if found.equal:
        say(f"{mine.pair} {mine.period}: the same {other.items} verdicts, root {other.root}")
        return
    say(
        f"{mine.pair} {mine.period}: {len(found.buckets)} of {len(other.buckets)} buckets differ; "
        f"{len(mine.tree.items)} items here, {other.items} there."
    )
    for one in found.items:
        moves = ", ".join(
            f"{name} {here or 'none'} here, {there or 'none'} there"
            for name, (here, there) in one.differing().items()
        )
        say(f"{_number(one) or one.place[:16]}: {_whereabouts(one)}{': ' if moves else ''}{moves}")
    if found.closed:
        say(
            f"{len(found.closed)} of these the file does not open: send the answer (-o FILE) and "
            "compare what comes back."
        )


def _number(one: ItemDifference) -> str | None:
    text = one.here or one.there
    return fields_of(text)["item_id"] if text else None


def _whereabouts(one: ItemDifference) -> str:
    if one.here is None:
        return "only there"
    return "only here" if one.there is None else "judged otherwise"
