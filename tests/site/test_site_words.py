"""Every text of a page is in the glossary, and none stands in a template."""

from __future__ import annotations

import ast
import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import datecertain
from datecertain.moments import parse_date
from datecertain.wording import LANGUAGES, glossary
from datecertain.wording.prepared import PREPARED, SENDERS, read_texts, sender_keys
from datecertain.wording.senders import SENDER_LANGUAGES, sender_words

TEMPLATES = sorted(
    (path for path in (files("datecertain.web") / "templates" / "site").iterdir()),
    key=lambda path: path.name,
)
_SAYS = re.compile(r"""w\.say\(\s*"([^"]+)"\s*([,)~])""")
#: What is the same in every language.
NAMES = {"datecertain"}
#: Texts that a language may share with English.
SAME = {"frame.navigation", "alternative.channel", "contents.documents", "date.carried",
        "date.guaranteed"}  # fmt: skip
#: 27 November 2026, a Friday.
DATES = {
    "ja": "2026年11月27日（金）",
    "zh-Hans": "2026年11月27日（周五）", "zh-Hant": "2026年11月27日（星期五）",
    "fr": "ven. 27 nov. 2026", "es": "vie 27 nov 2026", "th": "ศ. 27 พ.ย. 2569",
}  # fmt: skip


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_every_text_is_in_every_language(template) -> None:  # type: ignore[no-untyped-def]
    for key, then in _SAYS.findall(template.read_text(encoding="utf-8")):
        known = [key] if then != "~" else [one for one in glossary() if one.startswith(key)]
        assert known, key
        for one in known:
            assert set(glossary().get(one, ())) >= set(LANGUAGES), one


@pytest.mark.parametrize("template", TEMPLATES, ids=lambda path: path.name)
def test_no_text_stands_in_a_template(template) -> None:  # type: ignore[no-untyped-def]
    text = template.read_text(encoding="utf-8")
    text = re.sub(r"\{#.*?#\}|\{%.*?%\}|\{\{.*?\}\}", " ", text, flags=re.DOTALL)
    text = re.sub(r' aria-[a-z]+="[^"]*"', " ", text)  # of a macro that writes attributes alone
    for name in ("alt", "title", "placeholder"):
        assert not re.search(rf'\b{name}="\s*[^"\s]', text), f"{template.name}: {name}"
    words = set(re.findall(r"[^\W\d_]{2,}", re.sub(r"<[^>]*>", " ", text)))
    assert words <= NAMES, f"{template.name}: {words - NAMES}"


def test_every_key_of_the_pages_is_used() -> None:
    source = "".join(path.read_text(encoding="utf-8") for path in TEMPLATES)
    site = files("datecertain.web") / "site"
    source += "".join(
        path.read_text(encoding="utf-8") for path in site.iterdir() if path.name.endswith(".py")
    )
    text = (files("datecertain.wording") / "glossary" / "site.toml").read_text(encoding="utf-8")
    built = ("frame.fail.", "frame.theme.", "public.status.", "public.state.", "public.scan.",
             "slip.state.", "nav.", "public.nav.")  # fmt: skip
    unused = [
        key for key in tomllib.loads(text)
        if f'"{key}"' not in source and not key.startswith(built)
    ]  # fmt: skip
    assert unused == []


@pytest.mark.parametrize("language", PREPARED)
def test_senders_languages_are_whole_and_write_dates_their_way(language: str) -> None:
    assert language in SENDER_LANGUAGES
    speak = sender_words(language)
    texts = read_texts(language, SENDERS)
    for key in sender_keys():
        assert texts[key] != glossary()[key]["en"] or key in SAME, key
    assert speak.date(parse_date("2026-11-27")) == DATES[language]


def test_every_refusal_with_a_reason_has_its_words() -> None:
    """Each reason that is given has a text whose places are among the values given with it."""
    said = set()
    for path in sorted(Path(datecertain.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            if not (
                isinstance(node, ast.Call)
                and getattr(node.func, "id", "") in ("UsageError", "NotFound", "NotAllowed")
                and len(node.args) > 1
            ):
                continue
            given = {one.arg for one in node.keywords}
            for reason in _reasons(node.args[1]):
                for language in LANGUAGES:
                    text = glossary()[f"refused.{reason}"][language]
                    assert set(re.findall(r"{(\w+)}", text)) <= given, (reason, language)
                said.add(f"refused.{reason}")
    told_apart = {"refused.lane.date", "refused.lane.network", "refused.lane.place"}
    assert said | told_apart == {key for key in glossary() if key.startswith("refused.")}


def _reasons(node: ast.expr) -> list[str]:
    if isinstance(node, ast.IfExp):
        return _reasons(node.body) + _reasons(node.orelse)
    return [ast.literal_eval(node)]
