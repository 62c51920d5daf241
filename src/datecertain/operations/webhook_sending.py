"""One signed request to a webhook (Standard Webhooks: webhook-id, webhook-timestamp,
webhook-signature), to no place that it must not reach.

The address is looked up first, judged, and then connected to, so that a name cannot mean another
place the second time. Nothing of an answer is kept but its status: what stands at an address is not
for whoever registered it to read.
"""

from __future__ import annotations

import base64
import hashlib
import hmac
import http.client
import ipaddress
import re
import socket
import ssl
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from threading import Timer
from urllib.parse import urlsplit

from datecertain import __version__
from datecertain.errors import UsageError

#: Seconds that a try may take, from connecting to the status of the answer.
TIME_S = 15.0
_LONGEST_URL = 2000
_MOST_ADDRESSES = 4
_PRINTABLE = re.compile(r"[!-~]+")
Address = ipaddress.IPv4Address | ipaddress.IPv6Address
#: IPv6 addresses that stand for an IPv4 address in their last four bytes (RFC 6052).
_NAT64 = ipaddress.IPv6Network("64:ff9b::/96")


@dataclass(frozen=True, slots=True)
class Tried:
    """How a try ended: the status of the answer, or why there was none. `wait_s`: how long the
    receiver asked to be left alone."""

    status: int | None
    problem: str
    wait_s: int = 0

    @property
    def delivered(self) -> bool:
        """Whether the receiver has it."""
        return self.status is not None and 200 <= self.status < 300


@dataclass(frozen=True, slots=True)
class Reach:
    """What may be reached: with `private` places that are not public, this machine among them."""

    private: bool = False

    def demand_url(self, url: str) -> None:
        """Raises `UsageError` unless a webhook may have this URL: https, or http on this machine;
        names are judged when they are looked up."""
        if len(url) > _LONGEST_URL or not _PRINTABLE.fullmatch(url):
            raise UsageError("not a URL for a webhook: printable ASCII, at most 2,000 characters")
        try:
            parts = urlsplit(url)
            port, host = parts.port, parts.hostname or ""
        except ValueError as error:
            raise UsageError(f"{url!r} is not a URL: write https://host/path") from error
        if parts.scheme not in ("https", "http") or not host or port == 0:
            raise UsageError(f"{url!r} is not a URL of the web: write https://host/path")
        if parts.username is not None or parts.fragment or "\\" in url:
            raise UsageError("a webhook's URL has no user, no password and no fragment")
        literal = _literal(host)
        if parts.scheme == "http" and not _loopback(host, literal):
            raise UsageError(f"{url!r}: a webhook is told by https")
        if not self.private and (_loopback(host, literal) or (literal and not public(literal))):
            raise UsageError(
                f"{host} is not a public address: private_addresses = true under [webhooks] in "
                "datecertain.toml lets webhooks reach it"
            )

    def addresses(self, host: str, port: int) -> list[str]:
        """The addresses of a host. Raises `OSError` for one that may not be reached."""
        found = socket.getaddrinfo(host, port, type=socket.SOCK_STREAM)
        addresses = list(dict.fromkeys(str(one[4][0]) for one in found))
        for address in addresses:
            if not self.private and not public(ipaddress.ip_address(address.partition("%")[0])):
                raise PermissionError("the host has an address that is not public")
        return addresses


def public(address: Address) -> bool:
    """Whether an address is one of the public internet, whatever form it is written in."""
    if isinstance(address, ipaddress.IPv6Address):
        inner = address.ipv4_mapped or address.sixtofour
        if inner is None and address in _NAT64:
            inner = ipaddress.IPv4Address(int(address) & 0xFFFFFFFF)
        if inner is not None:
            return public(inner)
        if address.teredo is not None or address.is_site_local:
            return False
    return address.is_global and not address.is_multicast and not address.is_reserved


def _literal(host: str) -> Address | None:
    with suppress(ValueError):
        return ipaddress.ip_address(host)
    return None


def _loopback(host: str, literal: Address | None) -> bool:
    return host == "localhost" or (literal is not None and literal.is_loopback)


def signature(secrets: Sequence[bytes], message_id: str, timestamp: int, body: bytes) -> str:
    """The header `webhook-signature`: one signature for each secret."""
    signed = f"{message_id}.{timestamp}.".encode() + body
    digests = (hmac.digest(secret, signed, hashlib.sha256) for secret in secrets)
    return " ".join(f"v1,{base64.b64encode(one).decode()}" for one in digests)


def send(
    url: str, message_id: str, body: bytes, secrets: Sequence[bytes], now: int, reach: Reach
) -> Tried:  # fmt: skip
    """Send a message once; no redirect is followed."""
    headers = {
        "Content-Type": "application/json", "User-Agent": f"datecertain/{__version__}",
        "webhook-id": message_id, "webhook-timestamp": str(now),
        "webhook-signature": signature(secrets, message_id, now, body),
    }  # fmt: skip
    try:
        reach.demand_url(url)  # what may be reached can have changed since it was registered
        parts = urlsplit(url)
        host, secure = parts.hostname or "", parts.scheme == "https"
        port = parts.port or (443 if secure else 80)
        target = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
        return _post(host, port, secure, reach.addresses(host, port), target, headers, body)
    except UsageError as error:
        return Tried(None, str(error))
    except TimeoutError:
        return Tried(None, "no answer in time")
    except ssl.SSLError as error:
        return Tried(None, f"TLS: {getattr(error, 'verify_message', '') or error.reason}")
    except (OSError, http.client.HTTPException, UnicodeError) as error:
        return Tried(None, _in_words(error))


def _post(
    host: str, port: int, secure: bool, addresses: Sequence[str], target: str,
    headers: Mapping[str, str], body: bytes,
) -> Tried:  # fmt: skip
    connection = _Connection(host, port, addresses, secure)
    # Each wait is bounded, but an answer that drips would be waited for byte by byte.
    timer = Timer(TIME_S, connection.cut)
    timer.daemon = True
    timer.start()
    try:
        connection.connect()
        connection.request("POST", target, body, dict(headers))
        answer = connection.getresponse()
        if connection.was_cut:  # half a head reads like a whole one
            raise TimeoutError
        wait = answer.headers.get("retry-after", "")
        problem = "" if 200 <= answer.status < 300 else f"answered {answer.status}"
        return Tried(answer.status, problem, int(wait) if re.fullmatch(r"\d{1,6}", wait) else 0)
    except (OSError, http.client.HTTPException, AttributeError, ValueError) as error:
        if connection.was_cut:  # what a connection says that is cut under its hands is no matter
            raise TimeoutError from error
        raise
    finally:
        timer.cancel()
        connection.close()


class _Connection(http.client.HTTPConnection):
    """A connection to one of some addresses, under the name of the host."""

    def __init__(self, host: str, port: int, addresses: Sequence[str], secure: bool) -> None:
        super().__init__(host, port, timeout=TIME_S)
        self._addresses, self._secure, self.was_cut = addresses, secure, False

    def connect(self) -> None:
        """Connect to the first address that answers."""
        failed: OSError = OSError("the host has no address")
        for address in self._addresses[:_MOST_ADDRESSES]:
            if self.was_cut:
                break
            try:
                self.sock = socket.create_connection((address, self.port), TIME_S)
                break
            except OSError as error:
                failed = error
        else:
            raise failed
        if self._secure:
            context = ssl.create_default_context()
            secure = context.wrap_socket(
                self.sock, server_hostname=self.host, do_handshake_on_connect=False
            )
            self.sock = secure  # so that it can be cut while it shakes hands
            secure.do_handshake()

    def cut(self) -> None:
        """End it from another thread."""
        self.was_cut = True
        if self.sock is not None:
            with suppress(OSError):
                self.sock.shutdown(socket.SHUT_RDWR)


def _in_words(error: Exception) -> str:
    if isinstance(error, socket.gaierror):
        return "the host has no address"
    if isinstance(error, PermissionError | ConnectionError):
        return (error.strerror or str(error)) if error.args else type(error).__name__
    return f"no answer: {type(error).__name__}"
