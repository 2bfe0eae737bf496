// The page of PositionsTable: a plain table, since an account holds a few dozen positions at most.

const HEADINGS = {
  symbol: "Symbol",
  side: "Side",
  position_amt: "Amount",
  entry_price: "Entry",
  mark_price: "Mark",
  liquidation_price: "Liquidation",
  unrealized_profit: "Profit",
  leverage: "Leverage",
  margin_type: "Margin",
};
const NUMERIC = new Set(["position_amt", "entry_price", "mark_price", "liquidation_price", "unrealized_profit", "leverage"]);
const PRICES = new Set(["entry_price", "mark_price", "liquidation_price"]);
// Every heading, and a column for the button.
const COLUMN_COUNT = Object.keys(HEADINGS).length + 1;

function cellText(position, name) {
  const text = position[name];
  if (name === "side") return position.side === "LONG" ? "▲ LONG" : "▼ SHORT";
  if (name === "leverage") return text && `${text}×`;
  if (name === "unrealized_profit") return `${grouped(text)} ${position.margin_asset}`;
  return PRICES.has(name) ? (text ? grouped(text) : "–") : text;
}

class PositionsView extends View {
  build(root) {
    this.rows = new Map();
    const title = freshId("positions");
    this.badge = environmentBadge();
    this.title = element("h3", { id: title });
    this.total = element("span", { class: "bnb-total" });
    this.body = element("tbody");
    const heading = (name, text) =>
      element("th", { scope: "col", class: NUMERIC.has(name) ? "bnb-number" : "" }, text);
    this.table = element(
      "table",
      { "aria-labelledby": title },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...Object.entries(HEADINGS).map(([name, text]) => heading(name, text)),
          element("th", { scope: "col", class: "bnb-number" }, "Actions"),
        ),
      ),
      this.body,
    );
    this.notes = element("div", { class: "bnb-notes" });
    this.empty = element("p", { class: "bnb-empty" }, "No positions.");
    this.message = element("p", { class: "bnb-message", role: "status" });
    this.deadLine = deadLine(
      "The kernel behind this table is gone, and nothing here can be closed. Run its cell again.",
    );
    this.card = element(
      "section",
      {
        class: "bnb bnb-orders bnb-positions",
        "aria-labelledby": title,
        // JupyterLab takes single keys for itself unless they are kept here.
        onkeydown: (event) => event.stopPropagation(),
      },
      element("header", {}, this.badge, this.title, element("span", { class: "bnb-fill" }), this.total),
      this.deadLine,
      this.notes,
      element("div", { class: "bnb-table", tabindex: "0", role: "region", "aria-label": "Table of positions" }, this.table),
      this.empty,
      this.message,
    );
    root.append(this.card);
  }

  render(view) {
    if (!view || !view.positions) return;
    showEnvironment(this.badge, view.environment, view.money, view.product);
    setText(this.title, view.symbol ? `Positions · ${view.symbol}` : "Positions");
    setText(this.total, view.total.length ? `Unrealised ${view.total.map(grouped).join(" · ")}` : "");
    this.empty.hidden = view.positions.length > 0;
    this.table.hidden = view.positions.length === 0;
    showNotes(this.notes, view.notes);
    setText(this.message, view.message.text);
    this.message.dataset.tone = view.message.tone;
    this.message.hidden = !view.message.text;
    this.renderRows(view.positions);
  }

  renderRows(positions) {
    // Rows are kept by position, so that a button under the pointer never becomes that of another one.
    const wanted = new Map(positions.map((position) => [`${position.symbol} ${position.position_side}`, position]));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      row.under.remove();
      this.rows.delete(key);
    }
    let before = null;
    const put = (node) => {
      const place = before ? before.nextSibling : this.body.firstChild;
      if (node !== place) this.body.insertBefore(node, place);
      before = node;
    };
    for (const [key, position] of wanted) {
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.makeRow(position)));
      put(row.node);
      put(row.under);
      this.fillRow(row, position);
    }
  }

  makeRow(position) {
    const named = { symbol: position.symbol, position_side: position.position_side };
    const what = position.position_side === "BOTH" ? position.symbol : `${position.symbol} ${position.position_side}`;
    const cells = Object.fromEntries(
      Object.keys(HEADINGS).map((name) => [
        name,
        element("td", { class: `${NUMERIC.has(name) ? "bnb-number" : ""} bnb-cell-${name}` }),
      ]),
    );
    const close = element(
      "button",
      { type: "button", class: "bnb-small", "aria-label": `Close ${what}`, onclick: () => this.line.send("arm", named) },
      "Close …",
    );
    const back = () => this.line.send("disarm", named);
    const armed = new ArmedView(`Confirm closing ${what}`, {
      confirm: (id, typed) => this.line.send("confirm", { ...named, id, typed }),
      back,
    });
    const note = element("p", { class: "bnb-message", role: "status" });
    const under = element(
      "tr",
      { class: "bnb-change", onkeydown: (event) => event.key === "Escape" && back() },
      element("td", { colspan: COLUMN_COUNT }, armed.node, note),
    );
    const node = element(
      "tr",
      { "data-position": `${position.symbol} ${position.position_side}` },
      ...Object.values(cells),
      element("td", { class: "bnb-buttons" }, close),
    );
    return { node, under, cells, close, armed, note };
  }

  fillRow(row, position) {
    for (const [name, cell] of Object.entries(row.cells)) setText(cell, cellText(position, name));
    row.node.dataset.side = position.side === "LONG" ? "BUY" : "SELL";
    row.cells.unrealized_profit.dataset.sign = position.unrealized_profit.startsWith("-") ? "-" : "+";
    const wasArmed = row.armed.id !== null;
    row.under.hidden = !position.armed && !position.note.text;
    row.armed.show(position.armed, this.dead);
    row.close.disabled = this.dead || Boolean(position.armed);
    if (wasArmed && !position.armed) row.close.focus({ preventScroll: true });
    setText(row.note, position.note.text);
    row.note.dataset.tone = position.note.tone;
    row.note.hidden = !position.note.text;
  }
}

export default { render: ({ model, el }) => opened(el, () => new PositionsView(model, el)) };
