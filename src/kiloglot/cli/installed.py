"""What is installed: versions and bundled models, read without loading any of them."""

from __future__ import annotations

import hashlib
import json
import sys
from collections.abc import Iterator
from dataclasses import asdict, dataclass
from importlib import resources

import typer

import kiloglot
from kiloglot.cli.flags import JSON, Shared
from kiloglot.cli.jsons import write
from kiloglot.errors import ArtifactError

__all__ = ["Bundled", "bundled_models", "known_locales", "known_models", "models", "show_version"]


@dataclass(frozen=True, slots=True)
class Bundled:
    """A model that lies in the package."""

    name: str
    """What `--model` calls it."""
    version: str
    """Its version."""
    locales: tuple[str, ...]
    """Locales that it was trained on."""
    bytes: int
    """Size of its files."""
    licence: str
    """SPDX expression."""
    trained_on: str
    """Name and signature of its training data."""
    sha256: str
    """Hexadecimal SHA-256 of its manifest, which holds those of all its files."""


def bundled_models() -> Iterator[Bundled]:
    """The models in the package, in order of their names. Raises ArtifactError on a manifest that cannot be read."""
    folder = resources.files("kiloglot") / "models"
    found = sorted(entry.name for entry in folder.iterdir()) if folder.is_dir() else []
    for name in found:
        manifest = folder / name / "manifest.json"
        if not manifest.is_file():
            continue
        content = manifest.read_bytes()
        try:
            yield _bundled(name, content)
        except (KeyError, TypeError, ValueError) as fault:
            raise ArtifactError(
                f"the bundled model {name!r} has a damaged manifest ({fault})", remedy="Install kiloglot again"
            ) from fault


def known_models() -> list[str]:
    """Names that `--model` takes, for completion."""
    return [model.name for model in bundled_models()]


def known_locales() -> list[str]:
    """Locales that a bundled model was trained on, for completion."""
    return sorted({locale for model in bundled_models() for locale in model.locales})


def models(ctx: typer.Context, as_json: JSON = False) -> None:
    """List the models that lie in the package."""
    found = list(bundled_models())
    if Shared.of(ctx, as_json, False).json:
        write([asdict(model) for model in found], indent=1)
        return
    from rich.table import Table

    from kiloglot.cli.console import output

    table = Table("name", "version", "locales", "size", "licence", box=None, header_style="bold", pad_edge=False)
    for model in found:
        size = f"{model.bytes / 1e6:.1f} MB"
        table.add_row(model.name, model.version, str(len(model.locales)), size, model.licence)
    output().print(table if found else "No model lies in this package.")


def show_version(as_json: bool) -> None:
    """Prints the version; as JSON, all that a bug report needs."""
    if not as_json:
        sys.stdout.write(f"kiloglot {kiloglot.__version__}\n")
        return
    from kiloglot.stages.record import versions

    models = [{"name": m.name, "version": m.version, "sha256": m.sha256} for m in bundled_models()]
    write({**versions(), "kiloglot": kiloglot.__version__, "models": models}, indent=1)


def _bundled(name: str, content: bytes) -> Bundled:
    manifest = json.loads(content)
    return Bundled(
        name=name,
        version=str(manifest["version"]),
        locales=tuple(manifest["locales"]),
        bytes=sum(file["size"] for file in manifest["files"]) + len(content),
        licence=manifest["licence"],
        trained_on=manifest["trained_on"],
        sha256=hashlib.sha256(content).hexdigest(),
    )
