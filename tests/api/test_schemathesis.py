"""Every way of the API by an outside judge: what its description allows, and what it does not, ends
in no error of the server and in no answer of another shape (schemathesis; synthetic data).

`API_EXAMPLES=100` asks a hundred of each way instead of a few.
"""

from __future__ import annotations

import os
import subprocess
import sys
import time
from pathlib import Path

import pytest
from api_door import Api

from datecertain.access import POST_ROLES
from datecertain.operations.accounts import create_account, create_key

EXAMPLES = os.environ.get("API_EXAMPLES", "2")
#: Left out: a stream that does not end, and leaving, which would end what is asked with.
LEFT_OUT = r"/v1/(live|visits|login|me/password)"
CHECKS = (
    "not_a_server_error,status_code_conformance,content_type_conformance,"
    "response_schema_conformance,unsupported_method"
)


@pytest.mark.slow
def test_what_is_described_is_what_is_done(api: Api, tmp_path: Path) -> None:
    now = int(time.time())
    create_account(api.workspace, "judge", "judge", "KR", POST_ROLES, now, machine=True)
    key = create_key(api.workspace, "judge", now)
    ended = subprocess.run(
        [
            Path(sys.executable).parent / "schemathesis", "run",
            f"{api.client.base_url}/v1/openapi.json", "-H", f"Authorization: Bearer {key}",
            "--max-examples", EXAMPLES, "--phases", "fuzzing", "--checks", CHECKS, "--seed", "1",
            "--exclude-path-regex", LEFT_OUT, "--request-timeout", "30",
            "--generation-database", "none", "--no-color",
        ],
        capture_output=True, text=True, check=False, cwd=tmp_path,
    )  # fmt: skip
    assert ended.returncode == 0, ended.stdout[-8000:] + ended.stderr[-1000:]
