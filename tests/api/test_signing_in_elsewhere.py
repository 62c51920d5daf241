"""Signing in at a real provider of OpenID Connect, run here: Canaille."""

from __future__ import annotations

import importlib.util
import re
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

import httpx
import pytest
from api_door import Api, api_over
from small_workspaces import small_workspace

from datecertain.operations.accounts import create_account
from datecertain.operations.signing_in_elsewhere import bind_identity

if importlib.util.find_spec("canaille") is None:
    pytest.skip("no provider of OpenID Connect here: canaille is not installed",
                allow_module_level=True)  # fmt: skip

CALLBACK = "http://127.0.0.1:9/v1/login/oidc/callback"
PASSWORD = "four small words here"


@dataclass
class Running:
    issuer: str
    process: subprocess.Popen[str]


@pytest.fixture(scope="module")
def provider() -> Iterator[Running]:
    with socket.create_server(("127.0.0.1", 0)) as probe:
        port = probe.getsockname()[1]
    script = Path(__file__).with_name("identity_provider.py")
    process = subprocess.Popen(
        [sys.executable, "-W", "ignore", script, str(port), CALLBACK],
        stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True,
    )  # fmt: skip
    assert process.stdout is not None
    assert process.stdout.readline() == "ready\n"
    yield Running(f"http://127.0.0.1:{port}", process)
    process.kill()
    process.wait()
    process.stdout.close()


@contextmanager
def serving(folder: Path, issuer: str, client: str, more: str = "") -> Iterator[Api]:
    """The API of a workspace that knows the provider."""
    workspace = small_workspace(folder)
    (workspace / "secret").write_text("a:secret%\n")
    with (workspace / "datecertain.toml").open("a") as file:
        file.write(
            f'\n[oidc]\nissuer = "{issuer}"\nclient_id = "{client}"\n'
            f'client_secret_file = "secret"\nredirect_url = "{CALLBACK}"\n'
            f'scopes = ["openid", "email", "groups", "profile"]\n{more}'
        )
    create_account(workspace, "kim", "Kim", "KR", ["care"], int(time.time()))
    with contextmanager(api_over)(workspace) as api:
        yield api


def go(api: Api, browser: httpx.Client, next_: str = "/claims") -> str:
    """A browser is sent to the provider, signs in there, and is sent back: with what."""
    answer = api.client.get("/v1/login/oidc", params={"next": next_})
    assert answer.status_code == 303
    place = httpx.URL(answer.headers["location"])
    answer = browser.get(place)
    while answer.status_code == 302:
        place = place.join(answer.headers["location"])
        if str(place).startswith(CALLBACK):
            return str(place)
        answer = browser.get(place)
        if answer.status_code == 200:
            name = "password" if 'type="password"' in answer.text else "login"
            assert re.search(rf'name="{name}"', answer.text)
            value = PASSWORD if name == "password" else "kim.jw"
            answer = browser.post(place, data={name: value})
    raise AssertionError(f"{answer.status_code}: {answer.text}")


def come_back(api: Api, place: str) -> httpx.Response:
    """The browser follows the way back to us."""
    return api.client.get(httpx.URL(place).raw_path.decode())


@pytest.mark.parametrize("client", ["dc-RS256", "dc-ES256"])
def test_a_person_that_is_bound_to_an_account_signs_in(
    tmp_path: Path, provider: Running, client: str
) -> None:
    with serving(tmp_path / "w", provider.issuer, client) as api, httpx.Client() as browser:
        place = go(api, browser)
        refused = come_back(api, place)
        assert (refused.status_code, refused.json()["detail"]) == (
            401, "no account here is yours: ask its administrator",
        )  # fmt: skip
        now = int(time.time())
        bind_identity(api.workspace, "kim", provider.issuer, "kim.jw", now)
        place = go(api, browser)
        back = come_back(api, place)
        assert (back.status_code, back.headers["location"]) == (303, "/claims")
        me = api.client.get("/v1/me").json()
        assert (me["login"], me["post"], me["roles"]) == ("kim", "KR", ["care"])
        assert come_back(api, place).status_code == 401, "an answer is used once"

        if client == "dc-RS256":  # the provider changes its keys
            provider.process.send_signal(signal.SIGHUP)
            api.app.state.door.provider._clock = lambda: time.monotonic() + 60
            assert come_back(api, go(api, browser)).status_code == 303


def test_an_answer_that_was_not_asked_for_by_this_browser_is_refused(
    tmp_path: Path, provider: Running
) -> None:
    with serving(tmp_path / "w", provider.issuer, "dc-unused") as api, httpx.Client() as browser:
        place = go(api, browser)
        with httpx.Client(base_url=api.client.base_url) as other:
            refused = other.get(httpx.URL(place).raw_path.decode())
            assert (refused.status_code, refused.json()["title"]) == (
                401, "You cannot be signed in like that",
            )  # fmt: skip
        for change in (
            {"state": "x"}, {"iss": "https://other.example"}, {"code": "x"}, {"error": "no"},
        ):  # fmt: skip
            changed = httpx.URL(go(api, browser)).copy_merge_params(change)
            assert come_back(api, str(changed)).status_code == 401, change
        without = httpx.URL(go(api, browser)).copy_remove_param("iss")
        assert come_back(api, str(without)).status_code == 401, "this provider says who it is"
        assert "dc" not in api.client.cookies


def test_an_account_is_made_where_the_settings_say_so(tmp_path: Path, provider: Running) -> None:
    more = 'create = true\n[oidc.accounts]\npost = "KR"\nroles = { "dc-care" = "quality" }\n'
    folder = tmp_path / "w"
    with serving(folder, provider.issuer, "dc-RS256", more) as api, httpx.Client() as browser:
        back = come_back(api, go(api, browser, "//evil.example"))
        assert (back.status_code, back.headers.get("location")) == (303, "/"), back.text
        me = api.client.get("/v1/me").json()
        assert (me["login"], me["name"], me["roles"]) == ("kim.jw", "Kim Ji-woo", ["quality"])


def test_without_a_provider_there_is_no_such_way(api: Api) -> None:
    assert api.client.get("/v1/login/oidc").status_code == 404
    assert api.client.get("/v1/login/oidc/callback?code=a&state=b").status_code == 404
