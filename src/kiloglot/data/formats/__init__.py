"""The formats of other assistants <-> one `Content` that all of them are read into and written from."""

from kiloglot.data.formats.builder import Builder, Notes
from kiloglot.data.formats.content import Content, Left, Lost, Sentence, Synonym, ValueList
from kiloglot.data.formats.files import Files
from kiloglot.data.formats.foreign import FOREIGN, Format, foreign_format
from kiloglot.data.formats.located import Place, document, items, mapping, word
from kiloglot.data.formats.project_reading import is_project_folder, read_templates
from kiloglot.data.formats.project_writing import write_project
from kiloglot.data.formats.tongue import Asked
from kiloglot.data.formats.uttering import Said, held_out, uttered

__all__ = [
    "FOREIGN",
    "Asked",
    "Builder",
    "Content",
    "Files",
    "Format",
    "Left",
    "Lost",
    "Notes",
    "Place",
    "Said",
    "Sentence",
    "Synonym",
    "ValueList",
    "document",
    "foreign_format",
    "held_out",
    "is_project_folder",
    "items",
    "mapping",
    "read_templates",
    "uttered",
    "word",
    "write_project",
]
