"""Who did what to claims, inquiries and cases, in words of the glossary."""

from __future__ import annotations

import pytest

from datecertain.claims.cases import Actor
from datecertain.claims.inquiries import Act, Happened
from datecertain.cli.case_words import limits_text
from datecertain.moments import NEVER
from datecertain.operations.claim_views import actor_text
from datecertain.operations.telling_inquiries import act_text
from datecertain.tracking.cases import ForceMajeureCase
from datecertain.wording import words

KO = words("ko")


@pytest.mark.parametrize(
    ("actor", "role", "said"),
    [
        ("rule", Actor.RULE, "약관에 따름"),
        ("sender", Actor.CLAIMANT, "발송인"),
        ("Kim", Actor.ORIGIN, "Kim"),
    ],
)
def test_who_acts_on_a_claim(actor: str, role: Actor, said: str) -> None:
    assert actor_text(actor, role, KO) == said


@pytest.mark.parametrize(
    ("act", "reason", "said"),
    [
        (Act.OPENED, "", "청구"),
        (Act.REMINDED, "reply", "독촉: 회신"),
        (Act.ANSWERED, "on_its_way", "회신"),
        (Act.CLOSED, "solved", "종결: 해결"),
        (Act.PERSONS_SEEN, "주소 확인", "성명·주소 열람: 주소 확인"),
    ],
)
def test_what_happened_to_an_inquiry(act: Act, reason: str, said: str) -> None:
    assert act_text(Happened(act, 0, 0, "Kim", "KR", reason), KO) == said


def test_what_a_case_covers() -> None:
    case = ForceMajeureCase(
        "STRIKE-1", "FR", "", "import", 0, int(NEVER), 0, "", "", "", kind="strike",
        contents="documents gift",
    )  # fmt: skip
    assert limits_text(case, KO) == "도착(수입) 단계, 내용품 서류/선물, 파업"
