"""Builds the compiled kernel of a parse into the package, when it is installed or made into a wheel.

By default for this machine, with the C compiler that it has; without one the package works as well, only slower. With
KILOGLOT_KERNEL=all for every platform below, with zig (`make wheel`): so the wheel is one file for all of them. With
KILOGLOT_KERNEL=off for none.
"""

from __future__ import annotations

import os
import platform
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Iterator, Sequence
from pathlib import Path
from typing import Any

from hatchling.builders.hooks.plugin.interface import BuildHookInterface

ROOM = Path("src/kiloglot/runtime")
SOURCES = (ROOM / "kernel.c", ROOM / "network.c", ROOM / "parse.c")
# No fused products but where they are written: the tables give the same means on every machine. No C library: one file
# for every version of it.
FLAGS = ("-O3", "-std=c11", "-ffp-contract=off", "-ffreestanding", "-nostdlib", "-shared", "-fvisibility=hidden")
# What `kiloglot.runtime.kernel.library_path` calls the library -> zig's name of the platform.
PLATFORMS = {
    "kernel-linux-x86_64.so": "x86_64-linux-gnu",
    "kernel-linux-aarch64.so": "aarch64-linux-gnu",
    "kernel-darwin-x86_64.dylib": "x86_64-macos",
    "kernel-darwin-aarch64.dylib": "aarch64-macos",
    "kernel-win32-x86_64.dll": "x86_64-windows-gnu",
}


class KernelHook(BuildHookInterface):  # type: ignore[type-arg, misc]
    """Runs before the package is put together."""

    def initialize(self, version: str, build_data: dict[str, Any]) -> None:
        """Compiles, and includes what came of it; a package that is edited in place has it there already."""
        for name, compiler in _wanted():
            fault = _built(Path(self.root), name, compiler)
            if not fault:
                if version != "editable":
                    build_data["force_include"][str(Path(self.root, ROOM, name))] = f"kiloglot/runtime/{name}"
            elif os.environ.get("KILOGLOT_KERNEL") == "all":
                raise RuntimeError(f"{name} was not built: {fault}")
            else:
                self.app.display_warning(f"parses will be slower, since {name} was not built: {fault}")


def _built(root: Path, name: str, compiler: Sequence[str]) -> str:
    """Compiles one library, and puts it in its place at once: it may be in use. Returns what went wrong, or nothing."""
    with tempfile.TemporaryDirectory(dir=root / ROOM, prefix=".kernel-") as folder:
        made = Path(folder) / name
        command = [*compiler, *FLAGS, *(str(root / source) for source in SOURCES), "-o", str(made)]
        done = subprocess.run(command, capture_output=True, text=True, check=False)
        if done.returncode == 0:
            made.replace(root / ROOM / name)
    return f"{' '.join(command)}: {done.stderr}" if done.returncode else ""


def _wanted() -> Iterator[tuple[str, Sequence[str]]]:
    """The libraries to build, and the compiler of each."""
    wanted = os.environ.get("KILOGLOT_KERNEL")
    if wanted == "all":
        for name, target in PLATFORMS.items():
            yield name, [sys.executable, "-m", "ziglang", "cc", "-target", target, "-fPIC", "-s"]
        return
    suffix = {"darwin": "dylib", "win32": "dll"}.get(sys.platform, "so")
    machine = {"amd64": "x86_64", "arm64": "aarch64"}.get(platform.machine().lower(), platform.machine())
    name = f"kernel-{sys.platform}-{machine}.{suffix}"
    compiler = os.environ.get("CC") or next(filter(shutil.which, ("cc", "gcc", "clang")), "")
    if compiler and name in PLATFORMS and wanted != "off":
        yield name, [*compiler.split(), *([] if sys.platform == "win32" else ["-fPIC"])]
