"""Locale tags: what is well-formed, and one spelling for each (BCP 47, RFC 5646, the part that speech platforms
use).
"""

from __future__ import annotations

import re

from kiloglot.errors import DataError

__all__ = ["canonical_locale"]

_TAG = re.compile(r"([a-z]{2,3})(?:[-_]([a-z]{4}))?(?:[-_]([a-z]{2}|[0-9]{3}))?", re.IGNORECASE)


def canonical_locale(tag: str) -> str:
    """`tag` in its canonical spelling: `zh_hant_tw` becomes `zh-Hant-TW`.

    Raises DataError where it is not `language[-Script][-REGION]`.
    """
    match = _TAG.fullmatch(tag)
    if match is None:
        raise DataError(f"{tag[:40]!r} is not a locale tag", remedy="Write language-REGION, as de-DE or zh-Hant-TW")
    language, script, region = match.groups()
    parts = [language.lower(), script.title() if script else "", region.upper() if region else ""]
    return "-".join(part for part in parts if part)
