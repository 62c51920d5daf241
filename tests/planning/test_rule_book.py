"""The rule book says every rule in force, in both languages, as a sentence (req 78)."""

from __future__ import annotations

import re
from collections.abc import Iterator
from itertools import permutations

import pytest

from datecertain.moments import parse_date
from datecertain.network import Network, bundled_folder, read_network, read_texts
from datecertain.network.agreed_terms import Clause, Part, clauses_of
from datecertain.network.exclusions import EXCLUSIONS
from datecertain.network.rule_sentences import has_sentence, sentence
from datecertain.network.terms import TERMS
from datecertain.planning.rule_book import RuleBook, rule_book, section_of
from datecertain.planning.rule_book_paper import rule_book_paper
from datecertain.settlement import bundled_tariff, bundled_tariffs
from datecertain.wording import LANGUAGES, glossary, words
from datecertain.wording.documents import as_text
from worlds import small_network

DAY = parse_date("2026-11-26")


@pytest.fixture(scope="module")
def network() -> Network:
    data, findings = read_network(read_texts(bundled_folder()))
    assert data is not None
    return Network(data, tuple(findings))


def book_of(network: Network, pair: tuple[str, str], language: str) -> RuleBook:
    return rule_book(
        network, bundled_tariff(), pair, DAY, words(language), lambda *_: ()
    )  # fmt: skip


def every_clause(network: Network) -> Iterator[Clause]:
    """Of every lane on every day from which a term or an exclusion may be another."""
    days = {DAY, *network.terms.changes(), *network.exclusions.changes()}
    inside = [day for day in days if network.data.first_day <= day <= network.data.last_day]
    for lane in permutations(sorted(network.posts), 2):
        for day in inside:
            yield from clauses_of(network, *lane, day)


def test_every_term_in_force_is_a_sentence_in_both_languages(network: Network) -> None:
    seen = {(one.part, one.scope, one.name, one.value): one for one in every_clause(network)}
    terms = {(scope, name) for part, scope, name, _ in seen if part is Part.TERM}
    assert terms == {(str(scope), name) for name, kind in TERMS.items() for scope in kind.scopes}
    for clause in seen.values():
        assert clause.part is not Part.TERM or has_sentence(clause), clause
        english, korean = (sentence(clause, words(language)) for language in ("en", "ko"))
        for told in (english, korean):
            assert told.endswith("."), told
            assert "_" not in re.sub(r"\([^)]*\)", "", told), told  # no key of ours
        assert re.search("[가-힣]", korean), korean
        assert not re.search("[가-힣]", english), english


def test_every_value_that_a_term_can_have_is_a_sentence() -> None:
    """Of a term with a few words as values each has a sentence of its own, or none has."""
    for name, kind in TERMS.items():
        choices = []
        for value in ("yes", "no", *_WORDS):
            try:
                kind.parse(value)
            except ValueError:
                continue
            choices.append(value)
        told = {value for value in choices if f"rule.term.{name}.{value}" in glossary()}
        assert f"rule.term.{name}" in glossary() or told == set(choices), (name, choices)


_WORDS = (
    "step", "subtract", "exclude", "extend", "deemed_delivered", "import", "export", "both",
    "either", "never", "lost", "late", "owed_scan", "last_scanned", "next_scanned",
    "undetermined", "proportional", "last_holder", "nothing", "from_notice", "notified",
    "uncontested", "accepted", "money", "credit", "replacement", "posting", "due", "delivery",
    "days", "business_days", "months", "automatic", "claim_driven", "postage", "tariff",
    "accepting", "central", "kept", "recovered", "none", "beside", "before", "on_time",
)  # fmt: skip


def test_the_book_of_two_posts_has_each_clause_of_both_lanes(network: Network) -> None:
    for language in LANGUAGES:
        book = book_of(network, ("KR", "US"), language)
        printed = as_text(rule_book_paper(book, words(language)))
        flat = " ".join(printed.split())
        for lane in (("KR", "US"), ("US", "KR")):
            for clause in clauses_of(network, *lane, DAY):
                told = sentence(clause, words(language))
                assert " ".join(told.split()) in flat
                assert " ".join(clause.source.split()) in flat
        for lane_rules in book.lanes:
            assert lane_rules.terms_sha256 in printed
            assert lane_rules.cut_offs
        assert "KRSELB" in printed
        assert "the same" not in {rule.source for rule in book.rules}


def test_each_rule_is_told_once_and_for_the_lanes_it_holds_for(network: Network) -> None:
    book = book_of(network, ("KR", "US"), "en")
    told = [(rule.name, rule.scope, rule.text, rule.source, rule.valid_from) for rule in book.rules]
    assert len(told) == len(set(told))
    about = ("customs", "customs", "sender")
    customs = {
        rule.lanes: rule.text
        for rule in book.rules
        if (rule.section, rule.name, rule.scope) == about
    }
    assert customs == {
        ("KR-US",): "A customs hold with a valid clock-stop excuses the step of due dates that it "
        "caused.",
        ("US-KR",): "The delivery days between a customs hold and its release are taken off.",
    }
    lost = next(rule for rule in book.rules if rule.name == "lost_after_days")
    assert lost.lanes == ("KR-US", "US-KR")
    names = {rule.name for rule in book.rules if rule.section == "tariff"}
    assert {"recourse", "performance", "statements"} <= names
    assert {rule.name for rule in book.rules if rule.section == "exclusions_sender"} <= set(
        EXCLUSIONS
    )


def test_a_network_older_than_a_term_and_every_tariff_can_be_printed() -> None:
    small = small_network()
    for tariff in map(bundled_tariff, bundled_tariffs()):
        book = rule_book(small, tariff, ("US", "JP"), small.data.first_day, words("ko"),
                         lambda *_: ())  # fmt: skip
        assert rule_book_paper(book, words("ko")).blocks
    unknown = Clause(Part.TERM, "sender", "new_term", "7", "*-*", "", "", "test")
    assert not has_sentence(unknown)
    assert sentence(unknown, words("en")) == "new_term: 7."
    assert section_of(unknown) == "liability"
