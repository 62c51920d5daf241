"""A round of netting as a picture: who pays on the left, who is paid on the right, as wide as the
amounts. It shows totals of posts and the payments of the round, nothing of what a pair owes."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from markupsafe import Markup

from datecertain.web.charts import chart, element
from datecertain.wording import Words

_WIDTH, _BAR, _TOP = 720, 14, 34
_LEFT, _RIGHT = 190, _WIDTH - 190
#: Pixels for all amounts together, and between two posts; a post has room for its two lines.
_TALL, _APART, _LEAST = 260, 12, 30


@dataclass(slots=True)
class _Post:
    name: str
    amount: int
    top: float = 0.0
    height: float = 0.0
    used: float = 0.0


def netting_picture(
    positions: Mapping[str, int], payments: Sequence[Mapping[str, Any]], words: Words, name: str
) -> Markup:
    """The picture; its words say the same. `positions`: micro-SDR that each post is owed."""
    payers = _posts({post: -amount for post, amount in positions.items() if amount < 0})
    payees = _posts({post: amount for post, amount in positions.items() if amount > 0})
    scale = _TALL / max(sum(one.amount for one in payers.values()), 1)
    bottom = max(_stack(payers, scale), _stack(payees, scale))
    parts = [
        _head(words.say("net.pays"), _LEFT, "end"),
        _head(words.say("net.is_paid"), _RIGHT, "start"),
    ]
    parts += [_ribbon(pay, payers[pay["payer"]], payees[pay["payee"]], scale, words)
              for pay in payments]  # fmt: skip
    parts += [_bar(one, _LEFT - _BAR, _LEFT - _BAR - 8, "end", "owes", words)
              for one in payers.values()]  # fmt: skip
    parts += [_bar(one, _RIGHT, _RIGHT + _BAR + 8, "start", "owed", words)
              for one in payees.values()]  # fmt: skip
    told = "; ".join(
        words.say("net.pays_whom", payer=pay["payer"], payee=pay["payee"],
                  amount=words.money(pay["amount_usdr"], "SDR"))
        for pay in payments
    )  # fmt: skip
    return chart(
        parts, int(bottom), "netting", name=name, title=words.say("net.picture"), description=told,
        view=f"0 0 {_WIDTH} {bottom:.0f}",
    )  # fmt: skip


def _posts(amounts: Mapping[str, int]) -> dict[str, _Post]:
    ordered = sorted(amounts.items(), key=lambda one: (-one[1], one[0]))
    return {post: _Post(post, amount) for post, amount in ordered}


def _stack(posts: Mapping[str, _Post], scale: float) -> float:
    at = float(_TOP)
    for one in posts.values():
        one.top, one.height = at, max(one.amount * scale, 2)
        at += max(one.height, _LEAST) + _APART
    return at


def _head(text: str, x: float, anchor: str) -> Markup:
    return element("text", text, x=x, y=16, text_anchor=anchor, class_="head")


def _bar(one: _Post, x: float, text_x: float, anchor: str, kind: str, words: Words) -> Markup:
    return Markup("").join(
        [
            element("rect", x=x, y=one.top, width=_BAR, height=one.height, class_=kind),
            element("text", one.name, x=text_x, y=one.top + 12, text_anchor=anchor, class_="post"),
            element("text", words.money(one.amount, "SDR"), x=text_x, y=one.top + 27,
                    text_anchor=anchor, class_="amount"),
        ]
    )  # fmt: skip


def _ribbon(
    pay: Mapping[str, Any], payer: _Post, payee: _Post, scale: float, words: Words
) -> Markup:
    wide = max(pay["amount_usdr"] * scale, 1.5)
    one, other = payer.top + payer.used + wide / 2, payee.top + payee.used + wide / 2
    payer.used += wide
    payee.used += wide
    middle = (_LEFT + _RIGHT) / 2
    path = (
        f"M{_LEFT} {one:.1f}C{middle:.0f} {one:.1f} {middle:.0f} {other:.1f} {_RIGHT} {other:.1f}"
    )
    told = words.say("net.pays_whom", payer=pay["payer"], payee=pay["payee"],
                     amount=words.money(pay["amount_usdr"], "SDR"))  # fmt: skip
    return element(
        "path", element("title", told), d=path, fill="none", stroke_width=wide, class_="ribbon"
    )
