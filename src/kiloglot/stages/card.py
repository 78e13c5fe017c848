"""The model card: what a stranger must know before using a model, with figures where the hub reads them
(`model-index`).
"""

from __future__ import annotations

import json
import re

import yaml

from kiloglot.runtime import Manifest
from kiloglot.stages.budget import Pruning

__all__ = ["model_card"]


def model_card(manifest: Manifest, intent: float, exact: float, notes: str, pruning: Pruning | None = None) -> str:
    """Markdown with the metadata block of Hugging Face's model cards.

    `intent` and `exact` are accuracies on dev in [0, 1]; `notes` is Markdown that goes in as it is,
    `pruning` what a budget cost.
    """
    block = yaml.safe_dump(_head(manifest, intent, exact), sort_keys=False, allow_unicode=True)
    names, fit = manifest.ontology, manifest.calibration
    cost = f"\n- pruned after training, {pruning.told(intent, exact)}" if pruning else ""
    return f"""---
{block}---

# {manifest.label}

Reads a spoken command, its intent and slots, in {len(manifest.locales)} locales: {", ".join(manifest.locales)}.

- {len(names.intents)} intents, {len(names.slot_types)} slot types (ontology {names.version})
- trained on the `train` partition of {manifest.trained_on}; licence {manifest.licence}
- on `dev`, mean over locales, counted on units by the exporter: intent accuracy {100 * intent:.1f},
  exact match {100 * exact:.1f}; `kiloglot evaluate` gives the official figures with intervals
- tables in {manifest.bits} bits, network in 8 bits{cost}
- expected calibration error on dev {fit.ece_before:.3f} before and {fit.ece_after:.3f} after calibration
- rejects what it reads with a confidence below {fit.threshold:.3f}, which keeps {100 * fit.kept:.1f} % of dev

{notes}
## Intents and slot types

`{json.dumps(names.intents)}`

`{json.dumps(names.slot_types)}`
"""


def _head(manifest: Manifest, intent: float, exact: float) -> dict[str, object]:
    """The metadata block."""
    languages = sorted({locale.split("-")[0] for locale in manifest.locales})
    metrics = [
        {"type": "accuracy", "name": "intent accuracy, mean over locales", "value": round(100 * intent, 2)},
        {"type": "exact_match", "name": "exact match, mean over locales", "value": round(100 * exact, 2)},
    ]
    return {
        "license": manifest.licence.lower(),
        "language": languages,
        "library_name": "kiloglot",
        "pipeline_tag": "text-classification",
        "model-index": [
            {
                "name": manifest.name,
                "results": [
                    {
                        "task": {"type": "natural-language-understanding", "name": "intent and slots"},
                        "dataset": {
                            "name": manifest.trained_on,
                            "type": _slug(manifest.trained_on.rpartition("@")[0]),
                            "split": "dev",
                        },
                        "metrics": metrics,
                    }
                ],
            }
        ],
    }


def _slug(name: str) -> str:
    """`name` in the characters that the hub allows in the type of a data set."""
    return re.sub(r"[^\w.-]+", "-", name, flags=re.ASCII).strip("-") or "data"
