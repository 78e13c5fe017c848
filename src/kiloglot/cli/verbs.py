"""The commands that are stages: how each appears in `kiloglot --help`, known without importing any of them."""

from __future__ import annotations

from dataclasses import dataclass

__all__ = ["ASSISTANT", "MODEL", "PROVE", "SERVE", "USE", "VERBS", "Verb"]

USE = "Use"
ASSISTANT = "Your assistant"
MODEL = "Make a model"
PROVE = "Prove"


@dataclass(frozen=True, slots=True)
class Verb:
    """A stage as a command."""

    name: str
    """The stage's verb."""
    panel: str
    """Group of commands in which it is listed."""
    line: str
    """What it does, in one line."""
    arguments: tuple[str, ...] = ()
    """The settings that are given without a flag, in order."""


VERBS = {
    verb.name: verb
    for verb in (
        Verb("demo", USE, "Train, score and try everything on what lies in the package."),
        Verb("init", ASSISTANT, "Start an assistant of your own from the starter assistant.", ("name",)),
        Verb("convert", ASSISTANT, "Carry an assistant or a corpus into another format, or in.", ("source", "target")),
        Verb("validate", ASSISTANT, "List every fault of an assistant or other data, with file and line.", ("path",)),
        Verb("train", ASSISTANT, "Make a model of an assistant: check, train, export, score, report.", ("folder",)),
        Verb("suggest", ASSISTANT, "Show where an assistant is weak, and change nothing.", ("folder",)),
        Verb("prepare", MODEL, "Fetch a corpus, check every row, and lay it out to be read.", ("what",)),
        Verb("prepare home-assistant", MODEL, "Make labelled utterances of Home Assistant's sentences and your home."),
        Verb("words", MODEL, "Ask an encoder of many languages what words mean, for a student to be told."),
        Verb("finetune", MODEL, "Train a student on labelled utterances."),
        Verb("reread", MODEL, "Teach the reader of words of a trained student anew, by itself."),
        Verb("doubt", MODEL, "Teach a trained student, from plain text, what is no command."),
        Verb("export", MODEL, "Turn a trained student into a model that runs without torch."),
        Verb("run", MODEL, "Run the stages of a recipe, without those that are done.", ("recipe",)),
        Verb("predict", PROVE, "Write a model's predictions for labelled utterances."),
        Verb("evaluate", PROVE, "Score any system's predictions: official figures, intervals, plots, one page."),
    )
}
"""By name, in the order of the list."""

SERVE = Verb("serve", USE, "Answer other programs over HTTP, as Rasa does, and over Wyoming.")
"""The one command that ends only when it is told to, and so is no stage."""
