"""What words mean, as an encoder of many languages has it: a vector for each, to begin the table of words with."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from zipfile import BadZipFile

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from kiloglot.errors import DataError
from kiloglot.text import LONGEST_PART, Unit, Vocabulary, hashes_of_parts, letters, ngrams

__all__ = ["WordVectors"]

_UNREADABLE = (OSError, EOFError, ValueError, KeyError, BadZipFile)
_CHUNK = 8192  # words hashed at a time


@dataclass(frozen=True, slots=True)
class WordVectors:
    """Words and their vectors, those first that are worth most."""

    forms: NDArray[np.str_]
    """[W] words, and parts of words, normalised as a `kiloglot.text.Unit` is, not in letters: an encoder reads them."""
    inside: NDArray[np.bool_]
    """[W] whether it is a part that goes on inside a word, rather than a word or what one begins with."""
    vectors: NDArray[np.float32]
    """[W, width]; what counts is their direction."""

    @classmethod
    def read(cls, path: Path) -> WordVectors:
        """Reads what `write` wrote. Raises DataError where it is not there or something else."""
        try:
            with path.open("rb") as file, np.load(file, allow_pickle=False) as found:
                forms, inside = found["forms"], found["inside"]
                vectors = found["vectors"].astype(np.float32)
        except _UNREADABLE as fault:
            what = str(fault).strip().partition("\n")[0]
            raise DataError(f"no readable word vectors here ({what})", path=path, remedy=_REMEDY) from fault
        if forms.dtype.kind != "U" or vectors.ndim != 2 or forms.shape != vectors.shape[:1] or vectors.shape[1] % 4:
            problem = f"{forms.dtype} {forms.shape} and {vectors.shape} are no words with vectors of a multiple of 4"
            raise DataError(problem, path=path, remedy=_REMEDY)
        if inside.dtype != np.bool_ or inside.shape != forms.shape or not all(forms):
            raise DataError("words and parts of words that are none", path=path, remedy=_REMEDY)
        if not _short(forms[inside]):
            raise DataError(f"parts of words of more than {LONGEST_PART} letters", path=path, remedy=_REMEDY)
        if not np.isfinite(vectors).all():
            raise DataError("vectors that are not finite", path=path, remedy=_REMEDY)
        return cls(forms, inside, vectors)

    def write(self, path: Path) -> None:
        """Writes them in half precision, whole or not at all."""
        half = path.with_name(path.name + ".half")
        with half.open("wb") as file:
            np.savez(file, forms=self.forms, inside=self.inside, vectors=self.vectors.astype(np.float16))
        half.replace(path)

    def hashes(self, *, in_letters: bool = True) -> NDArray[np.uint64]:
        """[W] the hash of each, as a text that has it gives it where words are hashed in letters, or as written."""
        hashes = np.zeros(len(self.forms), np.uint64)
        for start in range(0, len(self.forms), _CHUNK):
            chunk = slice(start, start + _CHUNK)
            forms, inside = self.forms[chunk], self.inside[chunk]
            if in_letters:
                forms = np.array([letters(form) for form in forms.tolist()])
            own = hashes[chunk]
            if not inside.all():
                own[~inside] = ngrams([[Unit(form, 0, len(form), False)] for form in forms[~inside].tolist()]).words
            if inside.any():
                own[inside] = hashes_of_parts(forms[inside].tolist())
        return hashes

    def table(self, rows: int, *, in_letters: bool = True) -> tuple[Vocabulary, Tensor]:
        """Which word owns which of at most `rows` rows, and the rows [rows, width], zeros where one is free."""
        hashes = self.hashes(in_letters=in_letters)
        vocabulary = Vocabulary.holding(hashes, rows=max(1, min(rows, 2 * len(hashes))))
        at = vocabulary.rows(hashes)
        table = torch.zeros(len(vocabulary.tags), self.vectors.shape[1])
        table[torch.from_numpy(at[at >= 0])] = torch.from_numpy(self.vectors[at >= 0])
        return vocabulary, table


def _short(parts: NDArray[np.str_]) -> bool:
    """Whether all are as short as parts of words can be."""
    return all(len(letters(part)) <= LONGEST_PART for part in parts.tolist())


_REMEDY = "Name a file that `kiloglot words` wrote"
