"""The report of judged route maps as one HTML file that asks for nothing (req 60, 63)."""

from __future__ import annotations

from datecertain.verdict.route_map_report import policy_lines, report_tables, summary_lines
from datecertain.verdict.route_maps import RouteMapResult
from datecertain.web.pages import templates
from datecertain.wording import words


def route_map_report_html(result: RouteMapResult, language: str) -> str:
    """The page in a language. Raises `UsageError` for a language that is not there."""
    spoken = words(language)
    return (
        templates()
        .get_template("route_maps.html.j2")
        .render(
            words=spoken,
            title=spoken.say("route.title", source=result.source),
            lines=summary_lines(result, spoken),
            tables=report_tables(result, spoken),
            policies=policy_lines(result, spoken) if result.summary.late else [],
            findings=result.findings,
        )
    )
