"""`kiloglot init NAME`: a new assistant to change and grow, copied from the starter assistant."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

from kiloglot.data import starter_path, whole_folder
from kiloglot.errors import ConfigError
from kiloglot.progress import SILENT, Progress
from kiloglot.text.locales import canonical_locale

__all__ = ["InitConfig", "InitReport", "run"]

_NAME = re.compile(r"[^\W_][\w .-]*")
_NAME_LINE = re.compile(r"^name\s*=.*$", re.MULTILINE)
_LOCALES_LIST = re.compile(r"^locales\s*=\s*\[[^\]]*\]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class InitConfig:
    """What to call the assistant and where to put it."""

    name: str
    """Name of the assistant and of its new folder: letters, digits, spaces, dots, hyphens and underscores."""
    folder: Path = Path()
    """Folder to put it into."""
    locales: tuple[str, ...] = ()
    """Locales to take over; none given: all of the starter assistant."""


@dataclass(frozen=True, slots=True)
class InitReport:
    """What was written."""

    folder: Path
    """The assistant."""
    written: tuple[Path, ...]
    """Its files."""
    locales: tuple[str, ...]
    """Its locales."""


def run(config: InitConfig, progress: Progress = SILENT) -> InitReport:
    """Writes the assistant. Raises ConfigError for a name or locale that cannot be, DataError where it exists."""
    if _NAME.fullmatch(config.name) is None or config.name.endswith((" ", ".")):
        remedy = "Use letters, digits, spaces, dots, hyphens and underscores, a letter or digit first"
        raise ConfigError(f"{config.name[:60]!r} cannot name an assistant", remedy=remedy)
    starter = starter_path()
    files = _locale_files(starter, config.locales)
    target = config.folder / config.name
    with whole_folder(target) as fresh:
        (fresh / "locales").mkdir()
        settings = _settings((starter / "assistant.toml").read_text(encoding="utf-8"), config.name, files)
        (fresh / "assistant.toml").write_text(settings, encoding="utf-8")
        for locale, file in files.items():
            (fresh / "locales" / f"{locale}.yaml").write_bytes(file.read_bytes())
    written = (target / "assistant.toml", *(target / "locales" / f"{locale}.yaml" for locale in files))
    progress.say(f"Wrote {len(written)} files to {target}")
    return InitReport(target, written, tuple(files))


def _locale_files(starter: Path, chosen: Iterable[str]) -> dict[str, Path]:
    """The starter's file for each chosen locale. Raises ConfigError for one that it does not have."""
    known = {file.stem: file for file in sorted((starter / "locales").glob("*.yaml"))}
    wanted = list(dict.fromkeys(map(canonical_locale, chosen))) or list(known)
    for locale in wanted:
        if locale not in known:
            remedy = f"Choose from {', '.join(known)}, and add others to the new folder by hand"
            raise ConfigError(f"the starter assistant does not speak {locale}", remedy=remedy)
    return {locale: known[locale] for locale in wanted}


def _settings(starter: str, name: str, locales: Iterable[str]) -> str:
    """The starter's assistant.toml under its new name and with these locales, comments kept."""
    listed = f"locales = [{', '.join(json.dumps(locale) for locale in locales)}]"
    renamed = _NAME_LINE.sub(lambda _: f"name = {json.dumps(name, ensure_ascii=False)}", starter, count=1)
    return _LOCALES_LIST.sub(lambda _: listed, renamed, count=1)
