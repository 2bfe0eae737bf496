from tests.browser.test_order_ticket import *
def test_dbg(ticket):
    notebook, shown = ticket()
    print(notebook.page.evaluate("() => window.jupyterapp.shell.currentWidget.sessionContext.restartKernel()"))
    for i in range(4):
        notebook.page.wait_for_timeout(1500)
        print(shown.evaluate("e => { const c=[]; while(e){c.push(e.className); e=e.parentElement; if(c.length>8)break} return c}"))
    notebook.picture("dbg")
