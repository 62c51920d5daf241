"""Why an operation refused, in the reader's language."""

from __future__ import annotations

import pytest

from datecertain.errors import NotFound, Term, UsageError, Usdr
from datecertain.network.agreed_terms import Differing
from datecertain.operations.lane_openings import Difference
from datecertain.web.site.refusals import why
from datecertain.wording import said, words
from datecertain.wording.told_back import told_text


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
        (UsageError("…", "job.options", job=Term("admin.job.backup")),
         "“백업” 작업에는 그런 설정이 없습니다."),
        (UsageError("…", "account.role", role=Term("role.counter")),
         "“창구” 역할은 그 우정청에 줄 수 없습니다."),
        (NotFound("…", "account.unknown", login="kim"), "“kim” 계정이 없습니다."),
        (UsageError("told in English alone"), ""),
    ],
)  # fmt: skip
def test_in_korean(error: UsageError, said: str) -> None:
    assert why(error, words("ko")) == said


@pytest.mark.parametrize(
    ("sentence", "reason", "told"),
    [
        ("the network in force is 3f, no longer 2e: look at what changed and ask anew",
         "approval.network", {"standing": "3f", "before": "2e"}),
        ("KR-US would not be open on 2026-12-01", "lane.not_open",
         {"lane": "KR-US", "first": "2026-12-01"}),
        ("statement 2026-10 KR-US was accepted by KR before", "statement.accepted", {"post": "KR"}),
    ],
)  # fmt: skip
def test_a_sentence_that_was_stored_reads_like_its_reason(
    sentence: str, reason: str, told: dict[str, str]
) -> None:
    error = UsageError(sentence, reason, **told)
    assert told_text(sentence, words("ko")) == why(error, words("ko"))


def test_what_changed_since_a_proposal_is_named_in_words() -> None:
    changed = (
        Difference(Differing("standard", "", "", "network", "D+3")),
        Difference(Differing("term", "sender", "refund_percent", "100", None)),
        said("lane.differs.more", count=2),
    )
    error = UsageError("…", "lane.terms", number="3", changed=changed)
    assert why(error, words("ko")) == (
        "제안 3 이후 약관이 바뀌었습니다. 철회하고 다시 제안하십시오: 송달기준: network → D+3, "
        "약관 발송인 대상 refund_percent: 100 → 없음, 그 밖에 2건."
    )
