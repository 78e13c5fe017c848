"""What a reader is told beside the files: the locale where they name none, and lists that come from outside."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from kiloglot.errors import DataError
from kiloglot.text.locales import canonical_locale

__all__ = ["Asked", "spoken"]


@dataclass(frozen=True, slots=True)
class Asked:
    """What the user says of a source."""

    locale: str = ""
    """Locale of files that name none; canonical, empty where it was not said."""
    lists: Mapping[str, tuple[str, ...]] = field(default_factory=dict)
    """Values of slot types whose lists the source takes from elsewhere, as names and areas of a home."""
    fixed: bool = False
    """Whether slots that hassil's sentences fix become part of the intent's name, as `HassTurnOn/domain=light`."""


def spoken(asked: Asked, tag: str, path: Path, line: int | None = None) -> str:
    """The locale that a file names, else the one that was asked for.

    A bare language is given the region that was asked for, as `de` with `de-AT`. Raises DataError without either.
    """
    if not tag and not asked.locale:
        raise DataError("says nothing of its language", remedy="Give it with --locale, as de-DE", path=path)
    if not tag:
        return asked.locale
    try:
        found = canonical_locale(tag)
    except DataError as error:
        raise DataError(error.problem, remedy=error.remedy, path=path, line=line) from error
    return asked.locale if asked.locale.split("-")[0] == found else found
