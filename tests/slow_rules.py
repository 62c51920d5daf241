"""The whole quote again: the day walk, and every rule of the network's files read row by row.

An independent reading of docs/reference/network-files.md and of the precedence of reasons in
docs/reference/quotes.md, for the tests to compare with.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase

from day_walk import NO_DAY, DayWalk, Row, day_number, local_day, minutes, valid, zone_of

PRECEDENCE = (
    "same_post", "origin_unknown", "time_missing", "postcode_malformed", "postcode_unknown",
    "not_covered", "product_unknown", "channel_unknown", "too_heavy", "not_accepted",
    "time_ambiguous", "beyond_horizon", "postcode_missing", "postcode_incomplete",
    "not_in_possession", "lane_never_opened", "lane_closed", "lane_suspended",
    "product_not_guaranteed", "condition", "details_needed", "area_not_guaranteed",
)  # fmt: skip
REFUSING = set(PRECEDENCE[: PRECEDENCE.index("beyond_horizon") + 1])


@dataclass(frozen=True)
class Question:
    """A question with well-formed or missing postcodes; -1: not given."""

    origin: str
    origin_postcode: str
    destination: str
    destination_postcode: str
    day: int
    minute: int
    product: str = "EMS"
    contents: str = ""
    channel: str = ""
    address: str = "street"
    weight_g: int = -1
    value_usdr: int = -1


class SlowRules:
    def __init__(self, texts: Mapping[str, str], illustrative_resumption: bool = True) -> None:
        self.walk = DayWalk(texts)
        self.tables = self.walk.tables
        self.posts = {row["post"]: row for row in self.tables["posts.csv"]}
        self.resumption = illustrative_resumption
        self.ranges: dict[str, list[Row]] = {}
        for row in self.rows("postcodes.csv"):
            self.ranges.setdefault(row["post"], []).append(row)
        self.lane_events = sorted(self.rows("lanes.csv"), key=lambda one: one["on"])

    def rows(self, file: str) -> list[Row]:
        return self.tables.get(file, [])

    # --- the question

    def answer(self, asked: Question) -> tuple[str, int | None]:
        """(reason, or empty; the date told as a day number, None where refused)."""
        local = dt.datetime.combine(
            dt.date(1970, 1, 1) + dt.timedelta(days=asked.day),
            dt.time(asked.minute // 60, asked.minute % 60),
        )
        area = self.place(asked.origin, asked.origin_postcode)
        known = self.walk.areas.get(area)
        zone = known["zone"] if known else self.posts[asked.origin]["zone"]
        both = [minutes(local.replace(tzinfo=zone_of(zone), fold=fold)) for fold in (0, 1)]
        if both[0] > both[1]:  # skipped by the clocks: read with the offset before the gap
            reasons, due = self._at(asked, area, both[0])
            reasons.add("time_missing")
        else:
            reasons, due = self._at(asked, area, both[0])
            if both[0] < both[1]:
                others, later = self._at(asked, area, both[1])
                if later != due or self._first(others) != self._first(reasons):
                    reasons.add("time_ambiguous")
        reason = self._first(reasons)
        return reason, None if reason in REFUSING else due

    def _first(self, reasons: set[str]) -> str:
        return min(reasons, key=PRECEDENCE.index, default="")

    def place(self, post: str, postcode: str) -> str:
        """The area of a well-formed postcode; `?reason` where it is not covered, "" unknown."""
        row = self.posts[post]
        ranges = self.ranges.get(post, [])
        if not row["postcode_form"]:
            return ranges[0]["area"]
        key = postcode[: int(row["postcode_key"])]
        inside = [one for one in ranges if one["first"] <= key <= one["last"]]
        if not inside:
            return ""
        inner = min(inside, key=lambda one: int(one["last"], 36) - int(one["first"], 36))
        return inner["area"] or f"?{inner['reason']}"

    def _at(self, asked: Question, area: str, at: int) -> tuple[set[str], int | None]:
        reasons = set[str]()
        if asked.origin == asked.destination:
            reasons.add("same_post")
        if not area or area[0] == "?":
            reasons.add("origin_unknown")
        to_area = ""
        if asked.destination_postcode or not self.posts[asked.destination]["postcode_form"]:
            to_area = self.place(asked.destination, asked.destination_postcode)
            if not to_area:
                reasons.add("postcode_unknown")
            elif to_area[0] == "?":
                reasons.add("not_covered")
            elif self.walk.areas[to_area]["guarantee"] == "no":
                reasons.add("area_not_guaranteed")
        else:
            reasons.add("postcode_missing")
        area, to_area = (one if one[:1] != "?" else "" for one in (area, to_area))
        reasons |= self.lane(asked) | self.product(asked)
        found, days = self.conditions(asked, area, to_area, at)
        reasons |= found
        held = self.held(asked, area, at)
        if held is None:
            reasons.add("channel_unknown")
        if asked.channel == "label":
            reasons.add("not_in_possession")
        due = self.due(asked, area, to_area, at if held is None else held, days)
        if due is None or asked.day < self.walk.first:
            reasons.add("beyond_horizon")
        return reasons, due

    # --- the rules

    def lane(self, asked: Question) -> set[str]:
        state = "never_opened"
        for row in self.lane_events:
            mine = row["origin"] in ("*", asked.origin)
            mine = mine and row["destination"] in ("*", asked.destination)
            off = row["source"].startswith("illustrative:") and not self.resumption
            if mine and day_number(row["on"]) <= asked.day and not (off and row["event"][0] == "r"):
                state = row["event"]
        return set() if state in ("opened", "resumed") else {f"lane_{state}"}

    def product(self, asked: Question) -> set[str]:
        rows = self.rows("products.csv")
        mine = [
            row
            for row in rows
            if (row["post"], row["product"]) == (asked.origin, asked.product)
            and valid(row, asked.day)
        ]
        if not rows:
            return set()
        if not mine:
            return {"product_unknown"}
        reasons = {"product_not_guaranteed"} if mine[0]["guaranteed"] == "no" else set[str]()
        limit = mine[0]["max_weight_g"]
        return reasons | ({"too_heavy"} if limit and asked.weight_g > int(limit) else set())

    def conditions(self, asked: Question, area: str, to_area: str, at: int) -> tuple[set[str], int]:
        reasons, days = set[str](), 0
        rows = self.rows("conditions.csv")
        for row in rows:
            if row["kind"] == "end" or not self.touches(row, asked, area, to_area):
                continue
            if not valid(row, asked.day) or at < published(row):
                continue
            ended = [
                one for one in rows
                if one["kind"] == "end" and one["condition"] == row["condition"]
                and valid({**one, "valid_to": ""}, asked.day) and at >= published(one)
            ]  # fmt: skip
            if ended:
                continue
            group = row["contents"] in ("documents", "non-documents")
            doubt = group and not asked.contents
            if row["over_g"] and asked.weight_g <= int(row["over_g"]):
                continue
            if row["over_usdr"]:
                if 0 <= asked.value_usdr <= int(row["over_usdr"]):
                    continue
                doubt = doubt or asked.value_usdr < 0
            if doubt:
                reasons.add("details_needed")
            elif row["kind"] == "tolerance":
                days = max(days, int(row["days"]))
            else:
                reasons.add("not_accepted" if row["kind"] == "refuse" else "condition")
        return reasons, days

    def touches(self, row: Row, asked: Question, area: str, to_area: str) -> bool:
        """Whether a condition or standard speaks of such items."""
        wanted = {
            "origin": asked.origin, "destination": asked.destination, "product": asked.product,
        }  # fmt: skip
        if any(row[name] not in ("", "*", value) for name, value in wanted.items()):
            return False
        if row["from_area"] and not fnmatchcase(area, row["from_area"]):
            return False
        if row["to_area"] and not fnmatchcase(to_area, row["to_area"]):
            return False
        return row.get("address", "") in ("", asked.address) and contained(row, asked)

    def held(self, asked: Question, area: str, at: int) -> int | None:
        """From when the post holds the item; None: no such channel; NO_DAY: beyond the horizon."""
        rows = [row for row in self.rows("channels.csv") if row["post"] == asked.origin]
        if asked.channel in ("", "label") or not rows or not area:
            return at
        mine = [
            row for row in rows
            if row["channel"] == asked.channel and row["area"] in ("*", area)
        ]  # fmt: skip
        if not mine:
            return None
        row = max(mine, key=lambda one: one["area"] != "*")
        if not row["schedule"]:
            return at
        found = self.walk.done(row["schedule"], self.walk.areas[area]["zone"], at)
        return NO_DAY if found is None else found

    def due(
        self, asked: Question, area: str, to_area: str, held: int, tolerance: int
    ) -> int | None:
        """The date told; without a postcode that of the slowest guaranteed area."""
        candidates = [to_area] if to_area else []
        missing = not asked.destination_postcode
        if missing and self.posts[asked.destination]["postcode_form"]:
            candidates = [
                row["area"] for row in self.walk.areas.values()
                if row["post"] == asked.destination and row["guarantee"] == "yes"
            ]  # fmt: skip
        if not area or not candidates or held == NO_DAY:
            return None
        told = [self._told(asked, area, one, held, tolerance) for one in candidates]
        known = [one for one in told if one is not None]
        return None if len(known) < len(told) else max(known)

    def _told(
        self, asked: Question, area: str, to_area: str, held: int, tolerance: int
    ) -> int | None:
        carried = self.walk.due(area, to_area, held)
        if carried is None:
            return None
        standard = self.standard(asked, area, to_area)
        if standard is None:
            return self.walk.delivery_day(to_area, carried, self.margin(asked) + tolerance)
        day = self.published(standard, asked, area, to_area, held)
        return None if day is None else self.walk.delivery_day(to_area, day, tolerance)

    def margin(self, asked: Question) -> int:
        for origin, destination in (
            (asked.origin, asked.destination), (asked.origin, "*"), ("*", asked.destination),
            ("*", "*"),
        ):  # fmt: skip
            rows = [
                row for row in self.rows("lane_terms.csv")
                if (row["origin"], row["destination"]) == (origin, destination)
                and valid(row, asked.day)
            ]  # fmt: skip
            if rows:
                latest = max(row["valid_from"] for row in rows)
                return int([r for r in rows if r["valid_from"] == latest][-1]["buffer_days"])
        return 0

    def standard(self, asked: Question, area: str, to_area: str) -> Row | None:
        rows = [
            row for row in self.rows("standards.csv")
            if self.touches(row, asked, area, to_area) and valid(row, asked.day)
        ]  # fmt: skip
        order = [
            (r["origin"] != "*", r["destination"] != "*", len(r["to_area"]), len(r["from_area"]),
             r["product"] != "", r["valid_from"], number)
            for number, r in enumerate(rows)
        ]  # fmt: skip
        return rows[order.index(max(order))] if rows else None

    def published(
        self, row: Row, asked: Question, area: str, to_area: str, held: int
    ) -> int | None:
        days, zero = int(row["days"]), asked.day
        if row["day_zero"] == "day_after":
            zero += 1
        if row["day_zero"] == "cut_off":
            link = self.walk.links(area, "export")[0]
            zone = self.walk.areas[area]["zone"]
            cut_offs = [
                by
                for day in range(local_day(held, zone) - 1, self.walk.last + 1)
                for by, _ in self.walk.slots_on(link["schedule"], zone, day)
                if by >= held
            ]
            if not cut_offs:
                return None
            zero = local_day(min(cut_offs), zone)
        if row["counts"] == "delivery":
            return self.walk.delivery_day(to_area, zero, days)
        if row["counts"] == "origin":
            found = self.walk.delivery_day(area, zero, days)
            return None if found is None else self.walk.delivery_day(to_area, found, 0)
        return self.walk.delivery_day(to_area, zero + days, 0)


def contained(row: Row, asked: Question) -> bool:
    """Whether a row speaks of the contents; without contents a group may be meant."""
    contents = row.get("contents", "")
    if contents == "non-documents":
        return asked.contents != "documents"
    if contents == "documents":
        return asked.contents in ("", "documents")
    return not contents or contents == asked.contents


def published(row: Row) -> int:
    text = row["known_from"]
    if not text:
        return 0
    if "T" not in text:
        return day_number(text) * 1440
    return minutes(dt.datetime.fromisoformat(text))
