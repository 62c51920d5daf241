"""The templates of all pages: escaped, strict about names, one environment for the process."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup


@lru_cache(maxsize=1)
def templates() -> Environment:
    """The environment of `web/templates`; `style` is the text of the month's style sheet."""
    environment = Environment(
        loader=PackageLoader("datecertain.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    source, _, _ = environment.loader.get_source(environment, "month.css")  # type: ignore[union-attr]
    environment.globals["style"] = Markup(source)
    return environment
