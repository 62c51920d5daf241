"""Every text of a page is in the glossary, and none stands in a template."""

from __future__ import annotations

import re
from importlib.resources import files

import pytest

from datecertain.wording import LANGUAGES, glossary

TEMPLATES = sorted(
    (path for path in (files("datecertain.web") / "templates" / "site").iterdir()),
    key=lambda path: path.name,
)
_SAYS = re.compile(r"""w\.say\(\s*"([^"]+)"\s*([,)~])""")
#: What is the same in every language.
NAMES = {"datecertain", "UTF"}


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
    import tomllib

    text = (files("datecertain.wording") / "glossary" / "site.toml").read_text(encoding="utf-8")
    built = ("frame.fail.", "frame.theme.", "public.status.", "public.state.", "public.scan.",
             "slip.state.", "nav.", "public.nav.")  # fmt: skip
    unused = [
        key for key in tomllib.loads(text)
        if f'"{key}"' not in source and not key.startswith(built)
    ]  # fmt: skip
    assert unused == []
