"""`kiloglot shell`: a conversation, piped and at a prompt."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from kiloglot.cli.shell import history_path


def test_a_piped_conversation(model: Path, kiloglot: Any) -> None:
    said = ":locale de_de\nlicht an\n:explain\nlicht an\n:model\n:locale\n\n:quit\nnever said\n"
    done = kiloglot("shell", "--model", model, said=said)
    assert (done.exit_code, done.stderr) == (0, "")
    assert "locale: de-DE" in done.stdout
    assert done.stdout.count("because") == 1
    assert "model: home 1" in done.stdout
    assert "guessed" in done.stdout
    assert "never" not in done.stdout


def test_help_names_the_commands(model: Path, kiloglot: Any) -> None:
    shown = kiloglot("shell", "--model", model, said=":help\n").stdout
    assert all(word in shown for word in (":locale", ":model", ":explain", ":help", ":quit"))


def test_an_error_does_not_end_the_conversation(model: Path, kiloglot: Any) -> None:
    done = kiloglot("shell", "--model", model, said=":model nowhere\n:locale ###\n:sing\nlights on\n")
    assert done.exit_code == 0
    assert "no model 'nowhere'" in done.stdout
    assert "'###' is not a locale tag" in done.stdout
    assert "there is no :sing" in done.stdout
    assert "lights" in done.stdout.splitlines()[3]


@pytest.mark.parametrize(
    ("state", "expected"),
    [("/var/state", "/var/state/kiloglot/history"), ("relative", "~/.local/state/kiloglot/history")],
)
def test_the_history_lies_where_xdg_says(state: str, expected: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", state)
    assert history_path() == Path(expected).expanduser()


@pytest.mark.skipif(os.name == "nt", reason="needs a pseudo-terminal")
def test_a_prompt_with_history_and_colour(model: Path, tmp_path: Path) -> None:
    import pty

    master, slave = pty.openpty()
    command = [sys.executable, "-c", "from kiloglot.cli import main; main()", "shell", "--model", str(model)]
    env = {**os.environ, "XDG_STATE_HOME": str(tmp_path), "TERM": "xterm-256color"}
    env.pop("NO_COLOR", None)
    with subprocess.Popen(command, stdin=slave, stdout=slave, stderr=slave, env=env) as work:
        os.close(slave)
        shown = b""
        for typed in (b"lights on\n", b"\x04"):
            while not shown.endswith(b"> "):
                shown += os.read(master, 1024)
            shown += b"|"
            os.write(master, typed)
        work.wait()
    shown += os.read(master, 65536)
    os.close(master)
    assert b"home 1, 2 locales" in shown
    assert b"\x1b[1m" in shown
    assert (tmp_path / "kiloglot" / "history").read_text(encoding="utf-8").splitlines()[-1] == "lights on"
