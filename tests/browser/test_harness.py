"""The harness itself: a click reaches the kernel, a failing cell is told, an outside request is caught."""

import pytest

from tests.browser.conftest import OpenNotebook
from tests.browser.kernels import kernel_version

COUNTER = """
import ipywidgets as widgets
label, button = widgets.Label("waiting"), widgets.Button(description="Press")
button.on_click(lambda _: setattr(label, "value", "pressed"))
widgets.VBox([button, label])
"""


@pytest.mark.parametrize("front_end", ["lab", "notebook"])
def test_a_click_reaches_the_kernel_and_comes_back(open_notebook: OpenNotebook, front_end):
    notebook = open_notebook(COUNTER, front_end=front_end)
    notebook.run_all()
    label = notebook.outputs(0).locator(".widget-label")
    notebook.expect_text(label, "waiting")
    notebook.button("Press").click()
    notebook.expect_text(label, "pressed")


def test_a_cell_error_fails_with_its_traceback(open_notebook: OpenNotebook):
    notebook = open_notebook("1 / 0", "print('text of a cell')")
    with pytest.raises(AssertionError, match="ZeroDivisionError"):
        notebook.run_cell(0)
    assert notebook.run_cell(1) == "text of a cell\n"


def test_a_request_to_the_outside_is_caught(open_notebook: OpenNotebook, outside_requests):
    notebook = open_notebook("1")
    notebook.page.evaluate("() => fetch('https://example.invalid/x.js').catch(() => null)")
    assert outside_requests == ["https://example.invalid/x.js"]
    outside_requests.clear()


def test_notebooks_run_on_the_kernel_that_was_asked_for(open_notebook: OpenNotebook):
    notebook = open_notebook("import ipykernel; print(ipykernel.__version__)")
    assert notebook.run_cell(0).strip() == kernel_version()
