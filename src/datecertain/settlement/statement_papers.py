"""The paper of a statement (req 44-46, 63): what stands in it, as a document that is set as PDF or
HTML. How it looks is the business of the web.

Every amount is written to the last unit (micro-SDR), so that the paper adds up by hand. The words
must be exact ones (`wording.exact`).
"""

from __future__ import annotations

from collections.abc import Iterator

from datecertain.claims.money import divided_whole
from datecertain.moments import DAY, format_date, format_utc
from datecertain.settlement.differences import difference, told
from datecertain.settlement.explaining import explain_performance, rate_text, reason_label
from datecertain.settlement.money import SDR
from datecertain.settlement.performance import PerformanceLine
from datecertain.settlement.reasons import Kind
from datecertain.settlement.stated import FollowedRefund, Stated, is_illustrative, summary
from datecertain.settlement.statements import StatementLine
from datecertain.settlement.tariffs import ALL_PPM, Basis, RecourseRule
from datecertain.wording.documents import (
    Block,
    Document,
    Facts,
    Heading,
    Notice,
    Paragraph,
    Table,
)
from datecertain.wording.exact import ExactWords


def statement_paper(stated: Stated, speak: ExactWords) -> Document:
    """The whole paper."""
    statement = stated.statement
    period = {"one": statement.one, "other": statement.other, "period": statement.period}
    return Document(
        language=speak.language,
        title=speak.say("settlement.statement.title", **period),
        of=f"{stated.names[statement.one]} – {stated.names[statement.other]}",
        date=format_date(stated.written_at // DAY),
        reference=stated.statement_id,
        blocks=tuple(_blocks(stated, speak)),
        footer=speak.say("paper.footer", statement=stated.statement_id,
                         sha256=statement.sha256[:16]),
    )  # fmt: skip


def _blocks(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    for key, holds in (("synthetic", stated.synthetic), ("illustrative", stated.illustrative)):
        if holds:
            yield Notice(speak.say(f"paper.notice.{key}"))
    yield Facts(tuple(paper_facts(stated, speak)), speak.say("paper.net"))
    yield from _summary(stated, speak)
    yield from _lines(stated, speak)
    yield from _how(stated, speak)
    yield Heading(speak.say("paper.differences"))
    yield from (Paragraph(text) for text in told_differences(stated, speak))
    yield from _disputes(stated, speak)
    yield from _terms(stated, speak)
    yield from _rates(stated, speak)
    yield Heading(speak.say("paper.items"))
    yield Paragraph(
        speak.say("paper.items.where", count=speak.count(stated.items),
                  statement=stated.statement_id)
    )  # fmt: skip


def paper_facts(stated: Stated, speak: ExactWords) -> Iterator[tuple[str, str]]:
    """What a statement is, its net and its dates: labels with their values."""
    statement = stated.statement
    for post in (statement.one, statement.other):
        yield post, stated.names[post]
    first, last = (stated.content["period"][name] for name in ("first", "last"))
    yield (
        speak.say("paper.period"),
        speak.say("paper.period.of", first=speak.date(first), last=speak.date(last)),
    )
    state = speak.say(f"settlement.state.{stated.standing.state}")
    yield (
        speak.say("paper.kind"),
        speak.say("settlement.statement.state", version=stated.version, state=state),
    )
    yield speak.say("paper.net"), net_text(stated, speak)
    yield from _dates(stated, speak)
    yield speak.say("paper.hash"), statement.sha256


def net_text(stated: Stated, speak: ExactWords) -> str:
    """Who owes whom what, after all."""
    statement = stated.statement
    one, other = statement.one, statement.other
    if not statement.net_usdr:
        return speak.say("paper.net.even")
    debtor, creditor = (other, one) if statement.net_usdr > 0 else (one, other)
    amount = speak.money(abs(statement.net_usdr), SDR)
    return speak.say("paper.net.owes", debtor=debtor, creditor=creditor, amount=amount)


def _dates(stated: Stated, speak: ExactWords) -> Iterator[tuple[str, str]]:
    by, terms = stated.answer_by, stated.terms
    if by is not None and terms is not None:
        key = "answer" if stated.final else "contest"
        then = ""
        if stated.final:
            then = speak.say(f"paper.answer.silence_{'accepts' if terms.silence_accepts else 'no'}")
        at = format_utc(by).removesuffix("Z").replace("T", " ") + " UTC"
        yield speak.say(f"paper.{key}"), " ".join(filter(None, (at, then)))
    if stated.netted is not None:
        one = stated.netted
        due = speak.say("paper.pay.nothing") if one.due_on is None else speak.date(one.due_on)
        yield (
            speak.say("paper.pay"),
            speak.say("paper.pay.netted", number=one.number, date=speak.date(one.netted_on),
                      due=due),
        )  # fmt: skip
    elif terms is not None:
        yield speak.say("paper.pay"), speak.say("paper.pay.days", days=terms.payment_days)
    else:
        yield speak.say("paper.pay"), speak.say("paper.pay.no_terms")


def group_label(group: str, speak: ExactWords) -> str:
    """A group of the summary in words."""
    return speak.say(f"settlement.kind.{group}")


def _summary(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    statement = stated.statement
    rows = [
        (
            group_label(row.group, speak),
            speak.say("settlement.owes", debtor=row.debtor, creditor=row.creditor),
            speak.count(row.lines), speak.count(row.items), speak.sdr(row.amount_usdr),
        )
        for row in summary(statement)
    ]  # fmt: skip
    for post in (statement.one, statement.other):
        of_post = [line for line in statement.lines if line.creditor == post]
        rows.append(
            (
                speak.say("paper.total"), speak.say("paper.total.owed", post=post),
                speak.count(len(of_post)), speak.count(sum(line.items for line in of_post)),
                speak.sdr(statement.gross_usdr[post]),
            )
        )  # fmt: skip
    rows.append(
        (speak.say("paper.net"), net_text(stated, speak), "", "",
         speak.sdr(abs(statement.net_usdr)))
    )  # fmt: skip
    head = tuple(speak.say(f"paper.column.{name}") for name in ("reason", "owes", "lines", "items"))
    yield Heading(speak.say("paper.summary"))
    yield Table("", (*head, SDR), tuple(rows), frozenset({2, 3, 4}))


def _lines(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    names = ("line", "reason", "owes", "items", "each")
    head = (*(speak.say(f"paper.column.{name}") for name in names), SDR)
    rows = tuple(
        (
            str(line.number), reason_label(line.reason, speak),
            speak.say("settlement.owes", debtor=line.debtor, creditor=line.creditor),
            speak.count(line.items),
            "" if line.each_usdr is None else speak.sdr(line.each_usdr),
            speak.sdr(line.amount_usdr),
        )
        for line in stated.statement.lines
    )  # fmt: skip
    yield Heading(speak.say("paper.lines"))
    if rows:
        yield Table("", head, rows, frozenset({3, 4, 5}))
    else:
        yield Paragraph(speak.say("paper.lines.none"))


def _how(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    if stated.statement.lines:
        yield Heading(speak.say("paper.how"))
    for line in stated.statement.lines:
        yield Paragraph(f"{line.number}. {how_text(stated, line, speak)}")


def how_text(stated: Stated, line: StatementLine, speak: ExactWords) -> str:
    """How the amount of a line came about, with one item followed to its part of it."""
    reason = line.reason
    if reason.settled:
        return speak.say(
            "paper.how.conceded" if reason.conceded else "paper.how.adjustment",
            what=reason_label(reason, speak), period=reason.settled,
            amount=speak.money(line.amount_usdr, SDR),
        )  # fmt: skip
    if reason.kind is Kind.PERFORMANCE:
        rated = stated.performance(reason.detail)
        if rated is not None:
            return " ".join(explain_performance(rated, speak))
    if reason.kind is Kind.RECOURSE:
        one = (stated.followed or {}).get(line.number)
        if one is not None:
            return _followed(one, line, speak)
    return _sum_of_items(stated, line, speak)


def _sum_of_items(stated: Stated, line: StatementLine, speak: ExactWords) -> str:
    first = stated.first_of(line)
    text = speak.say(
        "paper.how.sum", what=reason_label(line.reason, speak), count=speak.count(line.items),
        amount=speak.money(line.amount_usdr, SDR),
    )  # fmt: skip
    if first is not None and (amount := first[2]) is not None:
        key, values = _first_item(stated, line, amount, speak)
        text += " " + speak.say(
            f"paper.how.first{key}", item=first[0], amount=speak.money(amount, SDR), **values
        )
    charge = stated.charge(line)
    if charge is not None and charge["full"] != line.amount_usdr:
        text += " " + speak.say("paper.how.most", full=speak.money(charge["full"], SDR))
    return text


def _first_item(
    stated: Stated, line: StatementLine, amount: int, speak: ExactWords
) -> tuple[str, dict[str, str]]:
    """How the first item of a charge comes to its amount: by item and weight, where that is so."""
    rule, grams = stated.charge_rule(line), (stated.weights_g or {}).get(line.number)
    if rule is None or grams is None or not rule.per_kg_usdr:
        return "", {}
    if rule.per_item_usdr + divided_whole(rule.per_kg_usdr * grams, 1000) != amount:
        return "", {}
    return ".weighed", {
        "each": speak.money(rule.per_item_usdr, SDR), "kg": speak.money(rule.per_kg_usdr, SDR),
        "grams": speak.count(grams),
    }  # fmt: skip


def _followed(one: FollowedRefund, line: StatementLine, speak: ExactWords) -> str:
    text = speak.say(
        "paper.how.refund", what=reason_label(line.reason, speak), count=speak.count(line.items),
        total=speak.money(line.amount_usdr, SDR), item=one.item_id,
        postage=speak.money(one.postage_minor, one.currency), percent=one.percent,
        refund=speak.money(one.amount_minor, one.currency),
        rate=rate_text(one.per_sdr, one.currency), date=speak.date(one.rate_on),
        sdr=speak.money(one.refund_usdr, SDR), leg=speak.say(f"leg.{one.leg}"),
        share=speak.share(one.share_ppm / ALL_PPM, 4), part=speak.money(one.share_usdr, SDR),
    )  # fmt: skip
    if one.share_usdr != one.amount_usdr:
        text += " " + speak.say("paper.how.limited", amount=speak.money(one.amount_usdr, SDR))
    return text


def told_differences(stated: Stated, speak: ExactWords) -> list[str]:
    """What changed since the version before, in words; one sentence where nothing did or there is
    none."""
    if stated.before is None:
        return [speak.say("paper.differences.first")]
    changes = told(difference(stated.before, stated.statement), speak, "versions")
    begin = speak.say("paper.differences.since", version=stated.before_version)
    if not changes:
        return [speak.say("paper.differences.none", version=stated.before_version)]
    lines = [begin]
    for text in changes:
        if text.startswith(" "):  # the items of the line before
            lines[-1] += f"; {text.strip()}"
        else:
            lines.append(text)
    return lines


def _disputes(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    yield Heading(speak.say("paper.disputes"))
    if not stated.standing.disputes:
        yield Paragraph(speak.say("paper.disputes.none"))
        return
    names = ("line", "why", "state", "by", "since")
    head = (*(speak.say(f"paper.column.{name}") for name in names), SDR)
    rows = tuple(
        (
            f"{one.line} {one.item}".strip(), " / ".join(text for text in one.reasons if text),
            speak.say(f"settlement.act.{one.state}").replace(" ", "\u00a0"), one.by,
            format_date(one.since // DAY), speak.sdr(one.amount_usdr),
        )
        for one in stated.standing.disputes
    )  # fmt: skip
    yield Table("", head, rows, frozenset({4, 5}))


def _terms(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    head = tuple(speak.say(f"paper.column.{name}") for name in ("term", "agreed"))
    yield Heading(speak.say("paper.terms"))
    rows = tuple((what, with_source(value, source, speak))
                 for what, value, source in terms_told(stated, speak))  # fmt: skip
    yield Table("", head, rows)


def with_source(value: str, source: str, speak: ExactWords) -> str:
    """What was agreed, where that stands, and whether it was made up."""
    mark = speak.say("paper.illustrative") if is_illustrative(source) else ""
    told_source = speak.say("paper.source", source=source) if source else ""
    return " ".join(filter(None, (value, mark, told_source)))


def terms_told(stated: Stated, speak: ExactWords) -> Iterator[tuple[str, str, str]]:
    """(term, what was agreed, source) of all that the amounts rest on."""
    basis = stated.content["basis"]
    yield (
        speak.say("settlement.basis.tariff"),
        speak.say("paper.tariff", name=basis["tariff"], sha256=basis["tariff_digest"][:16]),
        stated.tariff.source if stated.tariff else "",
    )
    yield (
        speak.say("settlement.basis.verdict_rules"),
        speak.say("paper.basis", rules=basis["verdict_rules"], network=basis["settling_network"]),
        "",
    )
    for row in stated.content["performance"]:
        rated = stated.performance(row["relation"])
        if rated is not None:
            yield (
                speak.say("settlement.performance", relation=rated.relation),
                _rated(rated, speak), rated.source,
            )  # fmt: skip
    for line in stated.statement.lines:
        charge = stated.charge(line)
        if charge is not None:
            yield (
                reason_label(line.reason, speak),
                _charge_rule(stated, line, speak),
                charge["source"],
            )
    yield from _recourse_told(stated, speak)
    if stated.terms is not None:
        one = stated.terms
        yield (
            speak.say("paper.deadlines"),
            speak.say(
                "paper.deadlines.of", contest=one.contest_days, accept=one.accept_days,
                payment=one.payment_days, late=speak.share(one.late_ppm_year / ALL_PPM, 2),
                adjust=one.adjust_months,
            ), one.source,
        )  # fmt: skip
    else:
        yield speak.say("paper.deadlines"), speak.say("paper.deadlines.none"), ""


def _rated(rated: PerformanceLine, speak: ExactWords) -> str:
    return speak.say(
        "paper.rated", base=speak.money(rated.base_usdr, SDR),
        floor=speak.money(rated.floor_usdr, SDR), cap=speak.money(rated.cap_usdr, SDR),
    )  # fmt: skip


def _charge_rule(stated: Stated, line: StatementLine, speak: ExactWords) -> str:
    """What each item costs, where the text of the tariff is at hand."""
    if stated.tariff is None:
        return speak.say("paper.rule.elsewhere")
    rule = stated.charge_rule(line)
    if rule is None:
        return ""
    parts = [
        speak.say(f"paper.charge.{key}", amount=speak.money(amount, SDR))
        for key, amount in (
            ("item", rule.per_item_usdr), ("kg", rule.per_kg_usdr), ("most", rule.most_usdr),
        )
        if amount
    ]  # fmt: skip
    return "; ".join(parts) + "."


def _recourse_told(stated: Stated, speak: ExactWords) -> Iterator[tuple[str, str, str]]:
    legs = [line for line in stated.statement.lines if line.reason.kind is Kind.RECOURSE]
    for creditor, debtor in dict.fromkeys((line.creditor, line.debtor) for line in legs):
        what = speak.say("paper.recourse", relation=f"{creditor}-{debtor}")
        if stated.tariff is None:
            yield what, speak.say("paper.rule.elsewhere"), ""
            continue
        rule = stated.tariff.recourse_on(creditor, debtor, stated.content["period"]["first"])
        if rule is not None:
            yield what, _recourse_rule(rule, speak), rule.source


def _recourse_rule(rule: RecourseRule, speak: ExactWords) -> str:
    if rule.basis is Basis.FIXED:
        told_rule = [speak.say("paper.recourse.fixed", amount=speak.money(rule.fixed_usdr, SDR))]
    else:
        told_rule = [speak.say("paper.recourse.share", percent=rule.percent)]
    for key, amount in (("cap", rule.cap_usdr), ("stop_loss", rule.stop_loss_usdr)):
        if amount is not None:
            told_rule.append(speak.say(f"paper.recourse.{key}", amount=speak.money(amount, SDR)))
    if rule.within_remuneration:
        told_rule.append(speak.say("paper.recourse.within"))
    return "; ".join(told_rule) + "."


def _rates(stated: Stated, speak: ExactWords) -> Iterator[Block]:
    yield Heading(speak.say("paper.rates"))
    if not stated.rates:
        yield Paragraph(speak.say("paper.rates.none"))
        return
    names = ("currency", "source", "rate", "on")
    head = tuple(speak.say(f"paper.column.{name}") for name in names)
    rows = tuple(
        (
            rate.currency, with_source("", rate.source, speak),
            rate_text(rate.per_sdr, rate.currency), format_date(rate.on),
        )
        for rate in stated.rates
    )  # fmt: skip
    yield Table(speak.say("paper.rates.rule"), head, rows, frozenset({2, 3}))
