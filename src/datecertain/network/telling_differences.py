"""A difference of two networks in words and as JSON (req 63)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from typing import Any

from datecertain.moments import DAY, format_clock, format_date
from datecertain.network.comparing import NetworkDifference
from datecertain.network.declared_differences import (
    AreaChange,
    LaneChange,
    PostcodeChange,
    RuleChange,
)
from datecertain.network.difference_patterns import PromiseChange
from datecertain.wording import Words

#: So many areas of a post, and so many posts or areas at an end, are named one by one.
_NAMED = 3
#: So many areas that are not meant are named instead of those that are.
_LEFT_OUT = 2


class DifferenceTeller:
    """Says a difference in one language; areas and posts by the names of the new network."""

    def __init__(self, difference: NetworkDifference, words: Words) -> None:
        self._found = difference
        self._words = words
        korean = words.language == "ko"
        self._post: dict[str, str] = {}
        self._area: dict[str, str] = {}
        for network in (difference.old, difference.new):
            for post in network.data.posts:
                self._post[post.post] = post.name_ko if korean else post.name_en
            for area in network.data.areas:
                self._area[area.area] = area.name_ko if korean else area.name_en
        self._areas_of: dict[str, list[str]] = {}
        for area in difference.new.data.areas:
            if area.area in difference.old.areas:
                self._areas_of.setdefault(area.post, []).append(area.area)

    def lines(self, top: int) -> Iterator[str]:
        """The difference, what decides most first; of the promises the first `top` (0: all)."""
        found, say = self._found, self._words.say
        first, last = map(self._words.date, (found.window.first_day, found.window.last_day))
        yield say("diff.window", first=first, last=last)
        if found.same:
            yield say("diff.same")
            return
        if found.promises:
            share = self._words.share
            yield say(
                "diff.summary", pairs=self._words.count(found.pairs),
                all=self._words.count(found.all_pairs), later=share(found.later),
                earlier=share(found.earlier),
            )  # fmt: skip
            if found.dateless:
                yield say("diff.summary.dateless", share=share(found.dateless))
        yield ""
        yield from (self.lane(one) for one in found.lanes)
        yield from (self.area(one) for one in found.areas)
        yield from (self.postcodes(one) for one in found.postcodes)
        yield from (self.rule(one) for one in found.rules)
        shown = found.promises[:top] if top else found.promises
        yield from (self.promise(one) for one in shown)
        if rest := len(found.promises) - len(shown):
            yield say("diff.rest", count=self._words.count(rest))

    def promise(self, change: PromiseChange) -> str:
        """`Seoul → Chicago, Friday after 16:00: Tuesday → Wednesday`."""
        parts = self.parts(change)
        if not change.weekly:
            return self._words.say("diff.dated", **parts)
        sentence = self._words.say("diff.weekly", **parts)
        if change.weeks == change.all_weeks:
            return sentence
        return self._words.say(
            "diff.most_weeks", sentence=sentence, weeks=change.weeks, all=change.all_weeks
        )

    def parts(self, change: PromiseChange) -> dict[str, str]:
        """The parts of that sentence: `origins`, `destinations`, `when`, `old`, `new`."""
        if change.weekly:
            days = self._weekday(change.first_day), self._weekday(change.last_day)
            dues = (self._due_weekday(change.old_due, change.last_day),
                    self._due_weekday(change.new_due, change.last_day))  # fmt: skip
        else:
            days = self._words.date(change.first_day), self._words.date(change.last_day)
            dues = self._due_date(change.old_due), self._due_date(change.new_due)
        return {
            "origins": self.places(change.origins),
            "destinations": self.places(change.destinations),
            "when": self._when(change, *days), "old": dues[0], "new": dues[1],
        }  # fmt: skip

    def _due_date(self, due: int | None) -> str:
        return self._words.say("diff.due.none") if due is None else self._words.date(due)

    def _when(self, change: PromiseChange, day: str, last_day: str) -> str:
        # 00:00 itself still belongs to a cut-off at 24:00 of the day before.
        begin, end = change.first_min <= 1, change.last_min >= DAY - 1
        say, last = self._words.say, format_clock(change.last_min)
        if change.first_day != change.last_day:
            first = format_clock(change.first_min)
            return say("diff.when.days", day=day, first=first, last_day=last_day, last=last)
        if begin and end:
            return say("diff.when.day", day=day)
        if begin:
            return say("diff.when.until", day=day, last=last)
        if end:  # said as the cut-off that it follows
            return say("diff.when.after", day=day, first=format_clock(change.first_min - 1))
        return say("diff.when.between", day=day, first=format_clock(change.first_min), last=last)

    def _weekday(self, day: int) -> str:
        return self._words.say(f"report.weekday.{(day + 3) % 7}")

    def _due_weekday(self, due: int | None, accepted: int) -> str:
        if due is None:
            return self._words.say("diff.due.none")
        # A weekday alone is the next one after the last acceptance that is meant.
        weeks = (due - accepted - 1) // 7
        if weeks <= 0:
            return self._weekday(due)
        return self._words.say("diff.due.far", day=self._weekday(due), weeks=weeks)

    def places(self, areas: Sequence[str]) -> str:
        """Areas by name; all areas of a post by the post's name, all but a few by what is left
        out, and of many areas the number."""
        given = set(areas)
        labels: list[tuple[str, int]] = []
        for post, theirs in self._areas_of.items():
            mine = [area for area in theirs if area in given]
            left = [area for area in theirs if area not in given]
            if mine and not left:
                labels.append((self._post[post], len(mine)))
            elif len(mine) <= _NAMED:
                labels += [(self._area[area], 1) for area in mine]
            else:
                few = len(left) <= _LEFT_OUT
                kind = "but" if few else "some"
                names = "; ".join(self._area[area] for area in (left if few else mine[:2]))
                text = self._words.say(
                    f"diff.areas.{kind}", post=self._post[post], areas=names, count=len(mine)
                )
                labels.append((text, len(mine)))
        shown = labels if len(labels) <= _NAMED + 1 else labels[:_NAMED]
        texts = [text for text, _ in shown]
        if rest := sum(count for _, count in labels[len(shown) :]):
            texts.append(self._words.say("diff.areas.more", count=rest))
        return "; ".join(texts)  # names of areas have commas of their own

    def lane(self, change: LaneChange) -> str:
        """`Lane Korea Post → USPS, accepted on all these days: guaranteed → suspended`."""
        window = self._found.window
        first, last = self._words.date(change.first_day), self._words.date(change.last_day)
        whole = (change.first_day, change.last_day) == (window.first_day, window.last_day)
        kind = "whole" if whole else "one" if first == last else "many"
        texts: dict[str, object] = {
            "origin": self._post[change.origin], "destination": self._post[change.destination],
            "days": self._words.say(f"diff.days.{kind}", first=first, last=last),
        }  # fmt: skip
        said = []
        if change.old_state != change.new_state:
            old, new = (
                self._words.say(f"diff.state.{state}")
                for state in (change.old_state, change.new_state)
            )
            said.append(self._words.say("diff.lane.state", **texts, old=old, new=new))
        if change.old_margin != change.new_margin:
            margins = {"old": change.old_margin, "new": change.new_margin}
            said.append(self._words.say("diff.lane.margin", **texts, **margins))
        return "\n".join(said)

    def area(self, change: AreaChange) -> str:
        """`Area Jeju: guaranteed → served without guarantee`."""
        old, new = (
            self._words.say(f"diff.area.{guarantee or 'absent'}")
            for guarantee in (change.old, change.new)
        )
        name = f"{self._area[change.area]} ({change.area})"
        return self._words.say("diff.area", area=name, old=old, new=new)

    def postcodes(self, change: PostcodeChange) -> str:
        """`Postcodes KR 63000–63644: Jeju → Seoul`."""
        old, new = (
            self._words.say("diff.postcodes.absent") if place is None
            else self._area.get(place, place)
            for place in (change.old, change.new)
        )  # fmt: skip
        between = f"{change.first}–{change.last}" if change.first != change.last else change.first
        return self._words.say(
            "diff.postcodes", post=change.post,
            range=between or self._words.say("diff.postcodes.all"), old=old, new=new,
        )  # fmt: skip

    def rule(self, change: RuleChange) -> str:
        """`New in conditions.csv: condition fire, kind no_guarantee … (Fire at the centre.)`."""
        public = change.text_ko if self._words.language == "ko" else change.text_en
        said = self._words.say(
            f"diff.rule.{'added' if change.added else 'gone'}", file=change.file, said=change.said
        )
        return f"{said} ({public})" if public else said


def as_json(difference: NetworkDifference, words: Words) -> dict[str, Any]:
    """The whole difference for programs, each change with its sentence."""
    teller = DifferenceTeller(difference, words)
    return {
        "old": {"name": difference.old.data.name, "version": difference.old.version},
        "new": {"name": difference.new.data.name, "version": difference.new.version},
        "first_day": format_date(difference.window.first_day),
        "last_day": format_date(difference.window.last_day),
        "same": difference.same,
        "pairs": difference.pairs, "all_pairs": difference.all_pairs,
        "later": difference.later, "earlier": difference.earlier, "dateless": difference.dateless,
        "lanes": [_plain(one) | {"text": teller.lane(one)} for one in difference.lanes],
        "areas": [_plain(one) | {"text": teller.area(one)} for one in difference.areas],
        "postcodes": [
            _plain(one) | {"text": teller.postcodes(one)} for one in difference.postcodes
        ],
        "rules": [_plain(one) | {"text": teller.rule(one)} for one in difference.rules],
        "promises": [_plain(one) | {"text": teller.promise(one)} for one in difference.promises],
    }  # fmt: skip


_DAYS = {"first_day", "last_day", "old_due", "new_due"}
_CLOCKS = {"first_min", "last_min"}


def _plain(
    change: LaneChange | AreaChange | PostcodeChange | RuleChange | PromiseChange,
) -> dict[str, Any]:
    plain: dict[str, Any] = {}
    for name, value in asdict(change).items():
        if name in _DAYS and value is not None:
            plain[name] = format_date(value)
        elif name in _CLOCKS:
            plain[name.replace("_min", "_time")] = format_clock(value)
        else:
            plain[name] = value
    return plain
