"""Drives one open notebook in the browser: run cells, find outputs, take pictures, fail readably."""

from pathlib import Path

import nbformat
from playwright.sync_api import Error, Locator, Page, expect

from tests.browser.server import JupyterServer

OPEN_TIMEOUT_MS = 60_000
CELL_TIMEOUT_MS = 60_000
LOOK_TIMEOUT_MS = 15_000
ARTIFACTS = Path(__file__).resolve().parents[1] / "artifacts"

# The toolbar shows "idle" before a session exists, and a run started then is swallowed by a dialogue: so the page is
# asked for its own promises instead.
WHEN_READY = """async () => {
  const app = window.jupyterapp;
  await app.restored;
  for (let tries = 0; tries < 600; tries++) {
    const panel = app.shell.currentWidget;
    if (panel && panel.sessionContext && panel.content) {
      await panel.context.ready;
      await panel.sessionContext.ready;
      await panel.sessionContext.session.kernel.info;
      return true;
    }
    await new Promise(wake => setTimeout(wake, 100));
  }
  return false;
}"""
OPEN_TAB = """async name => {
  await window.jupyterapp.commands.execute('docmanager:open', {
    path: name, factory: 'Notebook', kernel: {name: 'python3'}});
}"""
CLOSE_TAB = """async () => {
  const panel = window.jupyterapp?.shell.currentWidget;
  if (!panel?.sessionContext) return;
  const patience = new Promise(wake => setTimeout(wake, 5000));
  await Promise.race([panel.sessionContext.shutdown().catch(() => null), patience]);
  panel.context.model.dirty = false;
  if (window.jupyterapp.name === 'JupyterLab') panel.dispose();
}"""
START_CELL = """index => {
  const app = window.jupyterapp, panel = app.shell.currentWidget;
  panel.content.activeCellIndex = index;
  panel.content.model.cells.get(index).executionCount = null;
  app.commands.execute('notebook:run-cell');
}"""
CELL_STATE = """index => {
  const cell = window.jupyterapp.shell.currentWidget.content.model.cells.get(index);
  const outputs = cell.outputs.toJSON();
  const error = outputs.find(output => output.output_type === 'error');
  return {
    count: cell.executionCount,
    state: cell.executionState ?? '',
    error: error ? error.ename + ': ' + error.evalue + '\\n' + (error.traceback || []).join('\\n') : null,
    text: outputs.map(output => output.text ?? output.data?.['text/plain'] ?? '').join(''),
  };
}"""


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
            self.page.evaluate(CLOSE_TAB)

    def wait_until_ready(self) -> None:
        """Wait until the notebook is shown and its kernel answers."""
        try:
            self.page.wait_for_function("() => window.jupyterapp !== undefined", timeout=OPEN_TIMEOUT_MS)
            ready = self.page.evaluate(WHEN_READY)
        except Error as error:
            raise AssertionError(self._story(f"{self.name} did not open: {error}")) from error
        if not ready:
            raise AssertionError(self._story(f"{self.name} opened without a kernel"))

    def reload(self) -> None:
        """Press F5: the kernel keeps running, the page starts anew."""
        self.page.reload(timeout=OPEN_TIMEOUT_MS)
        self.wait_until_ready()

    def start_cell(self, index: int) -> None:
        """Start a code cell and return at once."""
        self.page.evaluate(START_CELL, index)

    def run_cell(self, index: int, *, timeout_ms: int = CELL_TIMEOUT_MS) -> str:
        """Run a code cell to its end; returns its text output; a cell error fails with its traceback."""
        self.start_cell(index)
        return self._wait_for_cell(index, timeout_ms)

    def run_all(self, *, timeout_ms: int = CELL_TIMEOUT_MS) -> None:
        """Run every code cell, one after the other."""
        kinds = self.page.evaluate(
            "() => Array.from(window.jupyterapp.shell.currentWidget.content.model.cells, cell => cell.type)"
        )
        for index, kind in enumerate(kinds):
            if kind == "code":
                self.run_cell(index, timeout_ms=timeout_ms)

    def _wait_for_cell(self, index: int, timeout_ms: int) -> str:
        done = """index => {
          const cell = window.jupyterapp.shell.currentWidget.content.model.cells.get(index);
          return cell.executionCount !== null;
        }"""
        try:
            self.page.wait_for_function(done, arg=index, timeout=timeout_ms, polling=50)
        except Error as error:
            raise AssertionError(self._story(f"cell {index} did not end in {timeout_ms} ms")) from error
        state = self.page.evaluate(CELL_STATE, index)
        if state["error"]:
            raise AssertionError(self._story(f"cell {index} failed: {state['error']}"))
        return str(state["text"])

    def without_subshells(self) -> None:
        """Let widget messages wait for the running cell, as kernels without subshells always do."""
        self.page.evaluate(
            """() => {
              const kernel = window.jupyterapp.shell.currentWidget.sessionContext.session.kernel;
              kernel.commsOverSubshells = 'disabled';
            }"""
        )

    def output(self, index: int) -> Locator:
        """The output area of a code cell."""
        return self.page.locator(".jp-CodeCell").nth(index).locator(".jp-OutputArea-output").first

    def outputs(self, index: int) -> Locator:
        """All outputs of a code cell."""
        return self.page.locator(".jp-CodeCell").nth(index).locator(".jp-Cell-outputArea")

    def button(self, name: str) -> Locator:
        """A widget button inside the outputs, by what it says; never one of the application's own."""
        return self.page.locator(".jp-OutputArea").get_by_role("button", name=name, exact=True)

    def expect_text(self, locator: Locator, text: str, *, timeout_ms: int = LOOK_TIMEOUT_MS) -> None:
        """Wait until an element holds a text."""
        try:
            expect(locator).to_contain_text(text, timeout=timeout_ms)
        except AssertionError as error:
            raise AssertionError(self._story(str(error))) from error

    def save(self) -> None:
        """Save the notebook with its outputs and widget state."""
        self.page.evaluate("() => window.jupyterapp.shell.currentWidget.context.save()")

    def set_theme(self, name: str) -> None:
        """Switch JupyterLab's theme, for a picture."""
        self.page.evaluate("name => window.jupyterapp.commands.execute('apputils:change-theme', {theme: name})", name)
        self.page.wait_for_function(
            "name => document.body.dataset.jpThemeName === name", arg=name, timeout=LOOK_TIMEOUT_MS
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
