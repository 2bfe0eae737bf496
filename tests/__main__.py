"""`python -m tests`: every check of the project, in order, with its time and one summary at the end.

The order is formatting, lint, types, the tests of the kernel side, the tests in a browser. The last two are two
processes because Playwright's synchronous face leaves a running event loop behind, and pytest-asyncio refuses to
start another one in the same process.

All steps run even when an early one fails, so that one run tells everything; the exit code is non-zero if any failed.
Arguments that are not known here are handed to both pytest runs: `python -m tests -k ticket -x`.
"""

import argparse
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Sequence
from dataclasses import dataclass, field
from pathlib import Path
from xml.etree import ElementTree

from tests.browser.chromium import MissingChromiumError, find_chromium

ROOT = Path(__file__).resolve().parent.parent
NO_TESTS_COLLECTED = 5  # pytest's exit code; harmless when the caller's own -k left one of the two runs empty


@dataclass
class Counts:
    """What one pytest run counted."""

    passed: int = 0
    failed: int = 0
    errors: int = 0
    skipped: int = 0

    def add(self, other: "Counts") -> None:
        """Add the counts of another run to these."""
        self.passed += other.passed
        self.failed += other.failed
        self.errors += other.errors
        self.skipped += other.skipped


@dataclass
class Step:
    """One check: its heading, the command after `python -m`, and how it ended."""

    heading: str
    arguments: list[str]
    is_pytest: bool = False
    seconds: float = 0.0
    problem: str = ""
    counts: Counts = field(default_factory=Counts)


def read_counts(report: Path) -> Counts:
    """The counts in a JUnit file that pytest wrote."""
    counts = Counts()
    for suite in ElementTree.parse(report).getroot().iter("testsuite"):
        failed, errors, skipped = (int(suite.get(name, "0")) for name in ("failures", "errors", "skipped"))
        counts.add(Counts(int(suite.get("tests", "0")) - failed - errors - skipped, failed, errors, skipped))
    return counts


def run(step: Step, report: Path, *, may_be_empty: bool) -> None:
    """Run one step in the project's folder, its output going straight to the terminal."""
    print(f"\n──── {step.heading} {'─' * max(0, 90 - len(step.heading))}", flush=True)
    arguments = [*step.arguments, f"--junit-xml={report}"] if step.is_pytest else step.arguments
    started = time.monotonic()
    code = subprocess.run([sys.executable, "-m", *arguments], cwd=ROOT, check=False).returncode
    step.seconds = time.monotonic() - started
    if step.is_pytest and report.exists():
        step.counts = read_counts(report)
    if code == NO_TESTS_COLLECTED and step.is_pytest:
        step.problem = "" if may_be_empty else "no test was found"
    elif code != 0:
        step.problem = f"exit code {code}"
    print(f"──── {step.heading}: {step.problem or 'ok'} in {step.seconds:.1f} s", flush=True)


def plan(*, browser: bool, pytest_arguments: Sequence[str]) -> list[Step]:
    """The steps of a run, in their order."""
    steps = [
        Step("formatting", ["ruff", "format", "--check", "."]),
        Step("lint", ["ruff", "check", "."]),
        Step("types", ["mypy"]),
        Step(
            "tests without a browser", ["pytest", "tests", "--ignore=tests/browser", *pytest_arguments], is_pytest=True
        ),
    ]
    if browser:
        steps.append(Step("tests in a browser", ["pytest", "tests/browser", *pytest_arguments], is_pytest=True))
    return steps


def summary_line(steps: Sequence[Step], seconds: float) -> str:
    """One closing line in pytest's own form; a failed check that is no test counts as an error."""
    total = Counts()
    for step in steps:
        total.add(step.counts)
        counted = step.counts.failed + step.counts.errors
        if step.problem and not counted:
            total.errors += 1
    words = [
        f"{number} {word}"
        for number, word in (
            (total.failed, "failed"),
            (total.passed, "passed"),
            (total.skipped, "skipped"),
            (total.errors, "error" if total.errors == 1 else "errors"),
        )
        if number
    ]
    return f"{', '.join(words) or 'no tests ran'} in {seconds:.2f}s".join(("========= ", " ========="))


def main() -> int:
    """Run the checks; return 0 if all passed."""
    parser = argparse.ArgumentParser(prog="python -m tests", description="Every check of the project, in order.")
    parser.add_argument("--no-browser", action="store_true", help="leave out the tests that need Chromium")
    options, pytest_arguments = parser.parse_known_args()
    browser = not options.no_browser
    if browser:
        try:
            print(f"browser: {find_chromium()}")
        except MissingChromiumError as missing:
            print(missing, file=sys.stderr)
            return 2
    started = time.monotonic()
    steps = plan(browser=browser, pytest_arguments=pytest_arguments)
    reports = Path(tempfile.mkdtemp(prefix="binance_nb_tests_"))
    try:
        for number, step in enumerate(steps):
            run(step, reports / f"{number}.xml", may_be_empty=bool(pytest_arguments))
    finally:
        shutil.rmtree(reports, ignore_errors=True)
    print(f"\n──── summary {'─' * 83}")
    for step in steps:
        print(
            f"{'FAILED' if step.problem else 'ok':>6}  {step.seconds:7.1f} s  {step.heading}  {step.problem}".rstrip()
        )
    if not browser:
        print("NOT RUN: the tests in a browser, because of --no-browser. The widgets were not tried in a page.")
    print(summary_line(steps, time.monotonic() - started), flush=True)
    return 1 if any(step.problem for step in steps) else 0


if __name__ == "__main__":
    sys.exit(main())
