"""A page that looks at a widget where there is no browser: it says hello and acknowledges every batch."""


def looked_at(widget):
    """Return `widget` after somebody has opened it: it sends its batches to nowhere, and each is acknowledged."""

    def send(content, buffers=None):
        if content["kind"] == "batch":
            widget._receive(widget, {"event": "ack", "number": content["number"]}, [])

    widget.send = send
    widget._receive(widget, {"event": "hello"}, [])
    return widget
