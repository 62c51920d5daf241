"""The texts of the pages of customer care, the watch board and EDI: none lacks, none is idle."""

from __future__ import annotations

import re
import tomllib
from importlib.resources import files

import pytest

from datecertain.claims.entitlements import OWED, Ground
from datecertain.operations.inquiry_forms import FormSystem
from datecertain.operations.item_search import Open
from datecertain.verdict.live import State
from datecertain.web.burn_down import GROUPS, KINDS
from datecertain.web.site.claims import DECISIONS
from datecertain.web.site.claims import SHOWN as CLAIMS_SHOWN
from datecertain.web.site.inquiries import SHOWN as INQUIRIES_SHOWN
from datecertain.web.site.items import PERSON
from datecertain.wording import glossary

BUILT = [
    *(f"care.claim.ground.{one}" for one in Ground if one not in OWED),
    *(f"care.open.{one}" for one in Open), *(f"watch.board.{one}" for one in KINDS),
    *(f"said.claim.{one}" for one in DECISIONS), *(f"care.act.{one}" for one in DECISIONS),
    *(f"care.act.{one}.go" for one in DECISIONS), *(f"care.person.{one}" for one in PERSON),
    *(f"care.claims.show.{one}" for one in CLAIMS_SHOWN),
    *(f"care.inquiries.show.{one}" for one in INQUIRIES_SHOWN),
    *(f"care.inquiries.empty.{one}" for one in INQUIRIES_SHOWN),
    *(f"care.forms.{one}" for one in FormSystem),
]  # fmt: skip


@pytest.mark.parametrize("key", BUILT)
def test_every_text_that_is_built_is_there(key: str) -> None:
    assert set(glossary()[key]) == {"en", "ko"}


def test_every_state_of_an_open_item_counts_as_something() -> None:
    assert set(GROUPS) >= {str(one) for one in State} - {"not_promised", "delivered"}


def test_no_text_is_idle() -> None:
    web = files("datecertain.web")
    sources = [*(web / "site").iterdir(), *(web / "templates" / "site").iterdir()]
    text = "".join(path.read_text("utf-8") for path in sources if path.is_file())
    built = re.findall(r'"([a-z_.]+\.)(?:"\s*~|\{)', text)
    for name in ("site_care", "site_watch", "site_edi"):
        raw = (files("datecertain.wording") / "glossary" / f"{name}.toml").read_text("utf-8")
        idle = [
            key for key in tomllib.loads(raw)
            if f'"{key}"' not in text and not key.startswith((*built, "nav.", "said.inquiry."))
        ]  # fmt: skip
        assert idle == [], name
