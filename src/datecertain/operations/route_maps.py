"""Judging a file of route maps: the edge where Parquet and CSV are read (issue 2, real input)."""

from __future__ import annotations

import gzip
from pathlib import Path
from typing import Any

import pyarrow as pa
import pyarrow.csv
import pyarrow.parquet

from datecertain.errors import NotFound, UsageError
from datecertain.findings import Finding, Severity
from datecertain.verdict.route_maps import RouteMapResult, judge_route_maps

_PARQUET, _GZIP = b"PAR1", b"\x1f\x8b"


def judge_route_map_file(path: Path | str, layout: str | None = None) -> RouteMapResult:
    """Judge the route maps in a Parquet or CSV file (also gzipped CSV); nothing is stored.

    `layout` names the layout of the columns (default: the one that fits). Raises `NotFound` when
    there is no such file, `UsageError` when it is no table or no layout fits its columns.
    """
    table, findings = read_route_map_file(Path(path))
    return judge_route_maps(table, Path(path).name, layout, findings)


def read_route_map_file(path: Path) -> tuple[pa.Table, list[Finding]]:
    """The table in a Parquet or CSV file, and the CSV lines that were no rows of it.

    The file's first bytes say what it is, not its name; CSV is UTF-8 with a header row, and its
    values stay text.
    """
    if not path.is_file():
        raise NotFound(f"{path} is not a file: give a Parquet or CSV file of route maps")
    raw = path.read_bytes()
    try:
        if raw.startswith(_PARQUET):
            return pa.parquet.read_table(pa.BufferReader(raw)), []
        text = gzip.decompress(raw) if raw.startswith(_GZIP) else raw
        return _read_csv(text.removeprefix(b"\xef\xbb\xbf"), path.name)
    except (pa.ArrowInvalid, OSError, EOFError) as error:
        raise UsageError(f"{path} cannot be read as Parquet or CSV: {error}") from error


def _read_csv(text: bytes, source: str) -> tuple[pa.Table, list[Finding]]:
    findings: list[Finding] = []

    def skip(row: Any) -> str:
        detail = f"{row.actual_columns} values for {row.expected_columns} columns"
        findings.append(Finding("row-length", Severity.ERROR, source, f"line {row.number}", detail))
        return "skip"

    header = text.split(b"\n", 1)[0].decode("utf-8", "replace").strip().split(",")
    table = pa.csv.read_csv(
        pa.BufferReader(text),
        read_options=pa.csv.ReadOptions(use_threads=False),
        parse_options=pa.csv.ParseOptions(invalid_row_handler=skip),
        convert_options=pa.csv.ConvertOptions(
            column_types={name.strip().strip('"'): pa.string() for name in header}
        ),
    )
    return table, findings
