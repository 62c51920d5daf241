"""Where a webhook may be told: public places only, and by TLS to whom the certificate names."""

from __future__ import annotations

import datetime as dt
import socket
import ssl
import threading
import time
from collections.abc import Iterator
from contextlib import suppress
from http.server import BaseHTTPRequestHandler, HTTPServer
from ipaddress import ip_address
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from hypothesis import given, settings
from hypothesis import strategies as st
from webhook_receiver import Receiver, receiving

from datecertain.errors import UsageError
from datecertain.operations.webhook_sending import Reach, public, send

T = 1_793_000_000


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    with receiving() as found:
        yield found


@pytest.mark.parametrize(
    "address",
    [
        "127.0.0.1", "10.1.2.3", "192.168.0.1", "172.16.0.1", "169.254.169.254", "100.64.0.1",
        "0.0.0.0", "224.0.0.1", "255.255.255.255", "::1", "::", "fe80::1", "fc00::1", "ff02::1",
        "::ffff:127.0.0.1", "::ffff:10.0.0.1", "64:ff9b::a00:1", "2002:7f00:1::", "2001:db8::1",
    ],
)  # fmt: skip
def test_addresses_that_are_not_public_are_not_reached(address: str) -> None:
    assert not public(ip_address(address))
    host = f"[{address}]" if ":" in address else address
    with pytest.raises(UsageError, match="public address"):
        Reach().demand_url(f"https://{host}/x")
    tried = send(f"https://{host}/x", "msg_1", b"{}", [b"k"], T, Reach())
    assert (tried.status, "public" in tried.problem) == (None, True)


def test_a_name_is_judged_by_what_it_means(receiver: Receiver) -> None:
    local = f"http://localhost:{receiver.port}/"
    assert send(local, "msg_1", b"{}", [b"k"], T, Reach(private=True)).delivered
    assert not send(local, "msg_1", b"{}", [b"k"], T, Reach()).delivered
    with pytest.raises(PermissionError):
        Reach().addresses("localhost", 443)
    assert len(receiver.came) == 1
    assert public(ip_address("1.1.1.1"))


@pytest.mark.parametrize(
    "url",
    [
        "", "ftp://a.example/", "http://a.example/", "https://", "https:///x", "//a.example",
        "https://u:p@a.example/", "https://a.example/#f", "https://a.example:0/",
        "https://a.example:99999/", "https://a.example/\n", "https://ä.example/",
        "https://a.example\\@b.example/", "https://[::1", "https://a.example/" + "x" * 2000,
    ],
)  # fmt: skip
def test_what_is_no_url_for_a_webhook(url: str) -> None:
    with pytest.raises(UsageError):
        Reach(private=True).demand_url(url)


@given(st.text())
@settings(max_examples=40)
def test_any_text_is_a_url_or_misuse(text: str) -> None:
    for url in (text, f"https://{text}", f"https://a.example/{text}"):
        try:
            Reach().demand_url(url)
        except UsageError:
            continue
        assert url.isascii()


def test_by_tls_only_to_whom_the_certificate_names(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = _certificate(tmp_path)

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            self.send_response(200)
            self.end_headers()

        def log_message(self, *_: object) -> None:
            pass

    server = HTTPServer(("127.0.0.1", 0), Handler)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    server.socket = context.wrap_socket(server.socket, server_side=True)
    thread = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.02})
    thread.start()
    port, reach = server.server_address[1], Reach(private=True)
    try:
        unknown = send(f"https://localhost:{port}/", "msg_1", b"{}", [b"k"], T, reach)
        assert unknown.problem.startswith("TLS: ")
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        assert send(f"https://localhost:{port}/", "msg_1", b"{}", [b"k"], T, reach).delivered
        wrong = send(f"https://127.0.0.1:{port}/", "msg_1", b"{}", [b"k"], T, reach)
        assert wrong.problem.startswith("TLS: ")
    finally:
        server.shutdown()
        thread.join()
        server.server_close()


def _certificate(folder: Path) -> Path:
    """A certificate of `localhost`, made now, with its key."""
    key, now = ec.generate_private_key(ec.SECP256R1()), dt.datetime.now(dt.UTC)
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "localhost")])
    made = (
        x509.CertificateBuilder().subject_name(name).issuer_name(name)
        .public_key(key.public_key()).serial_number(1)
        .not_valid_before(now - dt.timedelta(days=1)).not_valid_after(now + dt.timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.DNSName("localhost")]), critical=False)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .sign(key, hashes.SHA256())
    )  # fmt: skip
    path = folder / "localhost.pem"
    path.write_bytes(
        key.private_bytes(
            serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
        + made.public_bytes(serialization.Encoding.PEM)
    )  # fmt: skip
    return path


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_answer_that_drips_is_not_waited_for(
    scheme: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("datecertain.operations.webhook_sending.TIME_S", 0.4)
    stop = threading.Event()
    with socket.create_server(("127.0.0.1", 0)) as listener:

        def drip() -> None:
            taken, _ = listener.accept()
            with taken, suppress(OSError):
                # The beginning of a status line, or of a TLS record of 16 KiB, and no end of it.
                taken.sendall(b"HTTP/1.1 200 " if scheme == "http" else b"\x16\x03\x03\x40\x00\x02")
                while not stop.wait(0.05):
                    taken.sendall(b"x")

        thread = threading.Thread(target=drip)
        thread.start()
        began, port = time.monotonic(), listener.getsockname()[1]
        tried = send(
            f"{scheme}://127.0.0.1:{port}/", "msg_1", b"{}", [b"k"], T, Reach(private=True)
        )
        stop.set()
        thread.join()
    assert (tried.status, tried.problem) == (None, "no answer in time")
    assert time.monotonic() - began < 5
