"""The month in a few lines for a terminal: labels and values, already in words (req 60)."""

from __future__ import annotations

from datecertain.quality.figures import MonthFigures
from datecertain.quality.money_figures import MoneyFigures
from datecertain.verdict.outcomes import WHOLE, Leg, Outcome
from datecertain.wording import Words


def summary_lines(
    figures: MonthFigures, money: MoneyFigures, words: Words
) -> list[tuple[str, str]]:
    """(label, value) in the order in which a reader wants them."""
    total, count = figures.total, words.count
    lines = [
        (words.say("report.items_accepted"), count(total.items)),
        (words.say("report.on_time_share"), on_time_value(figures, words)),
        (
            words.say("report.target_of", target=words.share(figures.target_ppm / WHOLE, 0)),
            words.say(f"report.standing.{figures.standing(total)}"),
        ),
    ]
    lines += [
        (_capital(words.say(f"outcome.{outcome}")), count(total.of(outcome)))
        for outcome in Outcome
        if total.of(outcome) and outcome is not Outcome.ON_TIME
    ]
    lines += _astray_lines(figures, words)
    lines += _days_lines(figures, words)
    lines += _money_lines(money, words)
    return lines


def _capital(label: str) -> str:
    return label[:1].upper() + label[1:]


def on_time_value(figures: MonthFigures, words: Words) -> str:
    """The share with its interval and the number it is taken of; `–` when nothing was judged."""
    total = figures.total
    if not total.judged:
        return "–"
    interval = total.interval(figures.confidence)
    return words.say(
        "report.share_with_interval",
        share=words.share(total.share),
        low=words.share(interval.low),
        high=words.share(interval.high),
        n=words.count(total.judged),
    )


def _astray_lines(figures: MonthFigures, words: Words) -> list[tuple[str, str]]:
    """What went astray by kind, and what of it is left out of the score; nothing if nothing did."""
    if figures.astray is None:
        return [(words.say("report.astray"), words.say("report.astray_erased"))]
    lines = []
    for kind in dict.fromkeys(row.kind for row in figures.astray):
        rows = [row for row in figures.astray if row.kind == kind]
        count, out = sum(row.items for row in rows), sum(row.left_out for row in rows)
        said = words.say("report.left_out_of", n=words.count(count), out=words.count(out))
        lines.append((_capital(words.say(f"astray.{kind}")), said if out else words.count(count)))
    if figures.total.left_out:
        lines.append((words.say("report.left_out"), words.count(figures.total.left_out)))
    return lines


def _days_lines(figures: MonthFigures, words: Words) -> list[tuple[str, str]]:
    lines = [(words.say("report.days_liable"), words.count(figures.days_liable))]
    by_leg = {leg: figures.leg_days((leg,)) for leg in Leg}
    lines += [
        (f"  {words.say(f'leg.{leg.name.lower()}')}", f"{ppm / WHOLE:,.1f}")
        for leg, ppm in by_leg.items()
        if ppm
    ]
    return lines


def _money_lines(money: MoneyFigures, words: Words) -> list[tuple[str, str]]:
    def sdr(usdr: int) -> str:
        return words.money(usdr, "SDR")

    if not money.settled:
        return [(words.say("report.money_title"), words.say("report.not_settled"))]
    return [
        (
            words.say("report.refunds"),
            words.say(
                "report.amount_of_items",
                amount=sdr(money.refunds_usdr),
                n=words.count(money.refund_items),
            ),
        ),
        (words.say("report.gross"), sdr(money.gross_usdr)),
        (
            words.say("report.net"),
            words.say(
                "report.amount_in_payments",
                amount=sdr(money.net_usdr),
                n=words.count(len(money.payments)),
            ),
        ),
    ]
