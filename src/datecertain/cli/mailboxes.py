"""`datecertain inbox pull` and `push`: partners' SFTP servers. What speaks SFTP is loaded by the
call."""

from __future__ import annotations

import signal
from collections.abc import Callable
from dataclasses import asdict, dataclass, field
from pathlib import Path
from threading import Event
from typing import Annotated, Any

import typer

from datecertain.cli.options import JsonOption, Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import Step, progress, say, say_json
from datecertain.errors import DatecertainError, NotFound, UsageError
from datecertain.operations.clock import SystemClock
from datecertain.operations.mail_room import take_in
from datecertain.operations.mailboxes import SftpBox, read_mailboxes
from datecertain.operations.networks import current_network
from datecertain.operations.watching import Taken
from datecertain.operations.workspaces import open_workspace
from datecertain.wording import Words, words

PartnerArgument = Annotated[
    str, typer.Argument(metavar="[PARTNER]", help="Only this post; else all of mailboxes.toml.")
]
OnceOption = Annotated[bool, typer.Option("--once", help="Once, then end (as without --every).")]
EveryOption = Annotated[
    float | None,
    typer.Option("--every", min=1, metavar="SECONDS", help="Again and again, until stopped."),
]


def pull(
    partner: PartnerArgument = "",
    workspace: WorkspaceOption = Path(),
    once: OnceOption = False,
    every: EveryOption = None,
    fetch_only: Annotated[
        bool, typer.Option("--fetch-only", help="Leave taking in to `inbox watch` or `serve`.")
    ] = False,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Fetch new files from partners' SFTP servers into WORKSPACE/incoming, and take them in.

    The servers stand in mailboxes.toml. Exit code 1: a partner, or a file, could not be served.

    Example: datecertain inbox pull KR -w october
    """
    from datecertain.operations.pulling import pull as fetch  # noqa: PLC0415 - slow to import

    rounds = _Rounds(workspace, partner, every, words(lang), json_)

    def work(box: SftpBox, step: Step) -> dict[str, Any]:
        done = fetch(workspace, box, rounds.stop, complain, step)
        for one in done.fetched:
            rounds.tell("fetched", partner=box.post, name=one.name, size=f"{one.size:,}")
        rounds.tell(
            "pulled", partner=box.post, fetched=len(done.fetched), known=done.known,
            waiting=len(done.waiting),
        )  # fmt: skip
        return asdict(done)

    def taken(one: Taken) -> None:
        rounds.taken.append(asdict(one))
        rounds.tell(
            "taken", name=one.name, interchanges=one.interchanges, events=one.events,
            set_aside=one.set_aside,
        )  # fmt: skip

    def after() -> None:
        if not fetch_only:
            take_in(workspace, SystemClock(), taken, complain)

    rounds.run(work, after, once=once)


def push(
    partner: PartnerArgument = "",
    workspace: WorkspaceOption = Path(),
    once: OnceOption = False,
    every: EveryOption = None,
    lang: LanguageOption = Language.EN,
    json_: JsonOption = False,
) -> None:
    """Send the files of WORKSPACE/outgoing/POST to that post's SFTP server, then move them to sent.

    Rename files into that folder when they are whole. Exit code 1: one could not be sent.

    Example: datecertain inbox push KR -w october
    """
    from datecertain.operations.pushing import push as send  # noqa: PLC0415 - slow to import

    rounds = _Rounds(workspace, partner, every, words(lang), json_)

    def work(box: SftpBox, step: Step) -> dict[str, Any]:
        done = send(workspace, box, rounds.stop, complain, step)
        for one in done.sent:
            rounds.tell("sent", partner=box.post, name=one.name, size=f"{one.size:,}")
        rounds.tell("pushed", partner=box.post, sent=len(done.sent))
        return asdict(done)

    rounds.run(work, lambda: None, once=once)


def complain(text: str) -> None:
    """One line on standard error."""
    typer.echo(f"datecertain: {text}", err=True)


@dataclass(slots=True)
class _Rounds:
    """Partners served in turn, once or again and again; one that fails keeps no other waiting."""

    workspace: Path
    partner: str
    every: float | None
    speak: Words
    json: bool
    stop: Event = field(default_factory=Event)
    taken: list[dict[str, Any]] = field(default_factory=list)

    def tell(self, what: str, **values: object) -> None:
        """One line for people."""
        if not self.json:
            say(self.speak.say(f"mailbox.{what}", **values))

    def run(
        self, work: Callable[[SftpBox, Step], dict[str, Any]], after: Callable[[], None], *,
        once: bool,
    ) -> None:  # fmt: skip
        """Serve until there is no more to do. Ends with exit code 1 when something failed."""
        if once and self.every:
            raise UsageError("--once and --every contradict each other: give one")
        for number in (signal.SIGTERM, signal.SIGINT):
            signal.signal(number, lambda *_: self.stop.set())
        while True:
            self.taken.clear()
            done = [self._serve(box, work) for box in self._boxes() if not self.stop.is_set()]
            after()
            if self.json:
                say_json({"partners": done, "taken": self.taken})
            if not self.every or self.stop.wait(self.every):
                failed = any(one["error"] or one.get("refused") for one in done)
                raise typer.Exit(1 if failed and not self.every else 0)

    def _serve(
        self, box: SftpBox, work: Callable[[SftpBox, Step], dict[str, Any]]
    ) -> dict[str, Any]:
        answer: dict[str, Any] = {"partner": box.post, "error": None}
        try:
            with progress(box.post, quiet=self.json, unit="B") as step:
                answer |= work(box, step)
        except DatecertainError as error:
            answer["error"] = str(error)
            complain(str(error))
        for line in answer.get("refused", ()):
            complain(line)
        return answer

    def _boxes(self) -> list[SftpBox]:
        with open_workspace(self.workspace) as opened:
            posts = tuple(current_network(opened).posts)
        found = [
            one for one in read_mailboxes(self.workspace, posts)
            if self.partner in ("", one.post)
        ]  # fmt: skip
        if not found:
            raise NotFound(f"mailboxes.toml names no server of {self.partner or 'any post'}")
        return found
