"""make bench: each measurement beside a named rival or limit, in the same run on the same input.

Usage: python -m benchmarks [--write] [NAME …]; --write puts the results into docs/benchmarks.md.
"""

from __future__ import annotations

import argparse
import os
import platform
import sys
from importlib.metadata import version
from pathlib import Path
from typing import Any

from benchmarks.alone import alone

NAMES = (
    "edi_reading", "promising", "judging", "peak_year", "item_lookup", "refunding", "settling",
    "standards", "replaying", "resume_board", "serving", "engines",
)  # fmt: skip
PAGE = Path(__file__).resolve().parent.parent / "docs" / "benchmarks.md"
BEGIN, END = "<!-- results begin -->", "<!-- results end -->"


def main() -> None:
    """Run the named benchmarks (all by default) and print, or write, what they measured."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks", description=__doc__)
    parser.add_argument("names", nargs="*", metavar="NAME", help=f"of {', '.join(NAMES)}")
    parser.add_argument("--write", action="store_true", help="write docs/benchmarks.md")
    given = parser.parse_args()
    names = given.names or list(NAMES)
    if wrong := sorted(set(names) - set(NAMES)):
        parser.error(f"no benchmark {', '.join(wrong)}: {', '.join(NAMES)}")
    lines = [machine(), ""]
    for name in names:
        print(f"{name} …", file=sys.stderr, flush=True)
        result = alone("alone", name)
        lines += [f"### {name}", "", "| figure | value |", "|---|---|"]
        lines += [f"| {figure} | {_written(value)} |" for figure, value in result.items()]
        lines.append("")
    text = "\n".join(lines)
    print(text)
    if given.write:
        page = PAGE.read_text(encoding="utf-8")
        before, _, rest = page.partition(BEGIN)
        after = rest.partition(END)[2]
        PAGE.write_text(f"{before}{BEGIN}\n\n{text}\n{END}{after}", encoding="utf-8")


def _written(value: Any) -> str:
    return f"{value:,.1f}" if isinstance(value, float) else str(value)


def machine() -> str:
    """What ran it: processors, Python and the libraries that matter."""
    names = ("numpy", "pyarrow", "duckdb", "narwhals", "deltalake", "pydifact")
    libraries = ", ".join(f"{name} {version(name)}" for name in names)
    model = platform.processor() or platform.machine()
    cpuinfo = Path("/proc/cpuinfo")
    if cpuinfo.exists():
        found = [line for line in cpuinfo.read_text().splitlines() if line.startswith("model name")]
        model = found[0].partition(":")[2].strip() if found else model
    return (
        f"{os.cpu_count()} processors ({model}), {platform.system()}, "
        f"Python {platform.python_version()}; {libraries}."
    )


if __name__ == "__main__":
    main()
