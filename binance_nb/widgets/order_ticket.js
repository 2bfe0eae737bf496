// The page of OrderTicket. The kernel holds the state; this shows it and says what was clicked and typed.

const LABELS = {
  quantity: "Quantity",
  quote_order_qty: "or amount",
  price: "Price",
  stop_price: "Stop price",
  trailing_delta: "Trailing delta",
  time_in_force: "Time in force",
  iceberg_qty: "Iceberg, visible",
};
const TYPE_NAMES = {
  LIMIT: "Limit",
  MARKET: "Market",
  STOP_LOSS: "Stop loss (market)",
  STOP_LOSS_LIMIT: "Stop loss limit",
  TAKE_PROFIT: "Take profit (market)",
  TAKE_PROFIT_LIMIT: "Take profit limit",
  LIMIT_MAKER: "Limit maker (post-only)",
};
const UNITS = {
  quantity: "base",
  iceberg_qty: "base",
  quote_order_qty: "quote",
  price: "quote",
  stop_price: "quote",
};
const STEPS = { quantity: "step", iceberg_qty: "step", price: "tick", stop_price: "tick" };
const TIMES = {
  GTC: "GTC: until cancelled",
  IOC: "IOC: now, rest cancelled",
  FOK: "FOK: all now or nothing",
};
const EDIT_WAIT_MS = 90;
const SLOW_ANSWER_MS = 700;
const OPEN = ["NEW", "PARTIALLY_FILLED", "PENDING_NEW"];

/** Add a step to a decimal text without going through binary fractions. */
function stepped(text, step, direction) {
  const decimals = (value) => (value.split(".")[1] || "").length;
  if (!/^\d*\.?\d*$/.test(text) || !step || Number(step) === 0) return text;
  const places = Math.max(decimals(text), decimals(step));
  const scaled = (value) => {
    const [whole, part = ""] = (value || "0").split(".");
    return BigInt((whole || "0") + part.padEnd(places, "0"));
  };
  const sum = scaled(text) + BigInt(direction) * scaled(step);
  if (sum <= 0n) return text;
  const digits = sum.toString().padStart(places + 1, "0");
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
}

class TicketView {
  constructor(model, root) {
    this.model = model;
    this.root = root;
    this.line = new Line(model);
    this.line.onHeard = () => {
      this.waitingSince = 0;
      this.tellIfSlow();
    };
    this.inputs = {};
    this.editTimer = 0;
    this.lastEdited = "quantity";
    // What was edited here and the kernel has not heard of yet is never overwritten by what the kernel last knew.
    this.page = freshId("page");
    this.unsent = new Set();
    this.sent = 0;
    this.waitingSince = 0;
    this.dead = false;
    this.shownFields = "";
    this.build();
    this.show = guarded(root, () => this.render(model.get("view")));
    model.on("change:view", this.show);
    this.undo = [
      alertLine(model, this.card),
      watchKernel(root, this.line, (dead) => {
        this.dead = dead;
        this.show();
      }),
    ];
    this.slowTimer = setInterval(() => this.tellIfSlow(), 250);
    this.show();
    this.line.send("hello");
  }

  close() {
    clearInterval(this.slowTimer);
    clearTimeout(this.editTimer);
    this.model.off("change:view", this.show);
    this.undo.forEach((undo) => undo());
    this.line.close();
  }

  // The parts

  build() {
    const id = (this.ids = {
      title: freshId("title"),
      symbol: freshId("symbol"),
      symbols: freshId("symbols"),
      type: freshId("type"),
      explained: freshId("explained"),
      typed: freshId("typed"),
    });
    this.badge = environmentBadge();
    this.address = element("span", { class: "bnb-address" });
    this.symbol = element("input", {
      id: id.symbol,
      class: "bnb-symbol",
      list: id.symbols,
      autocomplete: "off",
      spellcheck: "false",
      oninput: () => this.unsent.add("symbol"),
      onchange: () => this.edit("symbol", true),
    });
    this.symbols = element("datalist", { id: id.symbols });
    this.quotes = {};
    const quote = (name, label) =>
      (this.quotes[name] = element(
        "button",
        { type: "button", class: `bnb-quote bnb-${name}`, onclick: () => this.takePrice(name) },
        element("span", {}, label),
        element("b"),
      ));
    this.sides = {};
    const side = (name, sign) =>
      (this.sides[name] = element(
        "button",
        { type: "button", class: `bnb-side bnb-${name.toLowerCase()}`, onclick: () => this.edit({ side: name }, true) },
        `${sign} ${name === "BUY" ? "Buy" : "Sell"}`,
      ));
    this.type = element("select", {
      id: id.type,
      "aria-describedby": id.explained,
      onchange: () => this.edit({ order_type: this.type.value }, true),
    });
    this.explained = element("p", { id: id.explained, class: "bnb-hint" });
    this.fields = element("div", { class: "bnb-fields" });
    this.percents = element(
      "div",
      { class: "bnb-percents", role: "group", "aria-label": "Share of the free balance" },
      ...[25, 50, 75, 100].map((percent) =>
        element(
          "button",
          { type: "button", class: "bnb-small", onclick: () => this.fillIn({ percent }) },
          `${percent} %`,
        ),
      ),
    );
    this.free = element("span", { class: "bnb-free" });
    this.shareOf = element("span", { class: "bnb-share" }, "Use of what is free");
    this.formComplaint = element("p", { class: "bnb-complaint" });
    this.estimate = element("p", { class: "bnb-estimate" });
    this.test = element("button", { type: "button", class: "bnb-plain", onclick: () => this.act("test") }, "Test");
    this.place = element("button", { type: "submit", class: "bnb-place" }, "Place …");
    this.actions = element("div", { class: "bnb-actions" }, this.test, this.place);
    this.form = element(
      "form",
      {
        novalidate: true,
        autocomplete: "off",
        onsubmit: (event) => {
          event.preventDefault();
          this.act("arm");
        },
      },
      element(
        "div",
        { class: "bnb-row" },
        element("label", { for: id.symbol }, "Symbol"),
        this.symbol,
        this.symbols,
        this.free,
      ),
      element(
        "div",
        { class: "bnb-quotes", role: "group", "aria-label": "Best prices; press one to take it as the price" },
        quote("bid", "Bid"),
        quote("mid", "Mid"),
        quote("ask", "Ask"),
      ),
      element(
        "div",
        { class: "bnb-sides", role: "group", "aria-label": "Side" },
        side("BUY", "▲"),
        side("SELL", "▼"),
      ),
      element("div", { class: "bnb-row" }, element("label", { for: id.type }, "Type"), this.type),
      this.explained,
      this.fields,
      element("div", { class: "bnb-row bnb-balance" }, this.shareOf, this.percents),
      this.formComplaint,
      this.estimate,
      this.actions,
    );
    this.confirmText = element("p", { class: "bnb-summary" });
    this.typed = element("input", {
      id: id.typed,
      class: "bnb-typed",
      autocomplete: "off",
      spellcheck: "false",
      onkeydown: (event) => {
        if (event.key === "Enter") {
          event.preventDefault();
          if (!event.repeat) this.confirm(event);
        }
      },
    });
    this.typedLabel = element("label", { for: id.typed });
    this.typedRow = element("div", { class: "bnb-row" }, this.typedLabel, this.typed);
    this.back = element("button", { type: "button", class: "bnb-plain", onclick: () => this.act("disarm") }, "Go back");
    this.confirmButton = element("button", {
      type: "button",
      class: "bnb-confirm",
      onclick: (event) => this.confirm(event),
      onkeydown: (event) => {
        // A key held down must not run through arming into confirming.
        if (event.repeat) event.preventDefault();
      },
    });
    this.confirmation = element(
      "div",
      { class: "bnb-confirmation", role: "group", "aria-label": "Confirm the order" },
      this.confirmText,
      this.typedRow,
      element("div", { class: "bnb-actions" }, this.back, this.confirmButton),
    );
    this.resultLine = element("p", { class: "bnb-result" });
    this.message = element("p", { class: "bnb-message" });
    this.slow = element("p", { class: "bnb-message", "data-tone": "wait", hidden: true });
    this.status = element("div", { class: "bnb-status", role: "status" }, this.resultLine, this.message);
    this.again = element("button", { type: "button", class: "bnb-plain", onclick: () => this.act("again") }, "New order");
    this.cancel = element(
      "button",
      { type: "button", class: "bnb-plain", onclick: () => this.act("cancel") },
      "Cancel this order",
    );
    this.ask = element("button", { type: "button", class: "bnb-plain", onclick: () => this.act("ask") }, "Ask again");
    this.after = element("div", { class: "bnb-actions" }, this.cancel, this.ask, this.again);
    this.lock = element(
      "p",
      { class: "bnb-lock" },
      "Locked: this client trades on mainnet, with real money. To unlock the ticket, make it with ",
      element("code", {}, "OrderTicket(client, allow_mainnet=True)"),
      ".",
    );
    this.notes = element("div", { class: "bnb-notes" });
    this.deadLine = element(
      "p",
      { class: "bnb-dead", role: "alert", hidden: true },
      "The kernel behind this ticket is gone, and nothing here can be sent. Run its cell again.",
    );
    this.card = element(
      "section",
      {
        class: "bnb bnb-ticket",
        "aria-labelledby": id.title,
        onkeydown: (event) => {
          // JupyterLab takes single keys for itself unless they are kept here.
          event.stopPropagation();
          if (event.key === "Escape") this.act("disarm");
        },
      },
      element("header", {}, this.badge, element("h3", { id: id.title }, "Order ticket"), this.address),
      this.deadLine,
      this.lock,
      this.notes,
      this.form,
      this.confirmation,
      this.slow,
      this.status,
      this.after,
    );
    this.root.append(this.card);
  }

  field(name, view) {
    const id = freshId(name), wrong = freshId(`${name}-wrong`);
    let input;
    if (name === "time_in_force") {
      input = element(
        "select",
        { id, onchange: () => this.edit(name, true) },
        ...Object.entries(TIMES).map(([value, text]) => element("option", { value }, text)),
      );
    } else {
      input = element("input", {
        id,
        inputmode: "decimal",
        autocomplete: "off",
        "aria-describedby": wrong,
        oninput: () => this.edit(name),
        onkeydown: (event) => {
          const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key];
          const step = STEPS[name] ? this.model.get("view")[STEPS[name]] : name === "trailing_delta" ? "1" : "";
          if (!direction || !step) return;
          event.preventDefault();
          input.value = stepped(input.value.trim(), step, direction);
          this.edit(name);
        },
      });
    }
    const unit = element("span", { class: "bnb-unit" });
    const complaint = element("div", { id: wrong, class: "bnb-complaint" });
    const book = element("span", { class: "bnb-book" });
    if (name === "stop_price") {
      book.append(
        ...["bid", "ask"].map((which) =>
          element(
            "button",
            {
              type: "button",
              class: "bnb-small",
              "aria-label": `Take the best ${which} as the stop price`,
              onclick: () => this.fillIn({ field: name, book: which }),
            },
            which,
          ),
        ),
      );
    }
    this.inputs[name] = { input, unit, complaint };
    return element(
      "div",
      { class: "bnb-field", "data-field": name },
      element("label", { for: id }, LABELS[name]),
      element("span", { class: "bnb-entry" }, input, unit, book),
      complaint,
    );
  }

  // What is said to the kernel

  /** What was edited since the last message, numbered, so that the kernel can say how much it has heard. */
  content() {
    const texts = {};
    for (const name of this.unsent) if (this.inputs[name]) texts[name] = this.inputs[name].input.value;
    const content = { page: this.page, number: (this.sent += 1), texts, last: this.lastEdited };
    if (this.unsent.has("symbol")) content.symbol = this.symbol.value;
    this.unsent.clear();
    return content;
  }

  edit(what, now = false) {
    clearTimeout(this.editTimer);
    const extra = typeof what === "string" ? {} : what;
    if (typeof what === "string") {
      this.unsent.add(what);
      if (what !== "symbol") this.lastEdited = what;
    }
    const send = () => {
      this.editTimer = 0;
      this.line.send("edit", { ...this.content(), ...extra });
    };
    if (now) send();
    else this.editTimer = setTimeout(send, EDIT_WAIT_MS);
  }

  flushEdit() {
    clearTimeout(this.editTimer);
    this.editTimer = 0;
    if (this.unsent.size) this.line.send("edit", this.content());
  }

  fillIn(content) {
    this.flushEdit();
    this.line.send("fill_in", content);
  }

  takePrice(book) {
    if (this.inputs.price) this.fillIn({ field: "price", book });
  }

  act(event) {
    if (this.dead) return;
    clearTimeout(this.editTimer);
    this.editTimer = 0;
    this.waitingSince = Date.now();
    this.line.send(event, event === "arm" || event === "test" ? this.content() : {});
  }

  confirm(event) {
    const armed = this.model.get("view").armed;
    // The second click of a double click counts 2: it was begun before the order was there to be read.
    if (this.dead || !armed || event.detail > 1) return;
    this.waitingSince = Date.now();
    this.confirmButton.disabled = true;
    this.line.send("confirm", { id: armed.id, typed: this.typed.value });
  }

  tellIfSlow() {
    const slow = this.waitingSince && Date.now() - this.waitingSince > SLOW_ANSWER_MS;
    this.slow.hidden = !slow || this.dead;
    if (slow) {
      setText(
        this.slow,
        "The kernel is busy with a cell. A confirmation that waits longer than two seconds is not sent.",
      );
    }
  }

  // What is shown

  render(view) {
    if (!view || !view.state) return;
    this.waitingSince = 0;
    this.tellIfSlow();
    const editing = view.state === "editing", armed = view.state === "armed", busy = view.state === "submitting";
    this.card.dataset.environment = view.environment;
    this.card.dataset.state = view.state;
    this.card.dataset.side = view.side;
    showEnvironment(this.badge, view.environment, view.money);
    setText(this.address, view.address);
    this.lock.hidden = !view.locked;
    this.deadLine.hidden = !this.dead;
    const notes = view.notes.join("\n");
    if (this.shownNotes !== notes) {
      this.shownNotes = notes;
      this.notes.replaceChildren(...view.notes.map((note) => element("p", {}, note)));
    }

    const settled = !this.unsent.size && (view.heard[this.page] || 0) >= this.sent;
    this.write(this.symbol, view.symbol, settled);
    if (this.symbols.childElementCount !== view.symbols.length) {
      this.symbols.replaceChildren(...view.symbols.map((name) => element("option", { value: name })));
    }
    for (const [name, button] of Object.entries(this.sides)) {
      button.setAttribute("aria-pressed", String(view.side === name));
    }
    const types = view.order_types.join();
    if (this.shownTypes !== types) {
      this.shownTypes = types;
      this.type.replaceChildren(
        ...view.order_types.map((name) => element("option", { value: name }, TYPE_NAMES[name] || name)),
      );
    }
    this.type.value = view.order_type;
    setText(this.explained, view.explained);
    this.renderQuotes(view);
    this.renderFields(view, settled);

    const complaint = view.complaints.form;
    this.formComplaint.hidden = !complaint;
    setText(this.formComplaint, complaint ? complaint.sentence : "");
    setText(this.estimate, view.estimate);
    this.estimate.hidden = !view.estimate;
    const free = view.side === "BUY" ? [view.free_quote, view.quote] : [view.free_base, view.base];
    setText(this.free, free[0] ? `Free: ${grouped(free[0])} ${free[1]}` : "");

    const enabled = !this.dead && !view.locked && !busy;
    for (const control of this.form.querySelectorAll("input, select, button")) control.disabled = !enabled;
    this.place.textContent = `${view.side === "BUY" ? "▲ Buy" : "▼ Sell"} ${view.symbol} …`;
    this.actions.hidden = armed || busy;
    this.renderConfirmation(view, armed, busy);
    this.renderStatus(view, editing);
  }

  write(input, text, settled) {
    if (settled && input.value !== text) input.value = text;
  }

  renderQuotes(view) {
    const texts = { bid: view.bid, mid: view.mid, ask: view.ask };
    for (const [name, button] of Object.entries(this.quotes)) {
      setText(button.lastChild, texts[name] ? grouped(texts[name]) : "–");
      button.title = view.fields.includes("price") ? `Take the ${name} as the price` : "";
    }
  }

  renderFields(view, settled) {
    const key = view.fields.join();
    if (key !== this.shownFields) {
      this.shownFields = key;
      const focused = this.fields.querySelector(":focus")?.closest("[data-field]")?.dataset.field;
      const before = this.inputs;
      this.inputs = {};
      this.fields.replaceChildren(...view.fields.map((name) => this.field(name, view)));
      for (const [name, { input }] of Object.entries(this.inputs)) {
        input.value = this.unsent.has(name) && before[name] ? before[name].input.value : view.texts[name] || "";
      }
      if (focused && this.inputs[focused]) this.inputs[focused].input.focus();
    }
    for (const [name, { input, unit, complaint }] of Object.entries(this.inputs)) {
      this.write(input, view.texts[name] || (name === "time_in_force" ? "GTC" : ""), settled);
      setText(unit, name === "trailing_delta" ? "basis points (100 = 1 %)" : UNITS[name] ? view[UNITS[name]] : "");
      const wrong = view.complaints[name];
      const wanted = wrong ? JSON.stringify(wrong) : "";
      if (complaint.dataset.shown !== wanted) {
        complaint.dataset.shown = wanted;
        complaint.replaceChildren(
          ...(wrong
            ? [
                element("span", {}, wrong.sentence.replace(/; nearest: .*$/, "")),
                ...wrong.nearest.map((value) =>
                  element(
                    "button",
                    {
                      type: "button",
                      class: "bnb-small bnb-nearest",
                      "aria-label": `Use ${value}, the nearest valid value`,
                      onclick: () => this.fillIn({ field: name, value }),
                    },
                    `use ${value}`,
                  ),
                ),
              ]
            : []),
        );
      }
      if (wrong) input.setAttribute("aria-invalid", "true");
      else input.removeAttribute("aria-invalid");
    }
  }

  renderConfirmation(view, armed, busy) {
    const show = (armed || busy) && view.armed;
    const appears = show && armed && this.shownArmed !== view.armed.id;
    this.confirmation.hidden = !show;
    if (!show) {
      this.shownArmed = null;
      return;
    }
    this.confirmation.dataset.side = view.armed.side;
    setText(this.confirmText, view.armed.summary);
    this.typedRow.hidden = !view.must_type;
    setText(this.typedLabel, `Type ${view.must_type} to confirm an order with real money`);
    this.confirmButton.textContent = busy ? "Sending …" : `Send this order to ${view.environment}`;
    this.confirmButton.disabled = this.dead || busy;
    this.back.disabled = this.dead || busy;
    if (appears) {
      this.shownArmed = view.armed.id;
      this.typed.value = "";
      (view.must_type ? this.typed : this.confirmButton).focus({ preventScroll: true });
    }
  }

  renderStatus(view, editing) {
    const result = view.result, open = OPEN.includes(result.order_status);
    if (result.order_status) {
      const filled = `${result.cumulative_filled_qty || "0"} of ${result.quantity || "?"} ${view.base}`;
      const average = result.average_price ? ` at ${grouped(result.average_price)} on average` : "";
      setText(this.resultLine, `${result.order_status} · ${result.side} ${result.symbol} · filled ${filled}${average} · order ${result.order_id}`);
      this.resultLine.dataset.status = result.order_status;
    } else {
      setText(this.resultLine, "");
    }
    this.resultLine.hidden = !result.order_status;
    setText(this.message, view.message.text);
    this.message.hidden = !view.message.text;
    this.message.dataset.tone = view.message.tone;
    this.again.hidden = !["done", "refused", "unknown"].includes(view.state);
    this.ask.hidden = view.state !== "unknown";
    this.cancel.hidden = !open;
    this.after.hidden = this.again.hidden && this.ask.hidden && this.cancel.hidden;
    for (const button of [this.again, this.ask, this.cancel]) button.disabled = this.dead;
    if (this.lastState === "submitting" && view.state !== "submitting") this.again.focus({ preventScroll: true });
    this.lastState = view.state;
  }
}

export default {
  render({ model, el }) {
    let view;
    guarded(el, () => (view = new TicketView(model, el)))();
    return () => view && view.close();
  },
};
