// The page of OpenOrders: a plain table, since an account has a few hundred open orders at most.

const HEADINGS = {
  symbol: "Symbol",
  side: "Side",
  order_type: "Type",
  quantity: "Quantity",
  cumulative_filled_qty: "Filled",
  price: "Price",
  stop_price: "Stop",
  order_status: "Status",
  order_id: "Order",
};
const NUMERIC = new Set(["quantity", "cumulative_filled_qty", "price", "stop_price", "order_id"]);

class OrdersView {
  constructor(model, root) {
    this.model = model;
    this.line = new Line(model);
    this.rows = new Map();
    this.dead = false;
    this.asking = null;
    this.build(root);
    this.show = guarded(root, () => this.render(model.get("view")));
    model.on("change:view", this.show);
    this.undo = [
      alertLine(model, this.card),
      watchKernel(root, this.line, (dead) => {
        this.dead = dead;
        this.show();
      }),
    ];
    this.show();
    this.line.send("hello");
  }

  close() {
    this.model.off("change:view", this.show);
    this.undo.forEach((undo) => undo());
    this.line.close();
  }

  build(root) {
    const title = freshId("orders");
    this.badge = environmentBadge();
    this.title = element("h3", { id: title });
    this.all = element("button", { type: "button", onclick: () => this.ask() }, "Cancel all …");
    this.sure = element("button", { type: "button", class: "bnb-sure", onclick: (event) => this.cancelAll(event) });
    this.keep = element("button", { type: "button", onclick: () => this.stopAsking() }, "Keep them");
    this.body = element("tbody");
    this.table = element(
      "table",
      { "aria-labelledby": title },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          ...Object.entries(HEADINGS).map(([name, heading]) =>
            element("th", { scope: "col", class: NUMERIC.has(name) ? "bnb-number" : "" }, heading),
          ),
          element("th", { scope: "col" }, "Cancel"),
        ),
      ),
      this.body,
    );
    this.empty = element("p", { class: "bnb-empty" }, "No open orders.");
    this.message = element("p", { class: "bnb-message", role: "status" });
    this.deadLine = element(
      "p",
      { class: "bnb-dead", role: "alert", hidden: true },
      "The kernel behind this table is gone, and nothing here can be cancelled. Run its cell again.",
    );
    this.card = element(
      "section",
      {
        class: "bnb bnb-orders",
        "aria-labelledby": title,
        onkeydown: (event) => {
          event.stopPropagation();
          if (event.key === "Escape") this.stopAsking();
        },
      },
      element("header", {}, this.badge, this.title, element("span", { class: "bnb-fill" }), this.all, this.keep, this.sure),
      this.deadLine,
      element("div", { class: "bnb-table", tabindex: "0", role: "region", "aria-labelledby": title }, this.table),
      this.empty,
      this.message,
    );
    root.append(this.card);
  }

  ask() {
    const orders = this.model.get("view").orders;
    this.asking = orders.map((order) => [order.symbol, order.order_id]);
    this.show();
    this.keep.focus();
  }

  stopAsking() {
    this.asking = null;
    this.show();
  }

  cancelAll(event) {
    if (event.detail > 1 || !this.asking) return;
    this.line.send("cancel_all", { orders: this.asking });
    this.stopAsking();
  }

  render(view) {
    if (!view || !view.orders) return;
    showEnvironment(this.badge, view.environment, view.money);
    setText(this.title, view.symbol ? `Open orders · ${view.symbol}` : "Open orders");
    this.deadLine.hidden = !this.dead;
    this.empty.hidden = view.orders.length > 0;
    this.table.hidden = view.orders.length === 0;
    this.all.hidden = Boolean(this.asking) || view.orders.length < 2;
    this.sure.hidden = this.keep.hidden = !this.asking;
    if (this.asking) setText(this.sure, `Cancel ${this.asking.length} orders`);
    for (const button of [this.all, this.sure]) button.disabled = this.dead;
    setText(this.message, view.message.text);
    this.message.dataset.tone = view.message.tone;
    this.message.hidden = !view.message.text;
    this.renderRows(view.orders);
  }

  renderRows(orders) {
    // Rows are kept by order, so that a button under the pointer never becomes that of another order.
    const wanted = new Map(orders.map((order) => [`${order.symbol} ${order.order_id}`, order]));
    for (const [key, row] of this.rows) {
      if (wanted.has(key)) continue;
      row.node.remove();
      this.rows.delete(key);
    }
    let before = null;
    for (const [key, order] of wanted) {
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.makeRow(order)));
      const place = before ? before.nextSibling : this.body.firstChild;
      if (row.node !== place) this.body.insertBefore(row.node, place);
      before = row.node;
      for (const [name, cell] of Object.entries(row.cells)) {
        const text = name === "side" ? (order.side === "BUY" ? "▲ BUY" : "▼ SELL") : order[name];
        setText(cell, text);
      }
      row.node.dataset.side = order.side;
      setText(row.cancel, order.cancelling ? "…" : "Cancel");
      row.cancel.disabled = this.dead || order.cancelling;
    }
  }

  makeRow(order) {
    const cells = Object.fromEntries(
      Object.keys(HEADINGS).map((name) => [
        name,
        element("td", { class: `${NUMERIC.has(name) ? "bnb-number" : ""} bnb-cell-${name}` }),
      ]),
    );
    const cancel = element(
      "button",
      {
        type: "button",
        class: "bnb-small",
        "aria-label": `Cancel order ${order.order_id}`,
        onclick: () => this.line.send("cancel", { symbol: order.symbol, order_id: order.order_id }),
      },
      "Cancel",
    );
    const node = element("tr", { "data-order": order.order_id }, ...Object.values(cells), element("td", {}, cancel));
    return { node, cells, cancel };
  }
}

export default {
  render({ model, el }) {
    let view;
    guarded(el, () => (view = new OrdersView(model, el)))();
    return () => view && view.close();
  },
};
