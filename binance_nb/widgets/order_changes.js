// The form under a row of OpenOrders with which an order is made smaller or replaced, and the word about that row.

const CHANGE_FIELDS = { quantity: "Quantity", price: "Price", stop_price: "Stop price" };

/** One order's form: what is typed lives here, what was armed lives in the kernel. */
class ChangeForm {
  constructor(order, product, send) {
    this.key = { symbol: order.symbol, order_id: order.order_id };
    this.send = send;
    this.open = false;
    this.lastState = null;
    this.inputs = {};
    const list = Boolean(order.order_list_id);
    const fields = Object.entries(CHANGE_FIELDS).filter(([name]) => order[name] && (name === "quantity" || !list));
    this.hint = element(
      "p",
      { class: "bnb-hint" },
      product
        ? "The order keeps its number and loses its place in the queue. The quantity is that of the whole order."
        : list
          ? "Orders of a list can only be made smaller. A smaller quantity keeps its place in the queue."
          : "A smaller quantity keeps its place in the queue; anything else cancels the order and places a new one.",
    );
    this.review = element("button", { type: "submit", class: "bnb-small" }, "Review change …");
    this.form = element(
      "form",
      {
        novalidate: true,
        autocomplete: "off",
        onsubmit: (event) => {
          event.preventDefault();
          this.arm();
        },
      },
      ...fields.map(([name, label]) => this.field(name, label)),
      this.review,
      element("button", { type: "button", class: "bnb-small", onclick: () => this.leave() }, "Close"),
    );
    this.armed = new ArmedView(`Confirm the change of order ${order.order_id}`, {
      confirm: (id, typed) => this.send("confirm_change", { ...this.key, id, typed }),
      back: () => this.disarm(),
    });
    this.note = element("p", { class: "bnb-message", role: "status" });
    this.cell = element("td", {}, this.form, this.hint, this.armed.node, this.note);
    this.node = element(
      "tr",
      {
        class: "bnb-change",
        "data-change": order.order_id,
        onkeydown: (event) => {
          if (event.key !== "Escape") return;
          event.stopPropagation();
          if (this.armed.id) this.disarm();
          else this.leave();
        },
      },
      this.cell,
    );
  }

  field(name, label) {
    const id = freshId(name);
    const input = element("input", { id, inputmode: "decimal", class: "bnb-number" });
    this.inputs[name] = input;
    return element("span", { class: "bnb-change-field" }, element("label", { for: id }, label), input);
  }

  /** Open or close the form; it opens with the order as it stands. */
  toggle(order) {
    if (this.open) return this.leave();
    this.open = true;
    for (const [name, input] of Object.entries(this.inputs)) input.value = order[name];
    this.show(order, false);
    Object.values(this.inputs)[0].focus();
    Object.values(this.inputs)[0].select();
  }

  leave() {
    this.open = false;
    this.disarm();
    this.onclosed?.();
  }

  arm() {
    const texts = Object.fromEntries(Object.entries(this.inputs).map(([name, input]) => [name, input.value]));
    this.send("arm_change", { ...this.key, texts });
  }

  disarm() {
    this.send("disarm_change", this.key);
  }

  show(order, dead) {
    const change = order.change, state = change ? change.state : null;
    if (this.lastState === "submitting" && !state && order.note.tone !== "bad") this.open = false;
    const goesBack = this.lastState === "armed" && !state;
    this.lastState = state;
    this.form.hidden = this.hint.hidden = !this.open || Boolean(change);
    this.review.disabled = dead || order.asking;
    setText(this.review, order.asking ? "Asking …" : "Review change …");
    setText(this.note, order.note.text);
    this.note.dataset.tone = order.note.tone;
    this.note.hidden = !order.note.text;
    this.node.hidden = this.form.hidden && !change && this.note.hidden;
    this.armed.show(change, dead);
    if (goesBack && this.open) Object.values(this.inputs)[0].focus({ preventScroll: true });
  }
}
