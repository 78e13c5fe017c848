"""From a model that reads already or from nothing: which start made the better student, and by how much."""

from __future__ import annotations

from dataclasses import dataclass

from kiloglot.stages.finetune import FinetuneReport

__all__ = ["Starts"]


@dataclass(frozen=True, slots=True)
class Starts:
    """Two students of the same sentences on the same dev sentences."""

    base: str
    """The model that one of them started from."""
    dev: int
    """Sentences of dev that both were asked."""
    adapted: FinetuneReport
    """The one that started from `base`."""
    scratch: FinetuneReport | None
    """The one that started from nothing; None where it was not trained."""

    @property
    def kept(self) -> FinetuneReport:
        """The one with the better exact match; the adapted one where they are equal, since it knows more locales."""
        scratch = self.scratch
        return scratch if scratch is not None and scratch.exact > self.adapted.exact else self.adapted

    def told(self) -> str:
        """In words."""
        ours, scratch = self.adapted, self.scratch
        if scratch is None:
            return f"from {self.base}; not compared, since training from nothing would have taken long"
        named = [(ours, f"from {self.base}"), (scratch, "from scratch")]
        (first, better), (second, other) = named if self.kept is ours else named[::-1]
        gain = 100 * (first.exact - second.exact)
        return (
            f"{better}: exact match {100 * first.exact:.1f} on {self.dev:,} dev sentences, {gain:.1f} points above the "
            f"same {other} ({100 * second.exact:.1f}); intent {100 * first.intent:.1f} and {100 * second.intent:.1f}"
        )
