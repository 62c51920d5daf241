"""A file of questions answered: CSV or Parquet in, CSV or Parquet out (req 1, 3).

Chunk by chunk, so a file of any length needs the memory of a chunk; pyarrow is loaded for Parquet
only. An answer file appears under its name when it is whole.
"""

from __future__ import annotations

import sys
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from datecertain.durable import file_beside
from datecertain.errors import NotFound, UsageError
from datecertain.network import Network
from datecertain.operations.batch_csv import CsvAnswers, CsvQuestions
from datecertain.promise.batch import OPTIONAL, PLACES, Batch, Unsaid, check_columns
from datecertain.wording import Words

Progress = Callable[[int, int], None]
#: What a batch's columns are read for; the others are carried through.
KNOWN = [*PLACES, *(name for pair in PLACES.values() for name in pair), "at", *OPTIONAL]
_PARQUET = ".parquet"
_SUFFIXES = (".csv", _PARQUET)


@dataclass(slots=True)
class BatchReport:
    """What became of the rows: each is counted under one status or one problem."""

    network_version: str
    rows: int = 0
    statuses: Counter[str] = field(default_factory=Counter)
    reasons: Counter[str] = field(default_factory=Counter)
    problems: Counter[str] = field(default_factory=Counter)

    def as_json(self) -> dict[str, Any]:
        """The report for programs, the most frequent first."""
        return {
            "rows": self.rows,
            "network_version": self.network_version,
            "statuses": dict(self.statuses.most_common()),
            "reasons": dict(self.reasons.most_common()),
            "problems": dict(self.problems.most_common()),
        }


def quote_batch(
    source: Path, network: Network, unsaid: Unsaid, words: Words, out: Path | None = None,
    progress: Progress | None = None,
) -> BatchReport:  # fmt: skip
    """Answer every row of a file, in order, into `out` (standard output as CSV without it).

    A row that cannot be asked gets its problem in words instead of a date. Raises `NotFound`, and
    `UsageError` when the file as a whole cannot be read; then nothing is written.
    """
    if out is not None and out.suffix not in _SUFFIXES:
        raise UsageError(f"{out} is neither {' nor '.join(_SUFFIXES)}: name the answers so")
    if out is not None and out.exists() and out.samefile(source):
        raise UsageError(f"{out} is what is asked: write the answers to another file")
    questions = _questions(source)
    check_columns(questions.names)
    known = [name for name in questions.names if name in KNOWN]
    if not isinstance(questions, CsvQuestions):
        questions.demand_types(known)
    batch = Batch(network, unsaid, words)
    report = BatchReport(network.version)
    with _answers(out) as answers:
        for chunk in questions.chunks():
            told = batch.answer({name: chunk.texts(name) for name in known}, chunk.troubles)
            answers.write(chunk.carried(), told.columns)
            report.rows += chunk.count
            report.statuses += told.statuses
            report.reasons += told.reasons
            report.problems += told.problems
            if progress:
                share = max(questions.read_bytes, 1) / max(questions.size, questions.read_bytes, 1)
                progress(report.rows, round(report.rows / share))
        if not report.rows:
            raise UsageError(f"{source} has no row below its header: nothing was asked")
    return report


def _questions(source: Path) -> Any:
    """The reader of a file, known by what it begins with."""
    if not source.exists():
        raise NotFound(f"{source} is not there: name a CSV or Parquet file")
    if source.is_file():
        with source.open("rb") as stream:
            if stream.read(4) == b"PAR1":
                from datecertain.operations.batch_parquet import ParquetQuestions  # noqa: PLC0415

                return ParquetQuestions(source)
    return CsvQuestions(source)


@contextmanager
def _answers(out: Path | None) -> Iterator[Any]:
    """Where answers go: written beside and renamed, so that a file under its name is whole."""
    if out is None:
        yield CsvAnswers(sys.stdout)
        return
    with file_beside(out) as beside:
        if out.suffix == _PARQUET:
            from datecertain.operations.batch_parquet import ParquetAnswers  # noqa: PLC0415

            answers = ParquetAnswers(beside)
            yield answers
            answers.close()
        else:
            with beside.open("w", encoding="utf-8", newline="") as stream:
                yield CsvAnswers(stream)
