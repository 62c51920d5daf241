"""datecertain: run a date-certain delivery guarantee between posts."""

__version__ = "0.1.0"
