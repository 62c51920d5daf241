"""What is wrong, in words, as lists and tables of data quality say it."""

from __future__ import annotations

from datecertain.wording import Words


def finding_words(kind: str, name: str, speak: Words) -> str:
    """What is wrong: of timeliness by its rule, of completeness by what is expected."""
    return speak.label(f"data_quality.{kind}.{name}", speak.say(f"data_quality.{kind}"))
