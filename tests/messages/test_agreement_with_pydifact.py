"""On clean files our segments are pydifact's segments."""

import io
import warnings
from collections.abc import Iterable
from pathlib import Path

import pytest
from house_cases import two_messages
from hypothesis import given, settings
from hypothesis import strategies as st

from datecertain.messages import Envelope, Segment, iter_segments, plain, write_messages

pydifact = pytest.importorskip("pydifact.segmentcollection")

SAMPLES = Path(__file__).resolve().parents[2] / ".." / "shared" / "data" / "upu" / "samples"


def theirs(data: bytes) -> list[tuple[str, list[list[str]]]]:
    """Tag and elements of every segment but the advice, by pydifact."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")
        collection = pydifact.RawSegmentCollection.from_str(data.decode("iso8859-1"))
        return [
            (segment.tag, _without_empty_ends(map(_components, segment.elements)))
            for segment in collection.segments
            if segment.tag != "UNA"
        ]


def _components(element: str | list[str]) -> list[str]:
    return [element] if isinstance(element, str) else list(element)


def _without_empty_ends(elements: Iterable[list[str]]) -> list[list[str]]:
    """Empty components and elements at the end mean the same as none; pydifact drops some."""
    kept = [_stripped(element, "") for element in elements]
    return _stripped(kept, [])


def _stripped(values: list, empty: object) -> list:
    while values and values[-1] == empty:
        values = values[:-1]
    return values


def ours(data: bytes) -> list[tuple[str, list[list[str]]]]:
    return [
        (segment.tag, _without_empty_ends(list(element[0]) for element in segment.elements))
        for segment in iter_segments(io.BytesIO(data))
    ]


def test_the_house_interchange() -> None:
    assert ours(two_messages()) == theirs(two_messages())
    assert len(ours(two_messages())) == 30


@pytest.mark.parametrize(
    "sample",
    [
        "emsevt_house_ok.edi",
        "emsevt_house_other_separators.edi",
        "predes_house_ok.edi",
        "cardit_shape_ok.edi",
        "resdit_shape_74_24_21.edi",
        "contrl_reject_count.edi",
    ],
)
def test_shared_samples(sample: str) -> None:
    path = SAMPLES / sample
    if not path.exists():
        pytest.skip("the shared samples are not beside this checkout")
    assert ours(path.read_bytes()) == theirs(path.read_bytes())


VALUE = st.text("ABC 123+:'?.-", max_size=6).map(str.strip)
SEGMENT = st.builds(
    lambda tag, elements: plain(tag, *elements),
    st.sampled_from(["FTX", "RFF", "LOC"]),
    st.lists(st.lists(VALUE, min_size=1, max_size=3).map(tuple), min_size=1, max_size=4),
)


@given(st.lists(SEGMENT, max_size=6))
@settings(deadline=None, max_examples=50)
def test_generated_segments(segments: list[Segment]) -> None:
    envelope = Envelope("A", "B", "R1", 20_773, 570, syntax="UNOC")
    data = write_messages(envelope, [("TESTMS:1:0:ZZ", segments)]).data
    assert ours(data) == theirs(data)
