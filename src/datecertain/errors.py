"""Exceptions: misuse, or an invariant that does not hold. Bad *data* is a `Finding` instead.

    DatecertainError
    ├── UsageError            the caller asked for something that cannot be asked
    │   ├── UnknownPlace      a post, office, area or postcode the network does not know
    │   ├── BadMoment         a date or time that cannot be read
    │   ├── NotFound          an item, statement or run that the workspace does not hold
    │   ├── ClaimRefused      a claim cannot be filed; `reason` says why in one word
    │   ├── PromiseRefused    a promise cannot be given, or not be changed that way any more
    │   ├── NotAllowed        whoever asks may not do this
    │   ├── SignInRefused     nobody is let in like that; `wait_s` says for how long
    │   └── TableRefused      an office's offline table is damaged, or does not hold the answer
    ├── NetworkError          the network's data have findings of severity error
    ├── LayoutError           a message layout profile that cannot be used
    ├── MailboxError          a partner's server cannot be reached, or refuses
    ├── ServerUnreachable     a datecertain server does not answer its client
    ├── ServerRefused         a datecertain server refuses what its client asked
    ├── ProviderError         a provider of OpenID Connect cannot be reached, or answers nonsense
    ├── StoreError            a store cannot do what was asked
    │   ├── StoreBusy         another writer holds the workspace
    │   ├── StoreUnreachable  the database does not answer, or is starting again
    │   ├── StoreDamaged      what is stored contradicts itself
    │   └── KeyReused         an idempotency key came back with another request
    └── InvariantBroken       the system contradicts itself: a defect of ours

Every message says what was given, what was expected and what to do.
HTTP status is decided in `api/` alone; exit codes in `cli/` alone.
"""


class DatecertainError(Exception):
    """Root of every exception that datecertain raises on purpose."""


class Term(str):
    """A value told with a refusal that is itself a key of the glossary."""

    __slots__ = ()


class Usdr(int):
    """An amount told with a refusal, in micro-SDR."""

    __slots__ = ()


class UsageError(DatecertainError):
    """The caller asked for something that cannot be asked.

    Where people meet it in pages, `reason` says why in a word and `told` with which values: the
    glossary has a text for each, `refused.<reason>`. Without a reason the message alone says it.
    """

    def __init__(self, message: str = "", reason: str = "", **told: object) -> None:
        super().__init__(message)
        self.reason, self.told = reason, told


class UnknownPlace(UsageError):
    """A post, office, area or postcode that the network does not know."""


class BadMoment(UsageError):
    """A date or time that cannot be read."""


class NotFound(UsageError):
    """An item, statement, run or file that is not there."""


class PromiseRefused(UsageError):
    """A promise that cannot be given, or that cannot be changed in that way any more."""


class NotAllowed(UsageError):
    """Whoever asks lacks the right to do this; what it may not *see* is `NotFound` instead."""


class SignInRefused(UsageError):
    """Nobody is let in like that. `wait_s`: seconds until it may be tried again; 0: at once."""

    def __init__(self, message: str, wait_s: int = 0) -> None:
        super().__init__(message)
        self.wait_s = wait_s


class ClaimRefused(UsageError):
    """A claim that cannot be filed now; `reason` is a word of `claims.deciding.Reason`, or one of
    `unknown_item`, `claimed_already`, `not_received_yet`, `no_record`."""

    def __init__(self, message: str, reason: str) -> None:
        super().__init__(message, reason)


class TableRefused(UsageError):
    """An office's offline table that is damaged, or does not hold the answer to a question."""


class NetworkError(DatecertainError):
    """The network's data have findings of severity `error`; the findings are in `.findings`."""

    def __init__(self, message: str, findings: tuple[object, ...] = ()) -> None:
        super().__init__(message)
        self.findings = findings


class LayoutError(DatecertainError):
    """A message layout profile that cannot be used."""


class MailboxError(DatecertainError):
    """A partner's server that cannot be reached, is not the one that was agreed, or refuses."""


class ServerUnreachable(DatecertainError):
    """A datecertain server that does not answer."""


class ServerRefused(DatecertainError):
    """A request that a datecertain server refused: HTTP status, the kind of problem in a word, and
    the details that it told."""

    def __init__(self, title: str, status: int, kind: str, detail: str) -> None:
        super().__init__(f"{status} {title}" + (f": {detail}" if detail else ""))
        self.title, self.status, self.kind, self.detail = title, status, kind, detail


class ProviderError(DatecertainError):
    """A provider of OpenID Connect that cannot be reached, or does not answer as it must."""


class StoreError(DatecertainError):
    """A store cannot do what was asked."""


class StoreBusy(StoreError):
    """Another writer holds the workspace."""


class StoreUnreachable(StoreError):
    """The database of the records does not answer, or has just gone: later it may be there."""


class StoreDamaged(StoreError):
    """What is stored contradicts itself."""


class KeyReused(StoreError):
    """An idempotency key came back with another request."""


class InvariantBroken(DatecertainError):
    """The system contradicts itself: a defect of ours, never of the data."""
