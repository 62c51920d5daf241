"""What the API and the pages share: the door that requests come to, who asks, how it refuses."""

from datecertain.door.asking import Needs, right_of, ways
from datecertain.door.opened import Door, NetworkInForce, Serving, door_of
from datecertain.door.problems import Problem
from datecertain.door.visiting import csrf_of

__all__ = [
    "Door",
    "Needs",
    "NetworkInForce",
    "Problem",
    "Serving",
    "csrf_of",
    "door_of",
    "right_of",
    "ways",
]
