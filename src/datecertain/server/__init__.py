"""The server: the API and the pages over one workspace, and what runs beside them."""

from datecertain.door.opened import Serving
from datecertain.server.app import create_app

__all__ = ["Serving", "create_app"]
