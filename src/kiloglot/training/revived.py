"""A shipped model -> a student to go on training from."""

from __future__ import annotations

import numpy as np
import torch

from kiloglot.nn import RowTable, Student, StudentShape
from kiloglot.nn.graph_reading import read_network
from kiloglot.runtime import Artifact, Table
from kiloglot.training.taught import Taught

__all__ = ["revived"]


def revived(artifact: Artifact) -> Taught:
    """The student that `artifact` was exported from, at the values that its files hold; what training alone needs, a
    vector for each meaning, is not among them.

    Raises ArtifactError where its network is not one that this version writes.
    """
    manifest, units, bag = artifact.manifest, artifact.units, artifact.bag
    told = StudentShape(
        intents=len(manifest.ontology.intents),
        slot_types=len(manifest.ontology.slot_types),
        locales=len(manifest.locales),
        meanings=1,
        unit_rows=len(units.scales),
        bag_rows=len(bag.scales),
        unit_width=units.width,
        bag_width=bag.width,
        bits=manifest.bits,
    )
    network = read_network(artifact.network, told)
    student = Student(network.shape)
    student.network.load_state_dict(network.state_dict())
    _fill(student.units, units)
    _fill(student.bag, bag)
    student.transitions.data.copy_(torch.from_numpy(np.array(artifact.transitions)))
    student.evoked.copy_(torch.from_numpy(np.array(artifact.evoked)))
    return Taught(student.eval(), manifest.ontology, manifest.locales, units.vocabulary, bag.vocabulary)


def _fill(table: RowTable, source: Table) -> None:
    rows = source.rows(np.arange(len(source.scales)))
    table.table.weight.data.copy_(torch.from_numpy(rows / np.float32(table.gain)))
