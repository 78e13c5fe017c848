"""A project of kiloglot with its templates as they are, not expanded."""

from __future__ import annotations

from kiloglot.data.assistant import read_assistant
from kiloglot.data.faults import Fault
from kiloglot.data.formats.content import Content, Sentence, ValueList
from kiloglot.data.formats.files import Files
from kiloglot.data.formats.tongue import Asked
from kiloglot.data.locale_file import LocaleReader
from kiloglot.data.project import is_project, locale_files

__all__ = ["is_project_folder", "read_templates"]


def is_project_folder(files: Files) -> bool:
    """Whether there is an `assistant.toml`."""
    return is_project(files.root)


def read_templates(files: Files, asked: Asked) -> Content:
    """Every sentence and list of a project. Raises DataError for the first error in it."""
    faults: list[Fault] = []
    assistant = read_assistant(files.root / "assistant.toml", faults)
    sentences: list[Sentence] = []
    lists: list[ValueList] = []
    for locale, file in locale_files(files.root / "locales", assistant, faults) if assistant else ():
        reader = LocaleReader(locale, file, assistant, faults)  # type: ignore[arg-type]
        reader.read()
        for each, template in reader.templates.items():
            scenario = assistant.intents[each.intent].scenario if assistant else ""
            where = (each.source, file, each.line)
            sentences.append(Sentence(template, each.intent, locale, each.partition, scenario, "", 1.0, *where))
        for slot, parts in reader.values.items():
            lists += [ValueList(slot, locale, values, partition) for partition, values in parts.items() if values]
    error = next((fault for fault in faults if fault.severity == "error"), None)
    if error or assistant is None:
        raise (error or faults[0]).as_error()
    return Content(assistant.name, tuple(sentences), tuple(lists), (), tuple(assistant.intents))
