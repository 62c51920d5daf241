"""The tables of the records store: transactions, small, the same on SQLite and PostgreSQL.

Conventions. Moments are int64 UTC minutes, local dates day numbers since 1970-01-01, money
integers (micro-SDR, or minor units of a national currency). `owner` is the post that the row
belongs to; `audience` the posts that may see it (`audience_of`). Where either is null it is not
known yet, and only the keeper of the workspace sees the row. `batch_id` names the commit that
wrote the row, so that every row can be traced to one published batch.

These tables say how the current code sees the schema; what stands in a database was put there by
the migrations (`store/migrations`), and a test holds the two together.
"""

from __future__ import annotations

from collections.abc import Iterable

from sqlalchemy import (
    JSON,
    BigInteger,
    Boolean,
    CheckConstraint,
    Column,
    ForeignKey,
    Index,
    Integer,
    LargeBinary,
    MetaData,
    PrimaryKeyConstraint,
    Table,
    Text,
    UniqueConstraint,
)

#: Audience of what every post of the group may see.
EVERYBODY = "*"

METADATA = MetaData(
    naming_convention={
        "pk": "pk_%(table_name)s",
        "fk": "fk_%(table_name)s_%(column_0_name)s",
        "uq": "uq_%(table_name)s_%(column_0_name)s",
        "ix": "ix_%(table_name)s_%(column_0_name)s",
        "ck": "ck_%(table_name)s_%(constraint_name)s",
    }
)


def audience_of(posts: Iterable[str]) -> str:
    """The audience that is exactly these posts: sorted, each once, joined by `+` (`JP+KR`)."""
    return "+".join(sorted(set(posts)))


def _batch(nullable: bool = False) -> Column[str]:
    return Column("batch_id", Text, ForeignKey("batches.batch_id"), nullable=nullable)


def _owner(nullable: bool = False) -> tuple[Column[str], Column[str]]:
    return (
        Column("owner", Text, nullable=nullable),
        Column("audience", Text, nullable=nullable),
    )


#: What the workspace must agree on for ever: bucket count, rules version, …
settings = Table(
    "settings",
    METADATA,
    Column("key", Text, primary_key=True),
    Column("value", Text, nullable=False),
)

#: Every network version that was ever in force here. `version` is the hash of the canonical text,
#: `content` that text, compressed with gzip.
network_versions = Table(
    "network_versions",
    METADATA,
    Column("version", Text, primary_key=True),
    Column("name", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("known_at", BigInteger, nullable=False),
    Column("content", LargeBinary, nullable=False),
)

#: Each time a network version was put in force, in order: an earlier one may come back.
network_publications = Table(
    "network_publications",
    METADATA,
    Column("seq", Integer, primary_key=True, autoincrement=True),
    Column("version", Text, ForeignKey("network_versions.version"), nullable=False),
    Column("at", BigInteger, nullable=False),
)

#: One row per operation run (req 53). `key` makes it idempotent: see `store.runs`.
runs = Table(
    "runs",
    METADATA,
    Column("run_id", Text, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("request_digest", Text, nullable=False),
    Column("started_at", BigInteger, nullable=False),
    Column("finished_at", BigInteger),
    Column("state", Text, nullable=False),
    Column("counts", JSON, nullable=False),
    Column("result", JSON),
    Column("rules_version", Text),
    Column("network_version", Text),
    UniqueConstraint("operation", "key"),
    CheckConstraint("state IN ('started', 'finished')", name="state"),
)

#: Every commit: its intent (`open`) and what became of it. `writer` is the attempt that may
#: publish it; `tables` maps facts table to published version, `rows` to rows appended.
batches = Table(
    "batches",
    METADATA,
    Column("batch_id", Text, primary_key=True),
    Column("operation", Text, nullable=False),
    Column("state", Text, nullable=False),
    Column("writer", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("published_seq", BigInteger, unique=True),
    Column("tables", JSON, nullable=False),
    Column("rows", JSON, nullable=False),
    CheckConstraint("state IN ('open', 'published', 'discarded')", name="state"),
)

#: The facts version that readers pin, per facts table.
published = Table(
    "published",
    METADATA,
    Column("table_name", Text, primary_key=True),
    Column("version", BigInteger, nullable=False),
    Column("seq", BigInteger, nullable=False),
)

#: Every judging of a month, in the order of its batch. It read what was published up to `read_seq`
#: and knew of it what was known at `as_of`; `later_facts`: some of it was later than that. `whole`:
#: all items were judged, else only those that new facts touch: `judged` of the month's `items`.
judgings = Table(
    "judgings",
    METADATA,
    Column("batch_id", Text, ForeignKey("batches.batch_id"), primary_key=True),
    Column("period", Text, primary_key=True),  # one batch may judge several months
    Column("as_of", BigInteger, nullable=False),
    Column("read_seq", BigInteger, nullable=False),
    Column("later_facts", Boolean, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("whole", Boolean, nullable=False),
    Column("items", BigInteger, nullable=False),
    Column("judged", BigInteger, nullable=False),
    Column("new", BigInteger, nullable=False),
    Column("superseding", BigInteger, nullable=False),
    Index("ix_judgings_period", "period"),
)

#: Interchanges taken in. `prepared_on` is the preparation date and time as the header states it:
#: with the control reference it is the interchange's identity, so a second delivery is known.
#: `application` is what it holds by the sender's word (0026); null in rows from before schema 0003.
#: `digest` names the hash of its bytes before it, a SHA-256 in rows from before schema 0024.
interchanges = Table(
    "interchanges",
    METADATA,
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("control_ref", Text, nullable=False),
    Column("prepared_on", Text, nullable=False),
    *_owner(),
    Column("digest", Text, nullable=False),
    Column("file", Text, nullable=False),
    Column("messages", BigInteger, nullable=False),
    Column("events", BigInteger, nullable=False),
    Column("state", Text, nullable=False),
    _batch(),
    Column("application", Text),
    PrimaryKeyConstraint("sender", "recipient", "control_ref", "prepared_on"),
)

#: Input files taken in, known by their content: the same bytes under another name are the same.
input_files = Table(
    "input_files",
    METADATA,
    Column("sha256", Text, primary_key=True),
    Column("path", Text, nullable=False),
    Column("size", BigInteger, nullable=False),
    *_owner(nullable=True),
    Column("state", Text, nullable=False),
    _batch(),
    Column("counts", JSON, nullable=False),
)

#: What could not be used, whole, to be replayed after a fix. What became of it is a row of
#: `quarantine_events`, and without one it waits. `raw` is sealed under the key that `key_id` names
#: (`store.archive`); null: plain, from before schema 0004. The row changes only when `raw` is
#: sealed or, past its retention, emptied.
quarantine = Table(
    "quarantine",
    METADATA,
    Column("id", Text, primary_key=True),
    _batch(),
    *_owner(nullable=True),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("reason_code", Text, nullable=False),
    Column("item", Text),
    Column("raw", LargeBinary, nullable=False),
    Column("state", Text, nullable=False),
    Column("created_at", BigInteger, nullable=False),
    Column("key_id", Text),
    CheckConstraint("state IN ('waiting', 'replayed', 'dismissed')", name="state"),
    Index("ix_quarantine_state", "state"),
)

#: What became of a part that was set aside, in order (`seq` from 0). The database itself refuses to
#: change or delete such a row.
quarantine_events = Table(
    "quarantine_events",
    METADATA,
    Column("quarantine_id", Text, ForeignKey("quarantine.id"), nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(nullable=True),
    Column("event", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("reason", Text, nullable=False),
    _batch(),
    PrimaryKeyConstraint("quarantine_id", "seq"),
    CheckConstraint("event IN ('replayed', 'dismissed')", name="event"),
)

#: Findings of each batch (`datecertain.findings`), numbered from 0 within it.
findings = Table(
    "findings",
    METADATA,
    _batch(),
    Column("seq", BigInteger, nullable=False),
    *_owner(nullable=True),
    Column("code", Text, nullable=False),
    Column("severity", Text, nullable=False),
    Column("source", Text, nullable=False),
    Column("position", Text, nullable=False),
    Column("detail", Text, nullable=False),
    Column("item", Text),
    PrimaryKeyConstraint("batch_id", "seq"),
    Index("ix_findings_code", "code"),
    Index("ix_findings_item", "item"),
)

#: Promises as they were made at acceptance, frozen with the versions that gave them (req 9). Days
#: and moments that are not known are null. `told_on` is the date told to the sender; `standard_on`
#: what the network version gave; `seq` the order of recording. Rows are never changed:
#: what happens later is a promise event.
promises = Table(
    "promises",
    METADATA,
    Column("promise_id", Text, primary_key=True),
    Column("seq", BigInteger, nullable=False, unique=True),
    *_owner(),
    Column("item_id", Text),
    Column("origin", Text, nullable=False),
    Column("origin_postcode", Text, nullable=False),
    Column("destination", Text, nullable=False),
    Column("destination_postcode", Text, nullable=False),
    Column("product", Text, nullable=False),
    Column("contents", Text, nullable=False),
    Column("channel", Text, nullable=False),
    Column("address", Text, nullable=False),
    Column("weight_g", BigInteger),
    Column("value_usdr", BigInteger),
    Column("office", Text, nullable=False),
    Column("actor", Text, nullable=False),
    Column("evidence", Text, nullable=False),
    Column("accepted_day", Integer, nullable=False),
    Column("accepted_min", Integer, nullable=False),
    Column("accepted_at", BigInteger, nullable=False),
    Column("possession_at", BigInteger),
    Column("told_on", Integer),
    Column("standard_on", Integer),
    Column("status", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("network_version", Text, nullable=False),
    Column("rules_version", Text, nullable=False),
    Column("tzdata_version", Text, nullable=False),
    Column("postage_minor", BigInteger),
    Column("currency", Text, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    Column("made", Text, nullable=False),
    Column("table_id", Text),
    Column("expires_at", BigInteger),
    CheckConstraint("evidence IN ('possession', 'label')", name="evidence"),
    CheckConstraint("made IN ('online', 'offline')", name="made"),
    Index("ix_promises_item_id", "item_id"),
    Index("ix_promises_expires_at", "expires_at"),
)

#: What happened to a promise, in order (`seq` from 0 is its recording). `at` is the moment that the
#: event concerns, `recorded_at` when it was written down; `item_id` the item's number where it told
#: one. The database itself refuses to change or delete a promise or an event of one.
promise_events = Table(
    "promise_events",
    METADATA,
    Column("promise_id", Text, ForeignKey("promises.promise_id"), nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(),
    Column("event", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("recorded_at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("item_id", Text),
    Column("details", JSON, nullable=False),
    PrimaryKeyConstraint("promise_id", "seq"),
    CheckConstraint(
        "event IN ('recorded', 'possessed', 'voided', 'expired', 'reconciled')", name="event"
    ),
    Index("ix_promise_events_item_id", "item_id"),
)

#: Layout profiles of partners: each acceptance and each retirement, in order (`seq` from 0 within a
#: name). The last row of a name says how it stands. `sha256` is that of the profile's text, which
#: is the file of this name and version in the workspace's folder; `evidence` the files on which it
#: was checked, by hash, and what the conditions showed. The database itself refuses to change or
#: delete a row.
profile_events = Table(
    "profile_events",
    METADATA,
    Column("name", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(nullable=True),
    Column("event", Text, nullable=False),
    Column("version", Integer, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    Column("evidence", JSON, nullable=False),
    _batch(),
    PrimaryKeyConstraint("name", "seq"),
    CheckConstraint("event IN ('accepted', 'retired')", name="event"),
)

#: Force majeure cases: each notice, word and closing, in order of coming in (`seq` from 0 within a
#: case of a post). What a verdict rests on stands in the facts; here stands who did it and why.
#: `published_at` is the moment from which it counts, `at` the one at which it came in. The database
#: itself refuses to change or delete a row.
case_transitions = Table(
    "case_transitions",
    METADATA,
    Column("post", Text, nullable=False),
    Column("case_id", Text, nullable=False),
    Column("seq", Integer, nullable=False),
    *_owner(),
    Column("transition", Text, nullable=False),
    Column("by_post", Text, nullable=False),
    Column("published_at", BigInteger, nullable=False),
    Column("at", BigInteger, nullable=False),
    Column("actor", Text, nullable=False),
    Column("reason", Text, nullable=False),
    _batch(),
    PrimaryKeyConstraint("post", "case_id", "seq"),
    CheckConstraint("transition IN ('notice', 'close', 'accept', 'contest')", name="transition"),
)

#: The CONTRL that each interchange taken in would be answered with; `digest` is that of its bytes,
#: so that what came twice is answered once. `sender` and `recipient` are its own, as its header has
#: them. Whether it is sent at all, the partner's agreement says.
answers_due = Table(
    "answers_due",
    METADATA,
    Column("digest", Text, primary_key=True),
    *_owner(),
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("control_ref", Text, nullable=False),
    Column("asked", Integer, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    _batch(),
)

#: Interchanges written here, whole: the counter of each sender and recipient, and the bytes that a
#: reference stands for. A number is given once and never again; the next is the highest plus one.
sent_interchanges = Table(
    "sent_interchanges",
    METADATA,
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    *_owner(),
    Column("control_ref", Text, nullable=False),
    Column("application", Text, nullable=False),
    Column("sha256", Text, nullable=False),
    Column("content", LargeBinary, nullable=False),
    Column("made_at", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("sender", "recipient", "number"),
    UniqueConstraint("sender", "recipient", "control_ref"),
)

#: Which of those are written out as files. Without a row the file is written (again), the same.
sent_files = Table(
    "sent_files",
    METADATA,
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    *_owner(),
    Column("path", Text, nullable=False),
    Column("at", BigInteger, nullable=False),
    _batch(),
    PrimaryKeyConstraint("sender", "recipient", "number"),
)

#: Which answer went out in which interchange; an answer without a row is still to be given.
answers_given = Table(
    "answers_given",
    METADATA,
    Column("digest", Text, ForeignKey("answers_due.digest"), primary_key=True),
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("number", BigInteger, nullable=False),
    *_owner(),
    _batch(),
)

#: What partners answered to interchanges that were sent to them: `sender`, `recipient` and
#: `control_ref` are those of the interchange answered, `partner`, `interchange` and `message` say
#: where the answer stands.
answers_received = Table(
    "answers_received",
    METADATA,
    Column("answer_id", Text, primary_key=True),
    *_owner(),
    Column("partner", Text, nullable=False),
    Column("interchange", Text, nullable=False),
    Column("message", Integer, nullable=False),
    Column("sender", Text, nullable=False),
    Column("recipient", Text, nullable=False),
    Column("control_ref", Text, nullable=False),
    Column("outcome", Text, nullable=False),
    Column("error", Text, nullable=False),
    Column("answer", JSON, nullable=False),
    Column("received_at", BigInteger, nullable=False),
    _batch(),
    CheckConstraint("outcome IN ('accepted', 'in-part', 'refused', 'received')", name="outcome"),
    Index("ix_answers_received_control_ref", "control_ref"),
)
