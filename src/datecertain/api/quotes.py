"""Quotes: one date, a week of dates, the latest moment to post, other ways, many at once (req 1,
7, 8, 10)."""

from __future__ import annotations

import json
import time
from dataclasses import replace
from typing import Annotated, Literal

from fastapi import APIRouter, Depends, Query, Request, Response
from pydantic import AfterValidator, BaseModel, ConfigDict, Field
from typing_extensions import TypedDict

from datecertain.access import Right, Viewer
from datecertain.api.fields import number_given, usdr_given
from datecertain.door.asking import REFUSALS, Needs
from datecertain.door.opened import door_of
from datecertain.door.texts import Language
from datecertain.errors import UsageError
from datecertain.moments import parse_date
from datecertain.network import Network
from datecertain.network.rule_rows import contents_class
from datecertain.operations.clock import Clock
from datecertain.operations.quoting import ask_now
from datecertain.promise.asking import Ask
from datecertain.promise.quoting import parse_place
from datecertain.promise.routes import EMS, IN_HAND, Route
from datecertain.promise.telling import told_quote
from datecertain.promise.telling_dates import told_alternatives, told_latest, told_week
from datecertain.promise.told import AlternativesTold, LatestTold, QuoteTold, WeekTold
from datecertain.wording import words

WAYS = APIRouter(prefix="/v1/quotes", tags=["quotes"], responses=REFUSALS)

_MOST_AT_ONCE = 1000
_Asker = Annotated[Viewer, Depends(Needs(Right.QUOTE, question=True))]


class Question(BaseModel):
    """A question at the counter: where from, where to, when, what."""

    model_config = ConfigDict(extra="forbid")

    origin: str = Field(
        max_length=40, description="Post and postcode of acceptance.", examples=["KR:03051"]
    )
    destination: str = Field(
        max_length=40, description="The addressee's post and postcode.", examples=["US:10001"]
    )
    accepted_at: str | None = Field(
        None, max_length=40, examples=["2026-11-27T16:10"],
        description="Local date and time at the origin, with its offset where clocks go back. "
        "None: now.",
    )  # fmt: skip
    product: str = Field(EMS, max_length=40, description="As the origin post sells it.")
    contents: Annotated[str, AfterValidator(contents_class)] = Field(
        "", max_length=40, description="documents, merchandise, gift, food …"
    )
    channel: str = Field(
        IN_HAND, max_length=40,
        description="counter, agency, collection, contract; label: not handed over yet.",
    )  # fmt: skip
    address: Literal["street", "po_box", "poste_restante", "military"] = "street"
    weight_g: int | None = Field(None, ge=0, le=10**9, description="None: not given.")
    value_sdr: int | None = Field(
        None, ge=0, le=10**9, description="Declared value, whole SDR; None: not given."
    )


def asked(network: Network, clock: Clock, question: Question) -> Ask:
    """The question as the promise package puts it. Raises `UsageError` and its kin."""
    route = Route(
        *parse_place(question.origin), *parse_place(question.destination), question.product,
        question.contents, question.channel, question.address,
    )  # fmt: skip
    if question.accepted_at is None:
        ask = ask_now(network, route, clock)
    else:
        ask = Ask.at(route, question.accepted_at)
    return replace(
        ask, weight_g=number_given(question.weight_g), value_usdr=usdr_given(question.value_sdr)
    )


@WAYS.post("", summary="Quote a guaranteed delivery date")
async def quote(
    request: Request, question: Question, who: _Asker, lang: Language = "en"
) -> QuoteTold:
    """One date, with its steps in words: `due_on`, or the reason why there is none."""
    door = door_of(request)
    network = await door.network.ready()
    ask = asked(network, door.how.clock, question)
    return told_quote(network, ask, words(lang), door.network.history())


@WAYS.post("/week", summary="The dates told in a week")
async def week(
    request: Request, question: Question, who: _Asker, lang: Language = "en"
) -> WeekTold:
    """A table of the dates told in the seven days from the time asked for."""
    door = door_of(request)
    network = await door.network.ready()
    return told_week(network, asked(network, door.how.clock, question), words(lang))


@WAYS.post("/latest", summary="The latest moment to post for a date")
async def latest(
    request: Request, question: Question, who: _Asker,
    by: Annotated[str, Query(description="The date wanted, YYYY-MM-DD.", max_length=10)],
    lang: Language = "en",
) -> LatestTold:  # fmt: skip
    """The latest moment to post that still gives the date wanted."""
    door = door_of(request)
    network = await door.network.ready()
    ask = asked(network, door.how.clock, question)
    return told_latest(network, ask, parse_date(by), words(lang))


@WAYS.post("/alternatives", summary="Other ways to a date")
async def alternatives(
    request: Request, question: Question, who: _Asker, lang: Language = "en"
) -> AlternativesTold:
    """The date as asked, and others by another gateway, channel, product or day."""
    door = door_of(request)
    network = await door.network.ready()
    return told_alternatives(network, asked(network, door.how.clock, question), words(lang))


class Questions(BaseModel):
    """Many questions."""

    model_config = ConfigDict(extra="forbid")

    questions: list[Question] = Field(min_length=1, max_length=_MOST_AT_ONCE)


class WrongTold(TypedDict):
    """What was wrong with a question."""

    status: Literal["wrong"]
    detail: str


class BatchTold(TypedDict):
    """An answer for each question, in order."""

    answers: list[QuoteTold | WrongTold]


@WAYS.post("/batch", response_model=BatchTold, summary="Quote many dates at once")
def batch(request: Request, asking: Questions, who: _Asker, lang: Language = "en") -> Response:
    """An answer for each question, in order: a quote, or what was wrong with the question."""
    door, speak = door_of(request), words(lang)
    network, answers = door.network.now(), list[str]()
    for question in asking.questions:
        told: QuoteTold | WrongTold
        try:
            told = told_quote(network, asked(network, door.how.clock, question), speak)
        except UsageError as error:
            told = {"status": "wrong", "detail": str(error)}
        # Written out here, a little at a time: as one document it would keep everybody waiting.
        answers.append(json.dumps(told, ensure_ascii=False, separators=(",", ":")))
        time.sleep(0)  # whoever asks for one date meanwhile goes first
    content = '{"answers":[' + ",".join(answers) + "]}"
    return Response(content, media_type="application/json")
