"""`datecertain serve`: the server."""

from __future__ import annotations

import logging
import signal
import socket
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Annotated, Any

import typer

from datecertain.cli.options import Language, LanguageOption, WorkspaceOption
from datecertain.cli.output import say
from datecertain.errors import UsageError
from datecertain.operations.watching import Taken
from datecertain.wording import words

_MIB = 1 << 20
#: So many connections at once; further ones are told to come later.
_CONNECTIONS = 100
_GRACE_S = 30


def serve(
    workspace: WorkspaceOption = Path(),
    host: Annotated[str, typer.Option("--host", help="The address to listen at.")] = "127.0.0.1",
    port: Annotated[int, typer.Option("--port", min=0, max=65_535, help="0: any free one.")] = 8765,
    most: Annotated[
        int, typer.Option("--most", min=1, metavar="MIB", help="The largest body, in MiB.")
    ] = 64,
    rate: Annotated[
        int, typer.Option("--rate", min=1, help="Requests a minute, for each key.")
    ] = 600,
    take: Annotated[
        bool,
        typer.Option("--take-in/--no-take-in", help="Take mail in, or leave it to a watcher."),
    ] = True,
    jobs: Annotated[
        bool, typer.Option("--jobs/--no-jobs", help="Start due jobs, or leave them to `jobs keep`.")
    ] = True,
    push: Annotated[
        bool,
        typer.Option(
            "--push/--no-push", help="Tell webhooks, or leave it to `webhook deliver --every`."
        ),
    ] = True,
    look_ahead: Annotated[
        bool,
        typer.Option(
            "--look-ahead/--no-look-ahead",
            help="Make costly pages ready before anybody asks, in a process beside the server.",
        ),
    ] = True,
    log: Annotated[
        bool, typer.Option("--log", help="A line of JSON a request, on standard error.")
    ] = False,
    lang: LanguageOption = Language.EN,
) -> None:  # fmt: skip
    """Serve the workspace by HTTP: pages for people and the API for programs; take in what lies in
    WORKSPACE/incoming, start the jobs that are due, and tell webhooks what happens.

    Speaks plain HTTP: put a proxy with TLS before it. Ends on SIGTERM or Ctrl-C, after the
    requests and files in hand.

    Example: datecertain serve -w october
    """
    import uvicorn  # noqa: PLC0415 - slow to import

    from datecertain.server import Serving, create_app  # noqa: PLC0415

    speak = words(lang)

    def tell(one: Taken) -> None:
        say(
            speak.say(
                "mailbox.taken", name=one.name, interchanges=one.interchanges, events=one.events,
                set_aside=one.set_aside,
            )
        )  # fmt: skip

    def complain(text: str) -> None:
        typer.echo(f"datecertain: {text}", err=True)

    class Server(uvicorn.Server):
        """Says when it listens, and ends with 0 when it is told to end."""

        async def startup(self, sockets: Any = None) -> None:
            await super().startup(sockets)
            if self.started:
                typer.echo(speak.say("mailbox.listening", place=_address(listener)))

        async def shutdown(self, sockets: Any = None) -> None:
            app.state.door.live.end()  # streams have no end of their own
            await super().shutdown(sockets)

        @contextmanager
        def capture_signals(self) -> Iterator[None]:
            numbers = signal.SIGTERM, signal.SIGINT
            before = {number: signal.signal(number, self.handle_exit) for number in numbers}
            try:
                yield
            finally:
                for number, handler in before.items():
                    signal.signal(number, handler)

    if log:
        _log_requests()
    app = create_app(
        workspace,
        Serving(
            most * _MIB, rate, take, jobs, push, look_ahead, tell=tell, complain=complain
        ),
    )  # fmt: skip
    listener = _listen(host, port)
    server = Server(
        uvicorn.Config(
            app, log_level="warning", access_log=False, server_header=False,
            limit_concurrency=_CONNECTIONS, timeout_graceful_shutdown=_GRACE_S, lifespan="on",
        )
    )  # fmt: skip
    server.run([listener])
    if not server.started:
        raise typer.Exit(1)


def _log_requests() -> None:
    lines = logging.StreamHandler()
    lines.setFormatter(logging.Formatter("%(message)s"))
    requests = logging.getLogger("datecertain.requests")
    requests.addHandler(lines)
    requests.setLevel(logging.INFO)
    requests.propagate = False


def _listen(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    try:
        listener = socket.create_server((host, port), family=family)
    except OSError as error:
        raise UsageError(
            f"cannot listen at {host}, port {port}: {error.strerror}: choose another"
        ) from error
    # An answer is sent at once: else its body waits for the word that its head has come (40 ms).
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    return listener


def _address(listener: socket.socket) -> str:
    host, port = listener.getsockname()[:2]
    return f"http://[{host}]:{port}" if ":" in host else f"http://{host}:{port}"
