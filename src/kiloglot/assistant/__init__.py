"""Parse -> answer: the commands of an utterance, and the things of a household that their slots mean."""

from kiloglot.errors import MissingExtraError

try:
    from kiloglot.assistant.commands import answers
    from kiloglot.assistant.registry import Registry
except ModuleNotFoundError as missing:
    if missing.name not in ("anyascii", "rapidfuzz"):
        raise
    raise MissingExtraError("finding names", "names") from missing
from kiloglot.assistant.answers import Answer, Command, Meaning
from kiloglot.assistant.things import Kind, Thing

__all__ = ["Answer", "Command", "Kind", "Meaning", "Registry", "Thing", "answers"]
