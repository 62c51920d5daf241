"""Skeletons of the licensed layouts: refused until filled, and complete once they are."""

import re
import tomllib
from importlib.resources import files
from pathlib import Path

import pytest

import datecertain.messages
from datecertain.errors import LayoutError
from datecertain.messages import SKELETONS, attribute_profiles, read_profile, skeleton

#: The profile that each would become if its standard were laid out as ours.
LIKE = {
    "m40-v3-emsevt": "house/emsevt",
    "m41-predes": "house/predes",
    "resdes": "house/resdes",
    "m48-cardit": "carrier/cardit",
    "m49-resdit": "carrier/resdit",
    "m33-itmatt": "house/itmatt",
    "precon": "house/precon",
    "rescon": "house/rescon",
}
LAYOUTS = files(datecertain.messages) / "layouts"


def model(name: str) -> dict:
    return tomllib.loads((LAYOUTS / f"{LIKE[name]}.toml").read_text("utf-8"))


def filled(name: str) -> str:
    """The skeleton as somebody fills it who reads our own layout as the licensed text."""
    data, lines, field, part = model(name), [], {}, ""
    fields = {one["field"]: one for one in data["fields"]}
    tops = {"status": "confirmed", "source": "illustrative: a test"}
    for line in skeleton(name).splitlines():
        key = line.partition(" = ")[0]
        field = fields.get(tomllib.loads(line)["field"], {}) if key == "field" else field
        part = line if line.startswith("[") else part
        if "FILL" not in line or line.startswith("#"):
            lines.append(line)
        elif part == "[opens]":
            inside = ", ".join(f'{one} = "{text}"' for one, text in data["opens"][key].items())
            lines.append(f"{key} = {{ {inside} }}")
        else:
            value = {**tops, **data["applies"], **field}.get(key)
            if value is not None:
                lines.append(f"{key} = {value!r}")
    return "\n".join(lines)


def test_all_files_are_listed() -> None:
    names = sorted(path.name for path in (LAYOUTS / "skeletons").iterdir())
    assert (
        names == sorted(f"{name}.toml" for name in SKELETONS) == sorted(f"{x}.toml" for x in LIKE)
    )


@pytest.mark.parametrize("name", SKELETONS)
def test_a_skeleton_is_refused_and_names_what_is_to_be_filled(name: str) -> None:
    with pytest.raises(LayoutError) as refused:
        read_profile(skeleton(name))
    told = str(refused.value)
    assert told.startswith(f"layout profile '{name}' is a skeleton: ")
    assert "to be filled from the licensed text" in told
    for one in model(name)["fields"]:
        assert f"fields.{one['field']}.segment" in told
    for part in model(name)["opens"]:
        assert f"opens.{part}.segment" in told
    assert "applies.layout" in told


@pytest.mark.parametrize("name", SKELETONS)
def test_one_place_left_open_is_enough_to_refuse_it(name: str) -> None:
    whole = filled(name)
    with pytest.raises(LayoutError, match=re.escape("1 place(s) are to be filled")) as refused:
        read_profile(whole.replace("'confirmed'", '"FILL"'))
    assert str(refused.value).endswith(": status")


@pytest.mark.parametrize("name", SKELETONS)
def test_filled_it_reads_as_the_layout_that_it_was_filled_from(name: str) -> None:
    profile, like = read_profile(filled(name)), attribute_profiles().named(model(name)["name"])
    assert (profile.name, profile.status, profile.writing) == (name, "confirmed", None)
    for what in ("layout", "opens", "says", "fields"):
        assert getattr(profile, what) == getattr(like, what)


@pytest.mark.parametrize("name", SKELETONS)
def test_it_says_where_its_facts_end(name: str) -> None:
    text = skeleton(name)
    assert text.startswith("# SKELETON, to be filled from the licensed text.\n")
    assert "# Not public: " in text
    guide = re.search(r"docs/howto/\S+\.md", text)
    assert guide is not None
    assert (Path(__file__).resolve().parents[2] / guide[0]).exists()


def test_there_is_no_skeleton_of_another_name() -> None:
    with pytest.raises(LayoutError, match="no skeleton 'm99'; there are m40-v3-emsevt"):
        skeleton("m99")
