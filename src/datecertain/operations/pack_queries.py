"""What the figures of a meeting pack rest on: every question to the facts with its inputs and their
digest, so that it can be asked again and the answers compared (req 53)."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from datecertain.network import Network
from datecertain.operations.evidence import event_months
from datecertain.operations.tables import EVENTS_TABLE, ITEMS_TABLE, VERDICTS_TABLE
from datecertain.planning.meeting import Query
from datecertain.store import Workspace, request_digest
from datecertain.verdict.outcomes import RULES_VERSION

JUDGED_TABLES = (ITEMS_TABLE, VERDICTS_TABLE)
EVENT_TABLES = (ITEMS_TABLE, EVENTS_TABLE)


@dataclass(slots=True)
class Questions:
    """The questions asked so far, in order: Q1, Q2 …"""

    workspace: Workspace
    network: Network
    months: tuple[str, ...]
    published: bool = False  # of what the group may publish alone: it stands in the parameters
    asked: list[Query] = field(default_factory=list)

    def ask(
        self, operation: str, command: str, parameters: Mapping[str, Any],
        tables: Sequence[str] = (), more: Mapping[str, Any] | None = None,
        months: Sequence[str] | None = None,
    ) -> str:  # fmt: skip
        """Write a question down; its key. `tables`: those of the facts that it reads, in `months`
        (None: of the pack); `more`: inputs that are no facts. The same question is one."""
        inputs: dict[str, Any] = {"network": self.network.version, "rules": RULES_VERSION}
        facts = {name: self._table(name, self.months if months is None else months)
                 for name in tables}  # fmt: skip
        inputs |= ({"facts": facts} if facts else {}) | dict(more or {})
        parameters = dict(parameters) | ({"published": True} if self.published else {})
        plain = {"operation": operation, "parameters": parameters, "inputs": inputs}
        digest = request_digest(plain)
        for one in self.asked:
            if one.digest == digest:
                return one.key
        key = f"Q{len(self.asked) + 1}"
        self.asked.append(Query(key, operation, command, parameters, inputs, digest))
        return key

    def _table(self, name: str, months: Sequence[str]) -> dict[str, Any]:
        """The published version of a table, and the digest of its files of these months."""
        if name == EVENTS_TABLE:
            months = sorted({one for month in months for one in event_months(month)})
        listed = self.workspace.facts(name).listed(months=list(months))
        files = sorted(file.path for file in listed)
        return {
            "version": self.workspace.published.get(name), "files": len(files),
            "digest": request_digest({"files": files}),
        }  # fmt: skip

    @property
    def span(self) -> str:
        """The options of the pack's months, as commands take them."""
        return f"--from {self.months[0]} --to {self.months[-1]}"
