"""Files <-> values: MASSIVE, kiloglot's JSONL, and the project format of people who write their own assistant."""

from kiloglot.data.jsonl import read_predictions, write_predictions, write_utterances
from kiloglot.data.massive import write_massive
from kiloglot.data.reading import load

__all__ = ["load", "read_predictions", "write_massive", "write_predictions", "write_utterances"]
