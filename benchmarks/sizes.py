"""What there is to download and to install; `python -m benchmarks.sizes` prints what a parse needs, and why."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Iterable
from importlib import metadata
from pathlib import Path
from tempfile import TemporaryDirectory

from packaging.requirements import Requirement

__all__ = ["folder_bytes", "installed", "main", "missing", "reasons", "wheel_bytes"]

_ROOT = Path(__file__).resolve().parents[1]
_OURS = "kiloglot"
_REASONS = {
    _OURS: "code, recipes, the starter assistant and the bundled model",
    "numpy": "arrays: hashing, tables, decoding",
    "onnxruntime": "runs the network where no kernel does",
    "pyyaml": "reads and writes assistants of one's own",
    "rich": "answers, tables and progress on a terminal",
    "typer": "the command line",
}  # Why we need what we need ourselves; the rest is needed by these.


def folder_bytes(folder: Path) -> int:
    """Bytes of all files in a folder."""
    return sum(path.stat().st_size for path in folder.rglob("*") if path.is_file())


def missing(packages: Iterable[str]) -> list[str]:
    """Those of `packages` that are not installed."""
    return [name for name in packages if not _distribution(name)]


def installed(packages: Iterable[str]) -> dict[str, int]:
    """Bytes on disk of `packages` and of all that they need, without extras; by name, largest first."""
    found: dict[str, int] = {}
    waiting = list(packages)
    while waiting:
        distribution = _distribution(waiting.pop())
        if distribution is None or _name(distribution) in found:
            continue
        found[_name(distribution)] = _bytes(distribution)
        waiting += _wanted(distribution)
    return dict(sorted(found.items(), key=lambda each: -each[1]))


def reasons() -> dict[str, str]:
    """Why each package is there that an installed kiloglot needs: what it does for us, or who needs it."""
    wanted = {name: _wanted(metadata.distribution(name)) for name in installed([_OURS])}
    by = {name: ", ".join(sorted(other for other in wanted if name in wanted[other])) for name in wanted}
    return {name: _REASONS.get(name) or f"for {by[name]}" for name in wanted}


def wheel_bytes() -> int | None:
    """Size of this repository's wheel, None where it cannot be built here."""
    with TemporaryDirectory() as folder:
        command = [sys.executable, "-m", "pip", "wheel", "--quiet", "--no-deps", "--wheel-dir", folder, str(_ROOT)]
        subprocess.run(command, capture_output=True, check=False)
        return next((path.stat().st_size for path in Path(folder).glob("*.whl")), None)


def _wanted(distribution: metadata.Distribution) -> list[str]:
    """Names of what a package needs here, without extras."""
    wanted = map(Requirement, distribution.requires or ())
    return [_plain(r.name) for r in wanted if r.marker is None or r.marker.evaluate({"extra": ""})]


def _distribution(name: str) -> metadata.Distribution | None:
    try:
        return metadata.distribution(name)
    except metadata.PackageNotFoundError:
        return None


def _name(distribution: metadata.Distribution) -> str:
    return _plain(distribution.metadata["Name"])


def _plain(name: str) -> str:
    return name.lower().replace("_", "-")


def _bytes(distribution: metadata.Distribution) -> int:
    """Of its files; of our own package, which may be installed in place, its folder."""
    if _name(distribution) == "kiloglot":
        return sum(p.stat().st_size for p in (_ROOT / "src" / "kiloglot").rglob("*") if p.is_file())
    paths = [Path(str(file.locate())) for file in distribution.files or ()]
    return sum(path.stat().st_size for path in paths if path.is_file())


def main() -> None:
    """Prints what an installed kiloglot needs, as a table in Markdown."""
    sizes, why = installed([_OURS]), reasons()
    lines = ["| Package | MB | Why it is there |", "| --- | --- | --- |"]
    lines += [f"| {name} | {size / 1e6:.1f} | {why[name]} |" for name, size in sizes.items()]
    sys.stdout.write("\n".join([*lines, f"| together | {sum(sizes.values()) / 1e6:.1f} | |"]) + "\n")


if __name__ == "__main__":
    main()
