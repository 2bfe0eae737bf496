// What stands under the form of a ticket: the order to be confirmed, and what became of it.

const OPEN = ["NEW", "PARTIALLY_FILLED", "PENDING_NEW"];

/** The order as it will be sent, and the button that sends it. */
class ConfirmationView {
  constructor(owner) {
    this.owner = owner;
    const typed = freshId("typed");
    this.text = element("div", { class: "bnb-summary" });
    this.typed = element("input", {
      id: typed,
      class: "bnb-typed",
      autocomplete: "off",
      spellcheck: "false",
      onkeydown: (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          if (!event.repeat) owner.confirm(event);
        }
      },
    });
    this.typedLabel = element("label", { for: typed });
    this.typedRow = element("div", { class: "bnb-row" }, this.typedLabel, this.typed);
    this.back = element("button", { type: "button", class: "bnb-plain", onclick: () => owner.act("disarm") }, "Go back");
    this.button = element("button", {
      type: "button",
      class: "bnb-confirm",
      onclick: (event) => owner.confirm(event),
      onkeydown: (event) => {
        // A key held down must not run through arming into confirming.
        if (event.repeat) event.preventDefault();
      },
    });
    this.node = element(
      "div",
      { class: "bnb-confirmation", role: "group", "aria-label": "Confirm the order" },
      this.text,
      this.typedRow,
      element("div", { class: "bnb-actions" }, this.back, this.button),
    );
  }

  render(view, dead) {
    const busy = view.state === "submitting";
    const show = (view.state === "armed" || busy) && view.armed;
    const appears = show && !busy && this.shownArmed !== view.armed.id;
    this.node.hidden = !show;
    if (!show) {
      this.shownArmed = null;
      return;
    }
    this.node.dataset.side = view.armed.side;
    const lines = view.armed.summary.join("\n");
    if (this.shownLines !== lines) {
      this.shownLines = lines;
      this.text.replaceChildren(...view.armed.summary.map((line) => element("p", {}, line)));
    }
    this.typedRow.hidden = !view.must_type;
    setText(this.typedLabel, `Type ${view.must_type} to confirm an order with real money`);
    const what = view.armed.summary.length > 1 ? "list" : "order";
    setText(this.button, busy ? "Sending …" : `Send this ${what} to ${view.environment}`);
    this.button.disabled = this.back.disabled = dead || busy;
    if (appears) {
      this.shownArmed = view.armed.id;
      this.typed.value = "";
      (view.must_type ? this.typed : this.button).focus({ preventScroll: true });
    }
  }
}

/** The orders that were placed last, the word about them, and what can be done now. */
class StatusView {
  constructor(owner) {
    this.results = element("div", { class: "bnb-results" });
    this.message = element("p", { class: "bnb-message" });
    this.node = element("div", { class: "bnb-status", role: "status" }, this.results, this.message);
    const button = (event, text) =>
      element("button", { type: "button", class: "bnb-plain", onclick: () => owner.act(event) }, text);
    this.again = button("again", "New order");
    this.cancel = button("cancel", "Cancel this order");
    this.ask = button("ask", "Ask again");
    this.after = element("div", { class: "bnb-actions" }, this.cancel, this.ask, this.again);
  }

  render(view, dead) {
    const known = view.results.filter((result) => result.order_status);
    this.showResults(known, view.base);
    setText(this.message, view.message.text);
    this.message.hidden = !view.message.text;
    this.message.dataset.tone = view.message.tone;
    this.again.hidden = !["done", "refused", "unknown"].includes(view.state);
    this.ask.hidden = view.state !== "unknown";
    this.cancel.hidden = !known.some((result) => OPEN.includes(result.order_status));
    setText(this.cancel, view.results.length > 1 ? "Cancel this list" : "Cancel this order");
    this.after.hidden = this.again.hidden && this.ask.hidden && this.cancel.hidden;
    for (const button of [this.again, this.ask, this.cancel]) button.disabled = dead;
    if (this.lastState === "submitting" && view.state !== "submitting") this.again.focus({ preventScroll: true });
    this.lastState = view.state;
  }

  showResults(known, base) {
    const lines = known.map((result) => this.line(result, known.length > 1, base));
    const key = JSON.stringify(lines);
    if (key === this.shown) return;
    this.shown = key;
    this.results.replaceChildren(
      ...known.map((result, at) => element("p", { class: "bnb-result", "data-status": result.order_status }, lines[at])),
    );
  }

  line(result, many, base) {
    const filled = `${result.cumulative_filled_qty || "0"} of ${result.quantity || "?"} ${base}`;
    const average = result.average_price ? ` at ${grouped(result.average_price)} on average` : "";
    const what = `${result.side} ${many ? result.order_type : result.symbol}`;
    return `${result.order_status} · ${what} · filled ${filled}${average} · order ${result.order_id}`;
  }
}
