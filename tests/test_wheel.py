"""The wheel as users get it: small, for every platform, and enough for a parse."""

from __future__ import annotations

import json
import subprocess
import sys
import venv
import zipfile
from pathlib import Path, PurePosixPath

import pytest

import kiloglot
from kiloglot.runtime.kernel import library_path

pytestmark = pytest.mark.slow

ROOT = Path(__file__).resolve().parents[1]
MOST = 30_000_000  # bytes
BINARY = {".npy", ".onnx"}  # of the bundled models
COMPILED = {".so", ".dylib", ".dll"}
PACKED = "kiloglot/data/background.jsonl.xz"  # text


def pip(python: str | Path, *arguments: str) -> None:
    command = [str(python), "-m", "pip", "--disable-pip-version-check", "--quiet", *arguments]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr


@pytest.fixture(scope="module")
def wheel(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("wheel")
    pip(sys.executable, "wheel", "--no-deps", "--wheel-dir", str(folder), ".")
    (path,) = folder.iterdir()
    return path


def test_it_is_one_small_file_for_every_platform(wheel: Path) -> None:
    assert wheel.name == f"kiloglot-{kiloglot.__version__}-py3-none-any.whl"
    assert wheel.stat().st_size <= MOST


def test_nothing_in_it_is_binary_but_the_model_and_the_kernel(wheel: Path) -> None:
    with zipfile.ZipFile(wheel) as archive:
        contents = {PurePosixPath(name): archive.read(name) for name in archive.namelist()}
    binary = {path for path, content in contents.items() if b"\0" in content and str(path) != PACKED}
    assert binary == {path for path in contents if path.suffix in BINARY | COMPILED}
    kernels = {path.name for path in binary if path.suffix in COMPILED}
    assert kernels <= {library_path().name}
    assert {path.parts[:2] for path in binary if path.name not in kernels} == {("kiloglot", "models")}
    assert {path.parts[0] for path in contents} == {"kiloglot", f"kiloglot-{kiloglot.__version__}.dist-info"}


def test_it_installs_into_a_fresh_environment_and_parses(wheel: Path, tmp_path: Path) -> None:
    venv.create(tmp_path / "env", with_pip=True)
    programs = tmp_path / "env" / "bin"
    pip(programs / "python", "install", "--constraint", "constraints.txt", str(wheel))
    command = [str(programs / "kiloglot"), "parse", "--json", "weck mich morgen um neun"]
    environment = {"PATH": str(programs), "LANG": "C.UTF-8"}
    done = subprocess.run(command, cwd=tmp_path, env=environment, capture_output=True, text=True, check=False)
    assert done.returncode == 0, done.stderr
    said = json.loads(done.stdout)
    assert (said["intent"], said["locale"]) == ("alarm_set", "de-DE")
    assert [slot["value"] for slot in said["slots"]] == ["morgen", "neun"]
