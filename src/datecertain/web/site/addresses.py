"""How often an address may ask that did not come in (req 40)."""

from __future__ import annotations

import ipaddress

from fastapi import Request

from datecertain.door import Problem


def hold_address_to_rate(request: Request) -> None:
    """Raises `Problem` 429 past the rate of an address; of IPv6 a whole /64 counts as one."""
    wait = request.app.state.site.public.wait_s(_holder(request))
    if wait:
        raise Problem(429, "rate", "Too many requests", "", {"Retry-After": str(int(wait) + 1)})


def _holder(request: Request) -> str:
    host = request.client.host if request.client else ""
    try:
        address = ipaddress.ip_address(host)
    except ValueError:
        return host
    if address.version == 6:
        return str(ipaddress.ip_network((address, 64), strict=False))
    return host
