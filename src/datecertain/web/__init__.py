"""Pages made on the server: the report of a month as one file that asks for nothing (req 70)."""

from datecertain.web.month_report import render_month, report_name

__all__ = ["render_month", "report_name"]
