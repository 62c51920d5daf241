"""Why an operation refused, in the reader's language."""

from __future__ import annotations

import pytest

from datecertain.errors import NotFound, Term, UsageError, Usdr
from datecertain.web.site.refusals import why
from datecertain.wording import words


@pytest.mark.parametrize(
    ("error", "said"),
    [
        (UsageError("…", "password.short", count=12),
         "비밀번호가 너무 짧습니다. 12자 이상이어야 합니다."),
        (UsageError("…", "payment.amount", amount=Usdr(5_000_000), open=Usdr(1_500_000)),
         "5.00 SDR을(를) 지급했을 수 없습니다. 미지급액은 1.50 SDR입니다."),
        (UsageError("…", "statement.state", state=Term("settlement.state.provisional"),
                    act=Term("settlement.act.accepted"),
                    allowed=(Term("settlement.state.final"), Term("settlement.state.accepted"))),
         "정산서 상태: 잠정. “승인”은(는) 다음 상태에서만 가능합니다: 확정, 승인."),
        (NotFound("…", "account.unknown", login="kim"), "“kim” 계정이 없습니다."),
        (UsageError("told in English alone"), ""),
    ],
)  # fmt: skip
def test_in_korean(error: UsageError, said: str) -> None:
    assert why(error, words("ko")) == said
