"""The HTTP door: partners hand interchanges in and ask what became of them."""

from datecertain.api.app import Serving, create_app

__all__ = ["Serving", "create_app"]
