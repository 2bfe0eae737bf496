// The page of OrderTicket. The kernel holds the state; this shows it and says what was clicked and typed.

const EDIT_WAIT_MS = 90;
const SLOW_ANSWER_MS = 700;

class TicketView extends View {
  constructor(model, root) {
    super(model, root);
    this.line.onHeard = () => {
      this.waitingSince = 0;
      this.tellIfSlow();
    };
    const slowTimer = setInterval(() => this.tellIfSlow(), 250);
    this.undo.push(
      () => clearInterval(slowTimer),
      () => clearTimeout(this.editTimer),
    );
  }

  // The parts

  build(root) {
    this.editTimer = 0;
    this.lastEdited = "quantity";
    // What was edited here and the kernel has not heard of yet is never overwritten by what the kernel last knew.
    this.page = freshId("page");
    this.unsent = new Set();
    this.sent = 0;
    this.waitingSince = 0;
    const id = (this.ids = {
      title: freshId("title"),
      symbol: freshId("symbol"),
      symbols: freshId("symbols"),
      type: freshId("type"),
      explained: freshId("explained"),
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
    this.leverage = new LeverageView(this.line);
    this.fields = new FieldsView(this);
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
    this.formComplaint = element("p", { class: "bnb-complaint" });
    this.estimate = element("dl", { class: "bnb-estimate" });
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
      ),
      this.leverage.node,
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
      this.fields.node,
      element("div", { class: "bnb-row bnb-balance" }, this.free, this.percents),
      this.formComplaint,
      this.estimate,
      this.actions,
    );
    this.confirmation = new ConfirmationView(this);
    this.status = new StatusView(this);
    this.slow = element("p", { class: "bnb-message", "data-tone": "wait", hidden: true });
    this.unlock = element("code");
    this.lock = element(
      "p",
      { class: "bnb-lock" },
      "Locked: this client trades on mainnet, with real money. To unlock the ticket, make it with ",
      this.unlock,
      ".",
    );
    this.notes = element("div", { class: "bnb-notes" });
    this.deadLine = deadLine(
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
      this.confirmation.node,
      this.slow,
      this.status.node,
      this.status.after,
    );
    root.append(this.card);
  }

  // What is said to the kernel

  /** What was edited since the last message, numbered, so that the kernel can say how much it has heard. */
  content() {
    const texts = {};
    for (const key of this.unsent) if (this.fields.inputs[key]) texts[key] = this.fields.value(key);
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
    const field = this.model.get("view").price_field;
    if (field) this.fillIn({ field, book });
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
    this.confirmation.button.disabled = true;
    this.line.send("confirm", { id: armed.id, typed: this.confirmation.typed.value });
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
    const armed = view.state === "armed", busy = view.state === "submitting";
    this.card.dataset.environment = view.environment;
    this.card.dataset.state = view.state;
    this.card.dataset.side = view.side;
    showEnvironment(this.badge, view.environment, view.money, view.product);
    setText(this.address, view.address);
    this.lock.hidden = !view.locked;
    setText(this.unlock, `OrderTicket(client, ${view.product ? 'product="usdm", ' : ""}allow_mainnet=True)`);
    showNotes(this.notes, view.notes);

    const settled = !this.unsent.size && (view.heard[this.page] || 0) >= this.sent;
    this.write(this.symbol, view.symbol, settled);
    if (this.symbols.childElementCount !== view.symbols.length) {
      this.symbols.replaceChildren(...view.symbols.map((name) => element("option", { value: name })));
    }
    for (const [name, button] of Object.entries(this.sides)) {
      button.setAttribute("aria-pressed", String(view.side === name));
    }
    const types = view.order_types.map((kind) => kind.name).join();
    if (this.shownTypes !== types) {
      this.shownTypes = types;
      const group = (label, isList) =>
        element(
          "optgroup",
          { label },
          ...view.order_types
            .filter((kind) => kind.is_list === isList)
            .map((kind) => element("option", { value: kind.name }, kind.label)),
        );
      this.type.replaceChildren(
        ...[group("Orders", false), group("Order lists", true)].filter((one) => one.childElementCount),
      );
    }
    this.type.value = view.order_type;
    setText(this.explained, view.explained);
    this.renderQuotes(view);
    this.fields.render(view, settled);

    const complaint = view.complaints.form;
    this.formComplaint.hidden = !complaint;
    setText(this.formComplaint, complaint ? complaint.sentence : "");
    this.renderEstimate(view);
    const [free, of] = view.free;
    setText(this.free, free ? `${grouped(free)} ${of}` : "");

    const enabled = !this.dead && !view.locked && !busy;
    for (const control of this.form.querySelectorAll("input, select, button")) control.disabled = !enabled;
    this.place.textContent = `${view.side === "BUY" ? "▲ Buy" : "▼ Sell"} ${view.symbol} …`;
    this.place.title = view.missing;
    this.actions.hidden = armed || busy;
    this.leverage.render(view.leverage, this.dead || view.locked);
    this.confirmation.render(view, this.dead);
    this.status.render(view, this.dead);
  }

  write(input, text, settled) {
    if (settled && input.value !== text) input.value = text;
  }

  renderQuotes(view) {
    const texts = { bid: view.bid, mid: view.mid, ask: view.ask };
    for (const [name, button] of Object.entries(this.quotes)) {
      setText(button.lastChild, texts[name] ? grouped(texts[name]) : "–");
      button.title = view.price_field ? `Take the ${name} as the price` : "";
    }
  }

  renderEstimate({ estimate: known, side, leverage }) {
    // Its room is there from the start, so that the buttons below do not move away under the pointer.
    const usual = leverage ? ["Worth", "Margin", "Fee"] : [side === "BUY" ? "Cost" : "Proceeds", "Fee"];
    const nothing = usual.map((label) => ({ label, text: "–" }));
    const lines = known.length ? known : nothing, key = JSON.stringify(lines);
    if (this.shownEstimate === key) return;
    this.shownEstimate = key;
    this.estimate.replaceChildren(
      ...lines.flatMap((line) => {
        const tone = { class: line.is_warning ? "bnb-warning" : "" };
        return [element("dt", tone, line.label), element("dd", tone, line.text)];
      }),
    );
  }
}

export default { render: ({ model, el }) => opened(el, () => new TicketView(model, el)) };
