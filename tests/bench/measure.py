"""Contenders run side by side: every round gives each of them the same work in turn, so that noise falls on all."""

import json
import statistics
import subprocess
import sys
from contextlib import ExitStack
from dataclasses import dataclass, field
from pathlib import Path

ROOT = Path(__file__).resolve().parents[2]


@dataclass(frozen=True)
class Contender:
    """Who takes part: the name in the table, where its code is, and the package that it needs."""

    name: str
    module: str
    kind: str
    needs: str = ""


@dataclass
class Figures:
    """What one contender's rounds told: seconds of each request, and of every round wall time and CPU per request."""

    taken: list[float] = field(default_factory=list)
    wall: list[float] = field(default_factory=list)
    cpu: list[float] = field(default_factory=list)

    def row(self) -> dict[str, float]:
        """Return medians and the 99th percentile in microseconds, and the rate of the median round."""
        told = {
            "cpu_us": statistics.median(self.cpu) * 1e6,
            "rate": 1 / statistics.median(self.wall),
        }
        if self.taken:
            told["p50_us"] = statistics.median(self.taken) * 1e6
            told["p99_us"] = statistics.quantiles([*self.taken, self.taken[-1]], n=100, method="inclusive")[98] * 1e6
        return told


class Process:
    """A child that speaks JSON lines."""

    def __init__(self, *arguments: str) -> None:
        """Start it and wait for its first line."""
        self._child = subprocess.Popen(
            [sys.executable, *arguments], cwd=ROOT, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        self.first = self._line()

    def _line(self) -> str:
        while line := self._child.stdout.readline():
            if line.startswith(("{", "ready", "told ")):
                return line
        raise RuntimeError(f"{self._child.args} ended with {self._child.wait()}")

    def ask(self, **command: object) -> dict:
        """Give one command and return what it told."""
        self._child.stdin.write(json.dumps(command) + "\n")
        self._child.stdin.flush()
        return json.loads(self._line().removeprefix("told "))

    def __enter__(self) -> "Process":
        """Return itself."""
        return self

    def __exit__(self, *exc: object) -> None:
        """End it."""
        self._child.stdin.close()
        try:
            self._child.wait(20)
        except subprocess.TimeoutExpired:
            self._child.kill()
            self._child.wait()


def worker(contender: Contender, address: dict[str, str]) -> Process:
    """Start a contender in a process of its own."""
    return Process("-m", "tests.bench.worker", contender.module, contender.kind, address["rest"], address["ws"])


def run_once(contender: Contender, address: dict[str, str], command: dict[str, object]) -> dict:
    """Run one command after another of the same kind that is dropped; return what it told."""
    with worker(contender, address) as process:
        process.ask(**command)
        return process.ask(**command)


def side_by_side(
    contenders: list[Contender], address: dict[str, str], *, rounds: int, count: int, command: dict[str, object]
) -> dict[str, dict[str, float]]:
    """Run `command` of `count` requests `rounds` times with every contender in turn, after a first that is dropped."""
    figures = {each.name: Figures() for each in contenders}
    with ExitStack() as stack:
        running = {each.name: stack.enter_context(worker(each, address)) for each in contenders}
        for number in range(rounds + 1):
            for name, process in running.items():
                told = process.ask(**command, count=count)
                if number:
                    held = figures[name]
                    held.taken += told["taken"]
                    held.wall.append(told["wall"] / count)
                    held.cpu.append(told["cpu"] / count)
    return {name: held.row() for name, held in figures.items()}
