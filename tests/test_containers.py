"""The container image and compose.yaml: linted here, since no container engine runs in the tests;
the image's own steps are run for real when DATECERTAIN_TEST_IMAGE is set (a minute or two)."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest

from containers import CHECKOUT, compose, demand_command, steps

#: A version of at least two numbers: neither `latest` nor `17`.
_PINNED = re.compile(r"[a-z0-9./-]+:v?\d+\.\d+[a-z0-9.-]*")
_SECRET = re.compile(r"password|secret|token|(^|_)key", re.IGNORECASE)


def test_every_image_is_pinned_and_nobody_is_root() -> None:
    last = max(step.stage for step in steps())
    for step in steps():
        if step.name == "FROM":
            assert _PINNED.fullmatch(step.words[0]), step.text
    users = [step.text for step in steps() if step.name == "USER" and step.stage == last]
    assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", users[-1])
    for name, service in compose()["services"].items():
        assert _PINNED.fullmatch(service["image"]), name
        assert re.fullmatch(r"[1-9]\d*:[1-9]\d*", service["user"]), name


def test_services_can_do_no_more_than_they_must() -> None:
    for name, service in compose()["services"].items():
        assert service["read_only"] is True, name
        assert service["cap_drop"] == ["ALL"], name
        assert service["security_opt"] == ["no-new-privileges:true"], name
        assert set(service.get("cap_add", ())) <= {"NET_BIND_SERVICE"}, name
        assert "healthcheck" in service, name
        assert not service.get("privileged"), name
        assert "network_mode" not in service, name
        if name != "proxy":
            assert "ports" not in service, f"{name}: only the proxy is reached from outside"
    assert compose()["networks"]["inner"] == {"internal": True}
    for name in ("database", "objects", "jobs"):
        assert compose()["services"][name]["networks"] == ["inner"]


def test_secrets_are_files_and_stand_nowhere_else() -> None:
    data = compose()
    assert all(
        set(one) == {"file"} and one["file"].startswith("./secrets/")
        for one in data["secrets"].values()
    )
    used = {name for one in data["services"].values() for name in one.get("secrets", ())}
    assert used == set(data["secrets"])
    for name, service in data["services"].items():
        for variable, value in service.get("environment", {}).items():
            if _SECRET.search(variable):
                assert str(value).startswith("/run/secrets/"), f"{name}: {variable}"
        said = json.dumps(service)
        for path in re.findall(r"/run/secrets/([a-z_]+)", said):
            assert path in service["secrets"], f"{name}: {path}"
        assert not re.search(r"://[^/\s:]+:[^@/\s]+@", said), name
    for step in steps():
        assert step.name != "ARG", "build arguments stay in the image's history"
        if step.name == "ENV":
            assert not any(_SECRET.search(word.partition("=")[0]) for word in step.words)
    assert {"/state/", "/secrets/"} <= set((CHECKOUT / ".gitignore").read_text().splitlines())


def test_every_path_exists_and_every_command_is_one() -> None:
    data = compose()
    for name, service in data["services"].items():
        for volume in service.get("volumes", ()):
            source = volume.split(":")[0]
            there = (CHECKOUT / source).exists() or source.startswith("./state/")
            assert there, f"{name}: {source}"
        if "datecertain" in service["image"]:
            demand_command(service["command"])
            assert service["build"]["dockerfile"] == "Containerfile"
            test = service["healthcheck"].get("test", [])
            if "datecertain" in test:
                demand_command(test[test.index("datecertain") + 1 :])
    (command,) = [json.loads(step.text) for step in steps() if step.name == "CMD"]
    demand_command(command)
    with pytest.raises(Exception, match="No such option"):
        demand_command(["serve", "--no-such-option"])
    with pytest.raises(Exception, match="No such command"):
        demand_command(["jobs", "nothing"])
    version = re.search(r'(?m)^version = "(.+)"$', (CHECKOUT / "pyproject.toml").read_text())
    assert version
    assert data["services"]["serve"]["image"].endswith(f":{version[1]}")


def test_health_is_asked_where_it_is_answered() -> None:
    known = json.loads((CHECKOUT / "docs/reference/openapi.json").read_text("utf-8"))["paths"]
    everything = (CHECKOUT / "Containerfile").read_text() + (CHECKOUT / "compose.yaml").read_text()
    asked = re.findall(r"https?://127\.0\.0\.1:(\d+)(/v1/[a-z/]+)", everything)
    assert asked
    assert all("get" in known[path] for _, path in asked)
    (exposed,) = [step.text for step in steps() if step.name == "EXPOSE"]
    proxy = (CHECKOUT / "deploy/Caddyfile").read_text()
    assert {port for port, _ in asked} == {exposed, "8443"}
    assert f"reverse_proxy serve:{exposed}" in proxy
    assert "https://:8443" in proxy
    assert compose()["services"]["proxy"]["ports"] == ["443:8443"]


def test_the_containerfile_keeps_the_rules_of_its_trade() -> None:
    allowed = (CHECKOUT / ".dockerignore").read_text().splitlines()
    stages = {step.words[2] for step in steps() if step.name == "FROM" and "AS" in step.words}
    for step in steps():
        assert step.name not in ("ADD", "MAINTAINER", "SHELL", "ONBUILD"), step.name
        if step.name == "WORKDIR":
            assert step.text.startswith("/")
        if step.name in ("CMD", "ENTRYPOINT"):
            assert isinstance(json.loads(step.text), list), "a shell would not pass signals on"
        if step.name == "COPY":
            *sources, _ = [word for word in step.words if not word.startswith("--")]
            origin = [word.partition("=")[2] for word in step.words if word.startswith("--from=")]
            assert set(origin) <= stages
            for source in [] if origin else sources:
                assert (CHECKOUT / source).exists(), source
                assert f"!{source}" in allowed, source
        if step.name == "RUN":
            assert not re.search(r"curl|wget|sudo|apt-get|chmod 777", step.text), step.text
            for part in step.text.split("&&"):
                if "pip install" in part:
                    assert "--no-cache-dir" in part
                    assert "--require-hashes" in part or "--no-index" in part, part
    assert {step.name for step in steps()} >= {"HEALTHCHECK", "USER", "ENTRYPOINT"}


def test_what_runs_in_production_is_locked_as_it_was_tested() -> None:
    def pins(name: str) -> set[str]:
        text = (CHECKOUT / "requirements" / name).read_text("utf-8")
        assert "://" not in text, "a lock names no index"
        return set(re.findall(r"(?m)^([a-z0-9._-]+==[^ ;]+)", text))

    tested, runtime, build = pins("lock.txt"), pins("runtime.txt"), pins("build.txt")
    assert runtime | build <= tested
    assert "psycopg-binary" in {one.partition("==")[0] for one in runtime}
    assert not {"pytest", "moto", "mypy"} & {one.partition("==")[0] for one in runtime}


@pytest.mark.slow
@pytest.mark.skipif(
    "DATECERTAIN_TEST_IMAGE" not in os.environ, reason="set DATECERTAIN_TEST_IMAGE to build it"
)
def test_the_steps_of_the_image_build_a_datecertain_that_runs(tmp_path: Path) -> None:
    """COPY and RUN as they stand, in an empty folder that stands for the root."""
    root, here = tmp_path / "root", Path("/")
    environment = {
        name: os.environ[name] for name in os.environ if name.startswith(("HOME", "PIP_", "SSL_"))
    } | {
        "PATH": f"{sys.base_prefix}/bin:/usr/bin:/bin",
        "DATECERTAIN_CACHE": str(tmp_path / "networks"),
        "NUMBA_CACHE_DIR": str(tmp_path / "kernels"),
    }
    for step in steps():
        if step.stage or step.name == "FROM":
            continue
        place = root / here.relative_to("/")
        place.mkdir(parents=True, exist_ok=True)
        if step.name == "WORKDIR":
            here = Path(step.text)
        elif step.name == "COPY":
            *sources, target = step.words
            for source in sources:
                into = place / target if len(sources) == 1 else place / target / source
                into.parent.mkdir(parents=True, exist_ok=True)
                copy = shutil.copytree if (CHECKOUT / source).is_dir() else shutil.copy
                copy(CHECKOUT / source, into)
        elif step.name == "RUN":
            script = re.sub(r"(?<![\w.])/(opt|src)/", rf"{root}/\1/", step.text)
            subprocess.run(["sh", "-ec", script], cwd=place, env=environment, check=True)
    command, workspace = root / "opt/datecertain/bin/datecertain", tmp_path / "workspace"
    for words in (["init"], ["doctor"], ["jobs", "list"], ["backup", str(tmp_path / "backups")]):
        subprocess.run(
            [command, *words], cwd=tmp_path, check=True,
            env=environment | {"DATECERTAIN_WORKSPACE": str(workspace)},
        )  # fmt: skip
