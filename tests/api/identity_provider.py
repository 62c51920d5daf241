"""A provider of OpenID Connect to test against: Canaille, in a process of its own.

    python identity_provider.py PORT CALLBACK

Says `ready` when it listens. On SIGHUP it changes its keys: those of before are shown no more.
"""

from __future__ import annotations

import os
import signal
import sys
from typing import Any
from wsgiref.simple_server import WSGIRequestHandler, make_server

from canaille import create_app
from canaille.app import models
from canaille.backends import Backend
from joserfc.jwk import ECKey, RSAKey

os.environ["AUTHLIB_INSECURE_TRANSPORT"] = "1"  # this machine talks to itself
PASSWORD = "four small words here"


def fresh_keys() -> list[dict[str, Any]]:
    """An RSA key and one on P-256, as the settings want them."""
    keys = RSAKey.generate_key(2048, auto_kid=True), ECKey.generate_key("P-256", auto_kid=True)
    return [dict(key.as_dict(private=True)) for key in keys]


class Quiet(WSGIRequestHandler):
    """Writes no log."""

    def log_message(self, format: str, *values: Any) -> None: ...


def main(port: int, callback: str) -> None:
    """Serve until the process is ended."""
    app = create_app(
        config={
            "SECRET_KEY": "only for a test", "WTF_CSRF_ENABLED": False, "TESTING": True,
            "SERVER_NAME": f"127.0.0.1:{port}", "PREFERRED_URL_SCHEME": "http",
            "CANAILLE": {"DATABASE": "memory", "JAVASCRIPT": False,
                         "ACL": {"DEFAULT": {"PERMISSIONS": ["use_oidc"]}}},
            "CANAILLE_OIDC": {"ACTIVE_JWKS": fresh_keys()},
        }
    )  # fmt: skip
    with app.app_context():
        kim = models.User(
            user_name="kim.jw", family_name="Kim", given_name="Ji-woo", formatted_name="Kim Ji-woo",
            display_name="Kim.JW",
            emails=["kim@post.example"], password=PASSWORD,
        )  # fmt: skip
        Backend.instance.save(kim)
        Backend.instance.save(models.Group(display_name="dc-care", members=[kim]))
        # One of its own for codes that nobody redeems: this provider, kept in memory, would hand
        # the first of a client's codes to whoever redeems its second.
        for name, algorithm in (("RS256", "RS256"), ("ES256", "ES256"), ("unused", "RS256")):
            client = models.Client(
                client_id=f"dc-{name}", client_secret="a:secret%", client_name="datecertain",
                client_uri="http://127.0.0.1", redirect_uris=[callback], response_types=["code"],
                grant_types=["authorization_code"], scope=["openid", "email", "groups", "profile"],
                token_endpoint_auth_method="client_secret_basic",
                id_token_signed_response_alg=algorithm,
            )  # fmt: skip
            Backend.instance.save(client)
            client.audience = [client]
            Backend.instance.save(client)
    server = make_server("127.0.0.1", port, app, handler_class=Quiet)

    def change_keys(*_: object) -> None:
        app.config["CANAILLE_OIDC"]["ACTIVE_JWKS"] = fresh_keys()

    signal.signal(signal.SIGHUP, change_keys)
    print("ready", flush=True)
    server.serve_forever()


if __name__ == "__main__":
    main(int(sys.argv[1]), sys.argv[2])
