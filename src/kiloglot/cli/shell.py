"""`kiloglot shell`: a conversation with a model, with history."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable, Iterator
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING

from kiloglot.cli.parsing import LOCALE, MODEL, lines_of
from kiloglot.errors import ConfigError, KiloglotError

if TYPE_CHECKING:
    from rich.console import Console

    from kiloglot.runtime import NLU

__all__ = ["HELP", "history_path", "shell"]

HELP = """\
:locale TAG   the locale of what you say, as de-DE; without TAG the model guesses it
:model NAME   another model: a bundled one by name, or a folder
:explain      say what decided, or stop saying it
:help         this list
:quit         leave (so does Ctrl-D)"""
_KEPT = 1000  # lines of history


def shell(locale: LOCALE = None, model: MODEL = None) -> None:
    """Talk to a model: type what you would say, see the intent and the slots.

    Commands begin with a colon; :help lists them.
    """
    from kiloglot.cli.console import output
    from kiloglot.runtime import DEFAULT_MODEL, NLU

    console = output()
    conversation = _Conversation(NLU.load(model or DEFAULT_MODEL), locale, console)
    typed = sys.stdin.isatty()
    if typed:
        manifest = conversation.nlu.manifest
        console.print(f"{manifest.label}, {len(manifest.locales)} locales. :help lists the commands.", style="dim")
    for text in _typed_lines(console) if typed else lines_of(sys.stdin.buffer):
        if text.strip() == b":quit":
            break
        conversation.answer(text)
        sys.stdout.flush()


def history_path() -> Path:
    """Where the history lies, by the XDG base directory specification."""
    state = os.environ.get("XDG_STATE_HOME", "")
    home = Path(state) if Path(state).is_absolute() else Path.home() / ".local" / "state"
    return home / "kiloglot" / "history"


class _Conversation:
    """What the shell remembers between two lines."""

    def __init__(self, nlu: NLU, locale: str | None, console: Console) -> None:
        self.nlu = nlu
        self._locale = locale
        self._explain = False
        self._console = console
        self._commands: dict[str, Callable[[str], str]] = {
            ":locale": self._speak,
            ":model": self._load,
            ":explain": self._toggle,
            ":help": lambda _: HELP,
        }

    def answer(self, text: bytes) -> None:
        """Shows the parse of `text`, or does what the command says; an error is shown, and the conversation goes on."""
        from kiloglot.cli.answers import card

        word, _, rest = text.decode("utf-8", "replace").strip().partition(" ")
        try:
            if word.startswith(":"):
                self._console.print(self._command(word)(rest.strip()), style="dim", soft_wrap=True)
            elif word:
                self._console.print(card(self.nlu.parse(text, self._locale, explain=self._explain)), soft_wrap=True)
        except KiloglotError as error:
            self._console.print(str(error), style="red", soft_wrap=True)

    def _command(self, word: str) -> Callable[[str], str]:
        if word not in self._commands:
            raise ConfigError(f"there is no {word}", remedy=f"There are {', '.join(self._commands)} and :quit")
        return self._commands[word]

    def _speak(self, locale: str) -> str:
        from kiloglot.text import canonical_locale

        self._locale = canonical_locale(locale) if locale else None
        return f"locale: {self._locale or 'guessed from the text'}"

    def _load(self, model: str) -> str:
        from kiloglot.runtime import NLU

        if model:
            self.nlu = NLU.load(model)
        return f"model: {self.nlu.manifest.label}"

    def _toggle(self, _: str) -> str:
        self._explain = not self._explain
        return f"explain: {'on' if self._explain else 'off'}"


def _typed_lines(console: Console) -> Iterator[bytes]:
    """Lines typed at a prompt, until Ctrl-D; Ctrl-C drops the line."""
    save = _history()
    try:
        while True:
            try:
                yield os.fsencode(input("> "))
            except KeyboardInterrupt:
                console.print()
            except EOFError:
                console.print()
                return
    finally:
        save()


def _history() -> Callable[[], None]:
    """Reads the history of earlier conversations; returns what writes it. Without readline there is none."""
    try:
        import readline
    except ModuleNotFoundError:
        return lambda: None
    path = history_path()
    with suppress(OSError):  # The first conversation has no history.
        readline.read_history_file(path)

    def save() -> None:
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            readline.set_history_length(_KEPT)
            readline.write_history_file(path)
        except OSError as fault:
            sys.stderr.write(f"kiloglot: the history is not kept: {path}: {fault.strerror}\n")

    return save
