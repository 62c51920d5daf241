"""Colours that everybody can read, on light and on dark ground (WCAG 2.2, level AA)."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

#: What is written on what. Letters need a contrast of 4.5, marks and bars 3.
LETTERS = [
    *((text, ground) for text in ("ink", "soft", "link") for ground in ("paper", "surface")),
    ("late", "paper"), ("kept", "paper"), ("late", "late-tint"), ("kept", "kept-tint"),
    ("ink", "hatch"), ("soft", "hatch"), ("surface", "kept"), ("ink", "surface"),
]  # fmt: skip
MARKS = [
    (mark, "paper")
    for mark in ("kept", "late", "grey", "excused", "origin", "destination")
]  # fmt: skip
#: A hatch must show on its own ground.
STRIPES = [
    ("excused", "excused-ground"), ("grey", "grey-ground"), ("origin", "origin-light"),
    ("destination", "destination-light"),
]  # fmt: skip


def palettes() -> dict[str, dict[str, str]]:
    css = (files("datecertain.web") / "templates" / "month.css").read_text(encoding="utf-8")
    light, dark = (
        dict(re.findall(r"--([\w-]+): (#[0-9a-f]{6});", block))
        for block in re.findall(r":root \{(.*?)\}", css, re.DOTALL)[:2]
    )
    return {"light": light, "dark": light | dark}


def luminance(colour: str) -> float:
    channels = [int(colour[at : at + 2], 16) / 255 for at in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.03928 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]


def contrast(one: str, other: str) -> float:
    light, dark = sorted((luminance(one), luminance(other)), reverse=True)
    return (light + 0.05) / (dark + 0.05)


def test_contrast_is_measured_as_the_guideline_does() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21)
    assert contrast("#777777", "#ffffff") == pytest.approx(4.48, abs=0.01)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(
    ("pairs", "least"),
    [(LETTERS, 4.5), (MARKS, 3.0), (STRIPES, 1.9)],
    ids=["text", "mark", "hatch"],
)
def test_colours_can_be_told_apart(scheme: str, pairs: list[tuple[str, str]], least: float) -> None:
    palette = palettes()[scheme]
    weak = {
        pair: round(contrast(palette[pair[0]], palette[pair[1]]), 2)
        for pair in pairs
        if contrast(palette[pair[0]], palette[pair[1]]) < least
    }
    assert weak == {}


def test_both_schemes_name_the_same_colours() -> None:
    assert palettes()["light"].keys() == palettes()["dark"].keys()
