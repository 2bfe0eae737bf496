// The line of a futures ticket with its leverage: what holds, and the way to another one.

class LeverageView {
  constructor(line) {
    const id = freshId("leverage");
    this.line = line;
    this.open = false;
    this.now = element("b", { class: "bnb-leverage-now" });
    this.mode = element("span", { class: "bnb-mode" });
    this.alter = element("button", { type: "button", class: "bnb-small", onclick: () => this.toggle() }, "Change leverage");
    this.input = element("input", {
      id,
      inputmode: "numeric",
      autocomplete: "off",
      onkeydown: (event) => {
        // The form around it would arm an order.
        if (event.key === "Enter") {
          event.preventDefault();
          this.arm();
        }
      },
    });
    this.review = element("button", { type: "button", class: "bnb-small", onclick: () => this.arm() }, "Review …");
    this.edit = element(
      "span",
      { class: "bnb-leverage-edit", hidden: true },
      element("label", { for: id }, "New leverage"),
      this.input,
      this.review,
    );
    this.armed = new ArmedView("Confirm the leverage", {
      confirm: (name, typed) => line.send("confirm_leverage", { id: name, typed }),
      back: () => line.send("disarm_leverage"),
    });
    this.note = element("p", { class: "bnb-message", role: "status" });
    this.node = element("div", {
      class: "bnb-leverage",
      onkeydown: (event) => {
        if (event.key === "Enter" && event.target === this.armed.typed) event.preventDefault();
        if (event.key !== "Escape") return;
        event.stopPropagation();
        if (this.armed.id) line.send("disarm_leverage");
        else if (this.open) this.toggle();
      },
    });
    // They come into the page with the first leverage: on spot there is none.
    this.parts = [
      element("div", { class: "bnb-row" }, element("span", { class: "bnb-label" }, "Leverage"), this.now, this.mode, this.alter),
      this.edit,
      this.armed.node,
      this.note,
    ];
  }

  toggle() {
    this.open = !this.open;
    this.show();
    (this.open ? this.input : this.alter).focus();
  }

  arm() {
    this.line.send("arm_leverage", { text: this.input.value });
  }

  show() {
    const { armed } = this.shown;
    this.edit.hidden = !this.open || Boolean(armed);
    this.alter.setAttribute("aria-expanded", String(this.open));
  }

  render(leverage, locked) {
    this.node.hidden = !leverage;
    this.shown = leverage || { armed: null };
    if (!leverage) return;
    if (!this.node.childElementCount) this.node.append(...this.parts);
    if (this.wasSubmitting && !leverage.armed && leverage.note.tone === "good") this.open = false;
    this.wasSubmitting = leverage.armed?.state === "submitting";
    setText(this.now, leverage.now ? `${leverage.now}×` : "–");
    setText(this.mode, leverage.mode);
    this.show();
    this.armed.show(leverage.armed, locked);
    setText(this.note, leverage.note.text);
    this.note.dataset.tone = leverage.note.tone;
    this.note.hidden = !leverage.note.text;
  }
}
