"""What every story asks of a page, in the language of its reader and in the other one."""

from __future__ import annotations

import re
from collections import defaultdict
from functools import cache

from chromium import Browser
from site_door import Pages

from datecertain.web.site.languages import OWN_NAMES
from datecertain.wording import glossary

#: What is to be read on a page, text by text, without what says that it is in another language.
_TEXTS = """(() => {
  const found = new Set(), wanted = document.documentElement.lang;
  const add = (node, text) => {
    if (node.closest('[lang]').lang !== wanted || node.closest('script, style, textarea')) return;
    found.add(text.trim().replace(/\\s+/g, ' '));
  };
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) add(walker.currentNode.parentElement, walker.currentNode.textContent);
  document.querySelectorAll('[aria-label]').forEach(one => add(one, one.ariaLabel));
  return [...found].filter(text => /[A-Za-z]{3}/.test(text));
})()"""
_PLACE = re.compile(r"\\\{[a-z_]+\\\}")
_KEY = re.compile(r"[a-z_]+(?:\.[a-z_]+)+")


def base(pages: Pages) -> str:
    """The address of the site."""
    return str(pages.api.client.base_url).rstrip("/")


def demand_good(chromium: Browser, path: str, width: int) -> None:
    """Accessible (WCAG 2.2 AA), nothing wider than the screen, nothing blocked, and in the language
    that it says it is in."""
    assert chromium.faults() == [], path
    # That a page is refused is told by the browser too.
    assert [one for one in chromium.complaints if "status of 4" not in one] == [], path
    demand_fits(chromium, path, width)


def demand_fits(chromium: Browser, path: str, width: int) -> None:
    """Nothing wider than the screen; where the page is in Korean, no text is left in English."""
    assert chromium.run("document.documentElement.scrollWidth") <= width, path
    if chromium.run("document.documentElement.lang") == "ko":
        left = left_in_english(chromium.run(_TEXTS))
        assert not left, f"{path}: {left}"


def visit(chromium: Browser, pages: Pages, path: str, width: int) -> None:
    """Load a page in the other language than it is read in, then in the reader's: both are
    looked at."""
    language = chromium.run("document.documentElement.lang")
    other = {"en": "ko", "ko": "en"}[language]
    for one in (other, language):
        chromium.go(f"{base(pages)}{path}{'&' if '?' in path else '?'}lang={one}")
        assert chromium.run("document.documentElement.lang") == one, path
        if one == other:
            demand_fits(chromium, path, width)
    demand_good(chromium, path, width)


def left_in_english(texts: list[str]) -> list[str]:
    """Those of the texts for which the glossary has a Korean one, and keys of the glossary."""
    plain, patterns = _english()
    found = []
    for text in texts:
        begins = patterns.get(text[:4], ())
        keys = [one for one in _KEY.findall(text) if one in glossary()]
        if text in plain or keys or any(one.fullmatch(text) for one in begins):
            found.append(text)
    return found


@cache
def _english() -> tuple[frozenset[str], dict[str, list[re.Pattern[str]]]]:
    """English texts that are other words in Korean; those with places as patterns, by how they
    begin."""
    korean = {texts["ko"] for texts in glossary().values() if "ko" in texts}
    plain, patterns = set[str](), defaultdict[str, list[re.Pattern[str]]](list)
    for texts in glossary().values():
        text = texts.get("en", "")
        if text in korean or text in OWN_NAMES.values() or not re.search("[A-Za-z]{3}", text):
            continue
        if "{" not in text:
            plain.add(text)
        elif re.match(r"[^{]{4}", text):
            patterns[text[:4]].append(re.compile(_PLACE.sub(".+", re.escape(text))))
    return frozenset(plain), patterns
