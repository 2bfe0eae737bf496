// What a row of a table has armed: how it is said, the button that sends it once, and the way back.

class ArmedView {
  /** `label` names the group; `confirm(id, typed)` is called by a click that meant it, `back()` by one that did not. */
  constructor(label, { confirm, back }) {
    this.id = null;
    this.summary = element("p", { class: "bnb-summary" });
    const typed = freshId("typed");
    this.typed = element("input", { id: typed, class: "bnb-typed", autocomplete: "off", spellcheck: "false" });
    this.typedLabel = element("label", { for: typed });
    this.typedRow = element("span", { class: "bnb-typed-row" }, this.typedLabel, this.typed);
    this.button = element("button", {
      type: "button",
      class: "bnb-sure",
      onclick: (event) => {
        // The second click of a double click counts 2: it was begun before this was there to be read.
        if (event.detail > 1 || !this.id) return;
        this.button.disabled = true;
        confirm(this.id, this.typed.value);
      },
      onkeydown: (event) => {
        // A key held down must not run through arming into confirming.
        if (event.repeat) event.preventDefault();
      },
    });
    this.back = element("button", { type: "button", onclick: back }, "Go back");
    this.node = element(
      "div",
      { class: "bnb-armed", role: "group", "aria-label": label, hidden: true },
      this.summary,
      this.typedRow,
      this.back,
      this.button,
    );
  }

  /** Show what is armed, or nothing; what appears gets the focus. */
  show(armed, dead) {
    const appears = armed && armed.state === "armed" && this.id !== armed.id;
    this.id = armed ? armed.id : null;
    this.node.hidden = !armed;
    if (!armed) return;
    const busy = armed.state === "submitting";
    setText(this.summary, armed.summary);
    this.typedRow.hidden = !armed.must_type;
    setText(this.typedLabel, `Type ${armed.must_type} to confirm an order with real money`);
    setText(this.button, busy ? "Sending …" : armed.button);
    this.button.disabled = this.back.disabled = dead || busy;
    if (appears) {
      this.typed.value = "";
      (armed.must_type ? this.typed : this.button).focus({ preventScroll: true });
    }
  }
}
