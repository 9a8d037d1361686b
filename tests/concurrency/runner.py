"""An act in a process of its own, that kills itself at a chosen instant.

Instants are counted: before each SQL statement, before and after each commit, around each flush of a file to disk and
each giving of a name. The process is forked from one that has done the imports, so it starts at once; it has its own
memory and connections, speaks in lines, and its end is that of a process.
"""

import os
import signal
import sys
from collections.abc import Callable
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, TextIO

from sqlalchemy import event
from sqlalchemy.engine import Engine
from sqlalchemy.orm import Session

from garage.db import all_models  # noqa: F401 - the tables that keys point to
from tests.forking import CONTEXT

lived = 0
kill_at = 0


def instant(*_: Any, **__: Any) -> None:
    """Something durable is about to happen, or just did."""
    global lived  # noqa: PLW0603 - the counter of the whole process
    lived += 1
    if lived == kill_at:
        os.kill(os.getpid(), signal.SIGKILL)


def around(act: Callable[..., Any]) -> Callable[..., Any]:
    """The same act, with an instant before and after."""

    def counted(*words: Any, **named: Any) -> Any:
        instant()
        done = act(*words, **named)
        instant()
        return done

    return counted


def say(word: object) -> None:
    """One line to whoever started us."""
    sys.stdout.write(f"{word}\n")
    sys.stdout.flush()


def ready() -> None:
    """Say so, and wait to be told to go."""
    say("ready")
    sys.stdin.readline()


def _live(act: Callable[..., int | None], words: tuple[Any, ...], at: int, line: Connection) -> None:
    global kill_at  # noqa: PLW0603 - the instant of the whole process
    kill_at = at
    sys.stdin, sys.stdout = _both_ways(line)
    event.listen(Engine, "before_cursor_execute", instant)
    Session.commit = around(Session.commit)  # type: ignore[method-assign]
    os.fsync = around(os.fsync)
    Path.hardlink_to = around(Path.hardlink_to)  # type: ignore[method-assign]
    ended = act(*words)
    say(lived)
    sys.exit(ended or 0)


def _both_ways(line: Connection) -> tuple[TextIO, TextIO]:
    """What is heard and what is said; the line itself is closed."""
    with line:
        return os.fdopen(os.dup(line.fileno())), os.fdopen(os.dup(line.fileno()), "w")


class Running:
    """A function at work in its process, killed at its instant `kill_at` (never when 0)."""

    def __init__(self, act: Callable[..., int | None], *words: object, kill_at: int = 0) -> None:
        ours, theirs = CONTEXT.Pipe()
        with theirs:
            self._process = CONTEXT.Process(target=_live, args=(act, words, kill_at, theirs))
            self._process.start()
        self._heard, self._said = _both_ways(ours)

    def wait_until_ready(self) -> "Running":
        """Itself, once it waits to be told to go."""
        assert self._heard.readline() == "ready\n"
        return self

    def go(self) -> "Running":
        """Itself, told to go."""
        self._said.write("go\n")
        self._said.flush()
        return self

    def kill(self) -> None:
        """Kill it from outside, and wait for its end."""
        self._process.kill()
        self.end()

    def end(self) -> tuple[int, list[str]]:
        """Its exit status (minus the signal that killed it), and the lines it said: the last is how long it lived."""
        self._process.join(120)
        assert self._process.exitcode is not None
        with self._heard, self._said:
            return self._process.exitcode, self._heard.read().splitlines()
