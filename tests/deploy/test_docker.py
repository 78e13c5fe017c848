"""The container images: built where Docker runs, else their files checked and their steps run without it."""

from __future__ import annotations

import json
import re
import shlex
import shutil
import subprocess
import sys
import urllib.request
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from wyoming.intent import Intent

from tests.deploy.conftest import Start, free_port, understood

ROOT = Path(__file__).resolve().parents[2]
SERVER = ROOT / "deploy" / "Dockerfile"
APP = ROOT / "deploy" / "home-assistant-addon" / "Dockerfile"


@dataclass(frozen=True, slots=True)
class Step:
    """One instruction of a Dockerfile."""

    name: str
    """In capitals."""
    rest: str
    """What follows, on one line."""


def steps(path: Path) -> Iterator[Step]:
    lines = [line for line in path.read_text(encoding="utf-8").splitlines() if line and not line.startswith("#")]
    for whole in re.sub(r"\\\n\s*", "", "\n".join(lines)).splitlines():
        name, _, rest = whole.partition(" ")
        yield Step(name, rest)


def of(path: Path, name: str) -> list[str]:
    return [step.rest for step in steps(path) if step.name == name]


def command(text: str) -> list[str]:
    """The words of an instruction in exec form: no shell stands between Docker's signals and kiloglot."""
    words = json.loads(text)
    assert isinstance(words, list)
    return [str(word) for word in words]


@pytest.mark.parametrize("path", [SERVER, APP], ids=["server", "app"])
def test_its_instructions_are_dockers_and_its_base_has_a_version(path: Path) -> None:
    known = {
        "ARG",
        "CMD",
        "COPY",
        "ENTRYPOINT",
        "ENV",
        "EXPOSE",
        "FROM",
        "HEALTHCHECK",
        "LABEL",
        "RUN",
        "SHELL",
        "USER",
        "WORKDIR",
    }
    assert {step.name for step in steps(path)} <= known
    assert all(re.fullmatch(r"\S+:(?!latest)\S+( AS \w+)?", base) for base in of(path, "FROM"))
    for text in (*of(path, "CMD"), *of(path, "ENTRYPOINT"), *of(path, "SHELL")):
        command(text)


def test_the_server_runs_as_nobody_and_is_watched() -> None:
    names = [step.name for step in steps(SERVER)]
    assert names.index("USER") < names.index("ENTRYPOINT") and of(SERVER, "USER") == ["10001:10001"]
    assert len(of(SERVER, "HEALTHCHECK")) == 1
    published = set(re.findall(r":(\d+)", " ".join(of(SERVER, "CMD"))))
    assert {*of(SERVER, "EXPOSE")[0].split()} == published


def test_what_is_copied_is_there_and_not_ignored() -> None:
    ignore = (ROOT / "deploy" / "Dockerfile.dockerignore").read_text(encoding="utf-8").splitlines()
    sources = [name for rest in of(SERVER, "COPY") if "--from" not in rest for name in rest.split()[:-1]]
    assert sources and all((ROOT / name).exists() for name in sources)
    assert {f"!{name}" for name in sources} == {line for line in ignore if line.startswith("!")}
    assert "hatch_build.py" in sources, "what builds the package, and its kernel"


@pytest.mark.slow
def test_docker_builds_and_runs_it(start: Start) -> None:
    docker = shutil.which("docker")
    if docker is None or subprocess.run([docker, "info"], capture_output=True, check=False).returncode:
        pytest.skip("no Docker daemon answers")
    subprocess.run([docker, "build", "-f", SERVER, "-t", "kiloglot-test", ROOT], check=True)
    port = free_port()
    start([docker, "run", "--rm", "--init", "-p", f"127.0.0.1:{port}:10500", "kiloglot-test"])
    assert Intent.from_event(understood(f"tcp://127.0.0.1:{port}", "set a timer")).name


@pytest.mark.slow
def test_its_steps_make_a_server_out_of_what_is_copied(start: Start, tmp_path: Path) -> None:
    """Every COPY and RUN of the first stage, with /opt/kiloglot elsewhere; then ENTRYPOINT and CMD."""
    context, target = tmp_path / "src", tmp_path / "opt"
    context.mkdir()
    for step in steps(SERVER):
        if step.name == "COPY" and "--from" not in step.rest:
            *sources, to = step.rest.split()
            for name in sources:
                where = context / (name if to == "./" else to)
                ignored = shutil.ignore_patterns("kernel-*")
                whole = (ROOT / name).is_dir()
                shutil.copytree(ROOT / name, where, ignore=ignored) if whole else shutil.copy(ROOT / name, where)
        if step.name == "RUN":
            line = step.rest.replace("/opt/kiloglot", str(target))
            subprocess.run(["sh", "-euc", line], cwd=context, check=True)
    assert [*target.glob("lib/*/site-packages/kiloglot/runtime/kernel-*")], "the kernel is compiled"
    wyoming, http = free_port(), free_port()
    words = [*command(of(SERVER, "ENTRYPOINT")[0]), *command(of(SERVER, "CMD")[0])]
    moved = shlex.join(words).replace(":10500", f":{wyoming}").replace(":5005", f":{http}")
    start(shlex.split(moved), {"PATH": f"{target}/bin:/usr/bin:/bin"})
    answer = understood(f"tcp://127.0.0.1:{wyoming}", "明日の九時に起こして", language="ja")
    assert Intent.from_event(answer).name == "alarm_set"
    (check,) = of(SERVER, "HEALTHCHECK")
    probe = command(check.partition("CMD ")[2])
    subprocess.run([word.replace(":5005", f":{http}") for word in probe], check=True)
    with urllib.request.urlopen(f"http://127.0.0.1:{http}/health", timeout=10) as answer_:
        assert answer_.status == 200


@pytest.mark.slow
def test_make_addon_gives_all_that_the_apps_image_is_made_of(tmp_path: Path) -> None:
    """The app's COPY and RUN without Debian's packages, with /opt and /tmp elsewhere."""
    subprocess.run(["make", "addon"], cwd=ROOT, check=True)
    folder = ROOT / "work" / "addon" / "kiloglot"
    for rest in of(APP, "COPY"):
        *sources, to = rest.split()
        for source in sources:
            (found,) = folder.glob(source)
            shutil.copy(found, tmp_path if to == "/tmp/" else tmp_path / "root")
    (install,) = [rest for rest in of(APP, "RUN") if "pip install" in rest]
    parts = [part for part in install.split(" && ") if not part.startswith(("apt-get ", "rm -rf /var/"))]
    line = " && ".join(parts).replace("/tmp/", f"{tmp_path}/").replace("/opt/kiloglot", f"{tmp_path}/opt")
    line = line.replace("python3 -m venv", f"{sys.executable} -m venv")
    subprocess.run([*command(of(APP, "SHELL")[0]), line], check=True)
    said = [tmp_path / "opt" / "bin" / "kiloglot", "parse", "weck mich morgen um neun"]
    assert "alarm_set" in subprocess.run(said, capture_output=True, text=True, check=True).stdout
    assert not [*tmp_path.glob("*.whl")]
