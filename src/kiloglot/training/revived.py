"""A shipped model -> a student to go on training from."""

from __future__ import annotations

import numpy as np
import torch

from kiloglot.nn import RowTable, Student, StudentShape
from kiloglot.nn.graph_reading import read_network
from kiloglot.runtime import Artifact, Table
from kiloglot.training.examples import NO_WORDS, Vocabularies
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
        word_rows=len(artifact.words.scales) if artifact.words else 0,
        word_width=artifact.words.width if artifact.words else 0,
    )
    network = read_network(artifact.network, told)
    student = Student(network.shape)
    student.network.load_state_dict(network.state_dict())
    _fill(student.units, units)
    _fill(student.bag, bag)
    if student.words is not None and artifact.words is not None:
        _fill(student.words, artifact.words)
    student.transitions.data.copy_(torch.from_numpy(np.array(artifact.transitions)))
    student.evoked.copy_(torch.from_numpy(np.array(artifact.evoked)))
    words = artifact.words.vocabulary if artifact.words else NO_WORDS
    known = Vocabularies(units.vocabulary, bag.vocabulary, words, manifest.hashing)
    return Taught(student.eval(), manifest.ontology, manifest.locales, known)


def _fill(table: RowTable, source: Table) -> None:
    rows = source.rows(np.arange(len(source.scales)))
    table.table.weight.data.copy_(torch.from_numpy(rows / np.float32(table.gain)))
