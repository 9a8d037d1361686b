"""How things are measured: each in a process of its own, in turns, by medians of wall and processor time.

Other work on the machine slows every turn alike: ratios within one bench hold where seconds drift.
"""

import json
import resource
import subprocess
import sys
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from typing import Any

from config import ROOT


@dataclass(slots=True)
class Cost:
    """What a piece of work took: wall and processor seconds, children's included; peak memory in MB."""

    wall: float = 0.0
    cpu: float = 0.0
    peak: float = 0.0

    def over(self, other: "Cost") -> "Cost":
        """How many times another cost this one is."""
        return Cost(self.wall / other.wall, self.cpu / other.cpu, self.peak / other.peak)


def _processor() -> float:
    own, others = resource.getrusage(resource.RUSAGE_SELF), resource.getrusage(resource.RUSAGE_CHILDREN)
    return own.ru_utime + own.ru_stime + others.ru_utime + others.ru_stime


def _peak() -> float:
    """Peak memory of this process in MB; Linux's `ru_maxrss` also counts the process that started this one."""
    status = Path("/proc/self/status")
    if status.exists():
        line = next(line for line in status.read_text(encoding="ascii").splitlines() if line.startswith("VmHWM"))
        return int(line.split()[1]) / 1024
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


@contextmanager
def measured() -> Iterator[Cost]:
    """Fills the cost of what is done inside; processes started inside must be waited for inside."""
    cost = Cost()
    wall, cpu = time.perf_counter(), _processor()
    yield cost
    cost.wall, cost.cpu, cost.peak = time.perf_counter() - wall, _processor() - cpu, _peak()


def alone(module: str, **what: Any) -> dict[str, Any]:
    """Run a module of this package in a fresh process; returns what it answers."""
    command = [sys.executable, "-m", f"benchmarks.{module}", json.dumps(what, default=str)]
    done = subprocess.run(command, cwd=ROOT, capture_output=True, text=True, check=False)  # noqa: S603 - ours
    if done.returncode:
        raise RuntimeError(f"benchmarks.{module}: {done.stderr.strip()}")
    answer: dict[str, Any] = json.loads(done.stdout)
    return answer


def answer(work: Callable[..., Mapping[str, Any]]) -> None:
    """The other end of `alone`: what `python -m benchmarks.module` does."""
    sys.stdout.write(json.dumps(work(**json.loads(sys.argv[1]))))


def cost_of(answered: Mapping[str, Any]) -> Cost:
    """The cost in an answer."""
    return Cost(answered["wall"], answered["cpu"], answered["peak"])


def in_turns(turns: int, works: Mapping[str, Callable[[], Cost]]) -> dict[str, Cost]:
    """Do each work once per turn, A B C A B C…; returns the medians."""
    costs: dict[str, list[Cost]] = {name: [] for name in works}
    for _ in range(turns):
        for name, work in works.items():
            costs[name].append(work())
    return {name: middle(found) for name, found in costs.items()}


def middle(costs: Sequence[Cost]) -> Cost:
    """The median of each figure."""
    return Cost(median(one.wall for one in costs), median(one.cpu for one in costs), median(one.peak for one in costs))


def table(title: str, heads: Sequence[str], rows: Sequence[Sequence[str]]) -> str:
    """A table for the eye: first column to the left, figures to the right."""
    cells = [tuple(heads), *map(tuple, rows)]
    wide = [max(len(row[place]) for row in cells) for place in range(len(heads))]
    lines = ["  ".join([row[0].ljust(wide[0]), *map(str.rjust, row[1:], wide[1:])]).rstrip() for row in cells]
    rule = "-" * max(map(len, lines))
    return "\n".join(["", title, rule, lines[0], rule, *lines[1:], rule, ""])
