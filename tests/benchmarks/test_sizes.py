"""What is counted as installed."""

from __future__ import annotations

from pathlib import Path

from benchmarks.sizes import folder_bytes, installed, missing


def test_our_package_needs_a_runtime_and_no_training() -> None:
    found = installed(["kiloglot"])
    assert {"kiloglot", "numpy", "onnxruntime"} <= found.keys()
    assert not {"torch", "onnx", "matplotlib", "pytest"} & found.keys()
    assert list(found.values()) == sorted(found.values(), reverse=True)


def test_an_install_stays_under_its_limit() -> None:
    assert sum(installed(["kiloglot"]).values()) < 250e6


def test_what_is_not_installed_is_named() -> None:
    assert missing(["numpy", "no-such-package"]) == ["no-such-package"]
    assert installed(["no-such-package"]) == {}


def test_a_folder_is_as_large_as_its_files(tmp_path: Path) -> None:
    (tmp_path / "below").mkdir()
    (tmp_path / "a").write_bytes(b"123")
    (tmp_path / "below" / "b").write_bytes(b"4567")
    assert folder_bytes(tmp_path) == 7
