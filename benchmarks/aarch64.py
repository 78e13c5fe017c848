"""The package on aarch64, as a Raspberry Pi has it, without one: `python -m benchmarks.aarch64 --data MASSIVE`.

The wheels of that platform run on a Debian of that platform under qemu-user, as a Cortex-A72 (Raspberry Pi 4) and as a
Cortex-A76 (Raspberry Pi 5), which has dot products, and must answer as this machine does. Debian's packages are
unpacked into a folder; only qemu has to be installed (`apt-get install qemu-user-static`), and Debian's arm64 packages
be known (`dpkg --add-architecture arm64`).
"""

from __future__ import annotations

import argparse
import json
import shutil
import subprocess
import sys
import zipfile
from collections.abc import Iterator, Sequence
from pathlib import Path

from benchmarks.archive import unpacked
from kiloglot import __version__
from kiloglot.cli.console import reporter
from kiloglot.cli.faults import ending
from kiloglot.data import load
from kiloglot.errors import ConfigError
from kiloglot.progress import Progress

__all__ = ["differing", "main"]

_PYTHON = ("python3.11-minimal", "libpython3.11-minimal", "libpython3.11-stdlib")
_LIBRARIES = ("libc6", "libexpat1", "zlib1g", "libssl3", "libffi8", "libstdc++6", "libgcc-s1", "libbz2-1.0", "liblzma5")
_WHEELS = ("manylinux_2_28_aarch64", "manylinux_2_27_aarch64", "manylinux_2_17_aarch64", "manylinux2014_aarch64")
_NEEDED = ("numpy", "onnxruntime")
# qemu shows a program the files of its own root, where there are any, and else this machine's: onnxruntime reads what
# processor it has.
_SYSTEM = {
    "proc/cpuinfo": "processor\t: 0\nFeatures\t: fp asimd evtstrm crc32 cpuid\nCPU implementer\t: 0x41\n"
    "CPU architecture: 8\nCPU variant\t: 0x0\nCPU part\t: 0xd08\nCPU revision\t: 3\n\n",
    **{f"sys/devices/system/cpu/{name}": "0\n" for name in ("possible", "present", "online")},
}
_ASK = """
import json, platform, sys
from kiloglot import NLU
model, texts = json.load(sys.stdin)
nlu = NLU.load(model)
answers = nlu.parse_batch(texts)
found = [[p.locale, p.intent, p.confidence, [[s.type, s.start, s.end] for s in p.slots]] for p in answers]
by = f"by its kernel, level {nlu.network.level}" if nlu.compiled else "by NumPy"
json.dump({"machine": f"{platform.machine()} {by}", "answers": found}, sys.stdout)
"""
_PROCESSORS = ("cortex-a72", "cortex-a76")
Answer = tuple[str, str, float, list[list[object]]]
"""Locale, intent, its confidence, slots as (type, start, end)."""
_CLOSE = 1e-3  # of a confidence: products are summed in another order


def _root(out: Path) -> Path:
    """A Debian of aarch64 with its Python, unpacked."""
    root = out / "root"
    if root.is_dir():
        return root
    part, packages = out / ".root", out / "debian"
    shutil.rmtree(part, ignore_errors=True)
    packages.mkdir(parents=True, exist_ok=True)
    _run(["apt-get", "download", "-q", *(f"{name}:arm64" for name in (*_PYTHON, *_LIBRARIES))], packages)
    for package in sorted(packages.glob("*.deb")):
        _run(["dpkg", "-x", package.name, str(part.resolve())], packages)
    for name, content in _SYSTEM.items():
        (part / name).parent.mkdir(parents=True, exist_ok=True)
        (part / name).write_text(content, encoding="utf-8")
    part.rename(root)
    return root


def _site(out: Path) -> Path:
    """What pip would install there: this package's wheel, and what it needs, in the tested versions."""
    site, wheels = out / "site", out / "wheels"
    shutil.rmtree(site, ignore_errors=True)
    pip = [sys.executable, "-m", "pip", "--quiet", "--disable-pip-version-check"]
    platforms = [word for each in _WHEELS for word in ("--platform", each)]
    asked = ["--python-version", "3.11", "--only-binary=:all:", "-c", "constraints.txt", "-d", str(wheels)]
    _run([*pip, "download", *platforms, *asked, *_NEEDED], Path.cwd())
    _run(["make", "wheel"], Path.cwd())  # With the kernel of that platform.
    for wheel in (*wheels.glob("*.whl"), *Path("dist").glob(f"kiloglot-{__version__}-*.whl")):
        with zipfile.ZipFile(wheel) as packed:
            packed.extractall(site)
    return site


def _run(command: Sequence[str], where: Path, given: str = "") -> str:
    try:
        done = subprocess.run(command, cwd=where, input=given, capture_output=True, text=True, check=True)
    except FileNotFoundError as fault:
        raise ConfigError(f"there is no {command[0]}", remedy="apt-get install qemu-user-static, on Debian") from fault
    except subprocess.CalledProcessError as fault:
        last = (fault.stderr or fault.stdout).strip().splitlines()[-1:]
        raise ConfigError(f"{command[0]} ends with {fault.returncode}: {' '.join(last)}") from fault
    return done.stdout


def _there(root: Path, site: Path, processor: str, given: str) -> str:
    """What is printed under qemu."""
    libraries = ":".join(str(root / part) for part in ("usr/lib/aarch64-linux-gnu", "lib/aarch64-linux-gnu"))
    told = {"PYTHONPATH": site, "PYTHONHOME": root / "usr", "LD_LIBRARY_PATH": libraries, "OPENBLAS_CORETYPE": "ARMV8"}
    variables = [word for name, value in told.items() for word in ("-E", f"{name}={value}")]
    qemu = ["qemu-aarch64-static", "-cpu", processor, "-L", str(root), *variables]
    return _run([*qemu, str(root / "usr/bin/python3.11"), "-c", _ASK], Path.cwd(), given)


def differing(here: Sequence[Answer], there: Sequence[Answer]) -> list[int]:
    """Places of the answers that differ in locale, intent or slots, or in confidence by more than a thousandth."""
    return [
        place
        for place, (one, other) in enumerate(zip(here, there, strict=True))
        if one[:2] != other[:2] or one[3] != other[3] or abs(one[2] - other[2]) > _CLOSE
    ]


def _compared(model: str, texts: Sequence[str], root: Path, site: Path, progress: Progress) -> Iterator[str]:
    """A line for each processor."""
    given = json.dumps([model, texts])
    here = json.loads(_run([sys.executable, "-c", _ASK], Path.cwd(), given))
    for processor in _PROCESSORS:
        with progress.task(f"ask {len(texts):,} utterances as {processor}"):
            there = json.loads(_there(root, site, processor, given))
        wrong = differing(here["answers"], there["answers"])
        yield (
            f"{model}, {processor}: {len(texts):,} utterances on {here['machine']} and {there['machine']}: "
            f"{len(texts) - len(wrong):,} answers are the same, {len(wrong)} differ"
        )


def main() -> int:
    """Reads the flags, asks on both, prints."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--data", type=Path, required=True, help="MASSIVE 1.1: an archive or a folder")
    parser.add_argument("--each", type=int, default=20, help="utterances of dev in each locale")
    parser.add_argument("--out", type=Path, default=Path("work/aarch64"), help="folder for packages and wheels")
    asked = parser.parse_args()
    by_locale: dict[str, list[str]] = {}
    for utterance in load(unpacked(asked.data, asked.out), partitions=["dev"]).utterances:
        by_locale.setdefault(utterance.locale, []).append(utterance.text)
    texts = [text for said in by_locale.values() for text in said[: asked.each]]
    progress = reporter(quiet=False)
    with progress.task("unpack Debian's packages"):
        root = _root(asked.out).resolve()
    with progress.task("fetch and build wheels"):
        site = _site(asked.out).resolve()
    for model in ("massive", "home"):
        for line in _compared(model, texts, root, site, progress):
            sys.stdout.write(f"{line}\n")
    return 0


if __name__ == "__main__":
    sys.exit(ending(main))
