"""Refusals as pages: what went wrong and what to do, in the reader's language."""

from __future__ import annotations

from urllib.parse import quote

from fastapi import Request, Response
from fastapi.responses import RedirectResponse

from datecertain.door import Problem
from datecertain.web.site.frame import page, viewer_of
from datecertain.web.site.languages import SENDERS

#: Statuses that have their own words; of the others the class has.
_TOLD = (400, 403, 404, 405, 409, 413, 422, 429, 500, 503)


def refusal_page(request: Request, problem: Problem) -> Response:
    """A refusal as a page; without a visit, the way in."""
    if problem.status == 401:
        here = request.url.path
        if request.url.query:
            here += f"?{request.url.query}"
        back = f"?next={quote(here, safe='')}" if request.method == "GET" and here != "/" else ""
        return RedirectResponse(f"/login{back}", 303, headers={"Cache-Control": "no-store"})
    told = problem.status if problem.status in _TOLD else (500 if problem.status >= 500 else 400)
    detail = "" if told in (404, 500, 503) else problem.detail
    answer = page(
        request, "failing.html.j2", viewer_of(request), status=problem.status, languages=SENDERS,
        told=told, detail=detail,
    )  # fmt: skip
    for name, value in problem.headers.items():
        answer.headers[name] = value
    return answer
