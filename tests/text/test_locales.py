from __future__ import annotations

import pytest

from kiloglot.errors import DataError
from kiloglot.text import canonical_locale


# The examples are RFC 5646's, section 2.1.1 and appendix A.
@pytest.mark.parametrize(
    ("tag", "canonical"),
    [
        ("de", "de"),
        ("de-DE", "de-DE"),
        ("DE_de", "de-DE"),
        ("zh-hant", "zh-Hant"),
        ("SR-LATN-rs", "sr-Latn-RS"),
        ("zh_Hant_TW", "zh-Hant-TW"),
        ("es-419", "es-419"),
        ("hak", "hak"),
        ("mn-Cyrl-MN", "mn-Cyrl-MN"),
    ],
)
def test_one_spelling_for_each_tag(tag: str, canonical: str) -> None:
    assert canonical_locale(tag) == canonical
    assert canonical_locale(canonical) == canonical


@pytest.mark.parametrize(
    "tag", ["", "d", "german", "de-", "de-D", "de-DEU", "-DE", "de DE", "de-DE\n", "дe-DE", "de-ΑΒ", "a" * 10**6]
)
def test_what_is_no_tag_is_refused_with_the_remedy(tag: str) -> None:
    with pytest.raises(DataError, match="language-REGION") as caught:
        canonical_locale(tag)
    assert len(str(caught.value)) < 200
