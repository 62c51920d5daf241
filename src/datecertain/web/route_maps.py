"""The report of judged route maps as one HTML file that asks for nothing (req 60, 63)."""

from __future__ import annotations

from functools import lru_cache

from jinja2 import Environment, PackageLoader, StrictUndefined, Template

from datecertain.verdict.route_map_report import report_tables, summary_lines
from datecertain.verdict.route_maps import RouteMapResult
from datecertain.wording import words


def route_map_report_html(result: RouteMapResult, language: str) -> str:
    """The page in a language. Raises `UsageError` for a language that is not there."""
    spoken = words(language)
    return _template().render(
        words=spoken,
        title=spoken.say("route.title", source=result.source),
        lines=summary_lines(result, spoken),
        tables=report_tables(result, spoken),
        findings=result.findings,
    )


@lru_cache(maxsize=1)
def _template() -> Template:
    environment = Environment(
        loader=PackageLoader("datecertain.web", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    return environment.get_template("route_maps.html.j2")
