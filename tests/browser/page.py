"""Drives one open notebook in the browser: run cells, find outputs, take pictures, fail readably."""

import time
from pathlib import Path
from typing import Any

import nbformat
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.server import JupyterServer

OPEN_TIMEOUT_MS = 60_000
CELL_TIMEOUT_MS = 60_000
LOOK_TIMEOUT_MS = 15_000
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"

# Each of these is a function of the panel that shows the notebook, of one argument and of the application. The panel is
# looked for by its name: JupyterLab may put its launcher in front at any moment.
ON_PANEL = """async ([path, argument]) => {
  const app = window.jupyterapp;
  await app.restored;
  const find = () => [...app.shell.widgets('main')].find(widget => widget.context?.path.endsWith(path));
  for (let tries = 0; tries < 600 && !find()?.sessionContext; tries++) await new Promise(wake => setTimeout(wake, 50));
  const panel = find();
  if (!panel) throw new Error('no tab shows ' + path);
  return await (%s)(panel, argument, app);
}"""
# The toolbar shows "idle" before a session exists, and a run started then is swallowed by a dialogue: so the page is
# asked for its own promises instead.
READY = """async (panel, _, app) => {
  await panel.context.ready;
  await panel.sessionContext.ready;
  await panel.sessionContext.session.kernel.info;
  app.shell.activateById(panel.id);
}"""
START_CELL = """(panel, index, app) => {
  app.shell.activateById(panel.id);
  panel.content.activeCellIndex = index;
  panel.content.model.cells.get(index).executionCount = null;
  app.commands.execute('notebook:run-cell');
}"""
CELL_ENDED = "(panel, index) => panel.content.model.cells.get(index).executionCount !== null"
CELL_STATE = """(panel, index) => {
  const outputs = panel.content.model.cells.get(index).outputs.toJSON();
  const error = outputs.find(output => output.output_type === 'error');
  return {
    error: error ? error.ename + ': ' + error.evalue + '\\n' + (error.traceback || []).join('\\n') : null,
    text: outputs.map(output => output.text ?? output.data?.['text/plain'] ?? '').join(''),
  };
}"""
OPEN_TAB = """async path => {
  await window.jupyterapp.commands.execute('docmanager:open', {path, factory: 'Notebook', kernel: {name: 'python3'}});
}"""
CLOSE_TABS = """async () => {
  const app = window.jupyterapp;
  for (const panel of app ? [...app.shell.widgets('main')] : []) {
    if (!panel.sessionContext || !panel.context) continue;
    const patience = new Promise(wake => setTimeout(wake, 5000));
    await Promise.race([panel.sessionContext.shutdown().catch(() => null), patience]);
    panel.context.model.dirty = false;
    if (app.name === 'JupyterLab') panel.dispose();
  }
}"""
IN_FRONT = ".jp-NotebookPanel:not(.lm-mod-hidden)"


def write_notebook(server: JupyterServer, name: str, cells: list[str]) -> str:
    """Write a notebook of these code cells where the server finds it; returns its name."""
    notebook = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in cells])
    notebook.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    nbformat.write(notebook, server.notebooks / name)
    return name


class NotebookPage:
    """One notebook in one page."""

    def __init__(self, page: Page, server: JupyterServer, name: str) -> None:
        self.page = page
        self.server = server
        self.name = name
        self.complaints: list[str] = []
        page.on("pageerror", lambda error: self.complaints.append(f"page error: {error}"))
        page.on(
            "console",
            lambda message: self.complaints.append(f"console: {message.text}") if message.type == "error" else None,
        )

    def open(self) -> "NotebookPage":
        """Load the notebook and wait until its kernel answers; in a JupyterLab that is open already, as a new tab."""
        if self.page.evaluate("() => window.jupyterapp?.name") == "JupyterLab":
            self.page.evaluate(OPEN_TAB, self.name)
        else:
            self.page.goto(self.server.url_of(self.name), timeout=OPEN_TIMEOUT_MS)
        self.wait_until_ready()
        return self

    def close(self) -> None:
        """End the kernel and close the tab, so that neither piles up over a run."""
        if not self.page.is_closed():
            self.page.evaluate(CLOSE_TABS)

    def wait_until_ready(self) -> None:
        """Wait until the notebook is shown and its kernel answers."""
        try:
            self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=OPEN_TIMEOUT_MS)
            self.on_panel(READY)
        except Error as error:
            raise AssertionError(self._story(f"{self.name} did not open: {error}")) from error

    def on_panel(self, function: str, argument: object = None) -> Any:
        """What a JavaScript function of the panel (and an argument, and the application) returns."""
        return self.page.evaluate(ON_PANEL % function, [self.name, argument])

    def reload(self) -> None:
        """Press F5: the kernel keeps running, the page starts anew."""
        self.page.reload(timeout=OPEN_TIMEOUT_MS)
        self.wait_until_ready()

    def start_cell(self, index: int) -> None:
        """Start a code cell and return at once."""
        self.on_panel(START_CELL, index)

    def run_cell(self, index: int, *, timeout_ms: int = CELL_TIMEOUT_MS) -> str:
        """Run a code cell to its end; returns its text output; a cell error fails with its traceback."""
        self.start_cell(index)
        return self._wait_for_cell(index, timeout_ms)

    def run_all(self, *, timeout_ms: int = CELL_TIMEOUT_MS) -> None:
        """Run every code cell, one after the other."""
        kinds = self.on_panel("panel => Array.from(panel.content.model.cells, cell => cell.type)")
        for index, kind in enumerate(kinds):
            if kind == "code":
                self.run_cell(index, timeout_ms=timeout_ms)

    def _wait_for_cell(self, index: int, timeout_ms: int) -> str:
        deadline = time.monotonic() + timeout_ms / 1000
        while not self.on_panel(CELL_ENDED, index):
            if time.monotonic() > deadline:
                raise AssertionError(self._story(f"cell {index} did not end in {timeout_ms} ms"))
            self.page.wait_for_timeout(30)
        state = self.on_panel(CELL_STATE, index)
        if state["error"]:
            raise AssertionError(self._story(f"cell {index} failed: {state['error']}"))
        return str(state["text"])

    def without_subshells(self) -> None:
        """Let widget messages wait for the running cell, as kernels without subshells always do."""
        self.on_panel("panel => { panel.sessionContext.session.kernel.commsOverSubshells = 'disabled'; }")

    def restart_kernel(self) -> None:
        """Restart the kernel, as a person does from the menu."""
        self.on_panel("async panel => { await panel.sessionContext.restartKernel(); }")

    def output(self, index: int) -> Locator:
        """The output area of a code cell."""
        return self.page.locator(f"{IN_FRONT} .jp-CodeCell").nth(index).locator(".jp-OutputArea-output").first

    def outputs(self, index: int) -> Locator:
        """All outputs of a code cell."""
        return self.page.locator(f"{IN_FRONT} .jp-CodeCell").nth(index).locator(".jp-Cell-outputArea")

    def button(self, name: str) -> Locator:
        """A widget button inside the outputs, by what it says; never one of the application's own."""
        return self.page.locator(f"{IN_FRONT} .jp-OutputArea").get_by_role("button", name=name, exact=True)

    def expect_text(self, locator: Locator, text: str, *, timeout_ms: int = LOOK_TIMEOUT_MS) -> None:
        """Wait until an element holds a text."""
        try:
            expect(locator).to_contain_text(text, timeout=timeout_ms)
        except AssertionError as error:
            raise AssertionError(self._story(str(error))) from error

    def save(self) -> None:
        """Save the notebook with its outputs and widget state."""
        self.on_panel("async panel => { await panel.context.save(); }")

    def set_theme(self, name: str) -> None:
        """Switch JupyterLab's theme, for a picture."""
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=name, timeout=LOOK_TIMEOUT_MS
        )
        # The splash lies over the page for a moment longer.
        self.page.wait_for_function(
            "() => !document.getElementById('jupyterlab-splash')?.isConnected", timeout=LOOK_TIMEOUT_MS
        )

    def picture(self, name: str, locator: Locator | None = None) -> Path:
        """Take a picture of the page, or of one element, into tests/artifacts."""
        ARTIFACTS.mkdir(exist_ok=True)
        place = ARTIFACTS / f"{name}.png"
        (locator or self.page).screenshot(path=place)
        return place

    def _story(self, headline: str) -> str:
        """A failure with what the page and the server said, and a picture beside it."""
        try:
            picture = str(self.picture(f"failed_{self.name.removesuffix('.ipynb')}"))
        except Error as error:
            picture = f"none ({error})"
        said = "\n".join(self.complaints[-10:]) or "nothing"
        log = self.server.log_tail(1500)
        return f"{headline}\npicture: {picture}\nthe page complained: {said}\nthe server's log ends:\n{log}"
