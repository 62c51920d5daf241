"""What the API and the pages share: the door that requests come to, who asks, how it refuses."""

from datecertain.door.asking import Needs, right_of, ways
from datecertain.door.opened import Door, NetworkInForce, Serving, door_of
from datecertain.door.problems import Problem

__all__ = [
    "Door",
    "Needs",
    "NetworkInForce",
    "Problem",
    "Serving",
    "door_of",
    "right_of",
    "ways",
]
