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
// What orders of futures have besides.
const FUTURES_HEADINGS = { position_side: "Position", reduce_only: "Reduce" };

function headings(product) {
  const { order_status, order_id, ...before } = HEADINGS;
  return product ? { ...before, ...FUTURES_HEADINGS, order_status, order_id } : HEADINGS;
}
const NUMERIC = new Set(["quantity", "cumulative_filled_qty", "price", "stop_price", "order_id"]);

class OrdersView extends View {
  build(root) {
    this.rows = new Map();
    this.lists = new Map();
    this.asking = null;
    this.headings = headings(this.model.get("view").product);
    // Every heading, and a column for the buttons.
    this.columnCount = Object.keys(this.headings).length + 1;
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
          ...Object.entries(this.headings).map(([name, heading]) =>
            element("th", { scope: "col", class: NUMERIC.has(name) ? "bnb-number" : "" }, heading),
          ),
          element("th", { scope: "col", class: "bnb-number" }, "Actions"),
        ),
      ),
      this.body,
    );
    this.empty = element("p", { class: "bnb-empty" }, "No open orders.");
    this.message = element("p", { class: "bnb-message", role: "status" });
    this.deadLine = deadLine(
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
      element("div", { class: "bnb-table", tabindex: "0", role: "region", "aria-label": "Table of open orders" }, this.table),
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
    showEnvironment(this.badge, view.environment, view.money, view.product);
    setText(this.title, view.symbol ? `Open orders · ${view.symbol}` : "Open orders");
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
    const keyOf = (order) => `${order.symbol} ${order.order_id}`;
    const wanted = new Map(orders.map((order) => [keyOf(order), order]));
    const lists = new Map(orders.filter((order) => order.order_list_id).map((order) => [listKey(order), order]));
    this.drop(this.rows, wanted, (row) => [row.node, row.change.node]);
    this.drop(this.lists, lists, (list) => [list.node]);
    let before = null;
    const put = (node) => {
      const place = before ? before.nextSibling : this.body.firstChild;
      if (node !== place) this.body.insertBefore(node, place);
      before = node;
    };
    let lastList = null;
    for (const [key, order] of wanted) {
      if (order.order_list_id && listKey(order) !== lastList) put(this.listRow(order, orders).node);
      lastList = order.order_list_id ? listKey(order) : null;
      let row = this.rows.get(key);
      if (!row) this.rows.set(key, (row = this.makeRow(order)));
      put(row.node);
      put(row.change.node);
      this.fillRow(row, order);
    }
  }

  drop(shown, wanted, nodesOf) {
    for (const [key, made] of shown) {
      if (wanted.has(key)) continue;
      for (const node of nodesOf(made)) node.remove();
      shown.delete(key);
    }
  }

  fillRow(row, order) {
    row.order = order;
    for (const [name, cell] of Object.entries(row.cells)) {
      const text = name === "side" ? (order.side === "BUY" ? "▲ BUY" : "▼ SELL") : order[name];
      setText(cell, text);
    }
    row.node.dataset.side = order.side;
    row.node.classList.toggle("bnb-in-list", Boolean(order.order_list_id));
    row.cancel.hidden = Boolean(order.order_list_id);
    setText(row.cancel, order.cancelling ? "…" : "Cancel");
    const submitting = order.change?.state === "submitting";
    row.cancel.disabled = this.dead || order.cancelling || submitting;
    row.alter.hidden = Boolean(this.model.get("view").product) && order.order_type !== "LIMIT";
    row.alter.disabled = this.dead || order.cancelling || submitting;
    row.change.show(order, this.dead);
    row.alter.setAttribute("aria-expanded", String(row.change.open));
  }

  /** The row that heads the orders of one list; they are cancelled together. */
  listRow(order, orders) {
    const key = listKey(order), mates = orders.filter((other) => other.order_list_id && listKey(other) === key);
    let list = this.lists.get(key);
    if (!list) {
      const text = element("span", {});
      const cancel = element(
        "button",
        {
          type: "button",
          class: "bnb-small",
          "aria-label": `Cancel list ${order.order_list_id}`,
          onclick: () => this.line.send("cancel_list", { symbol: order.symbol, order_list_id: order.order_list_id }),
        },
        "Cancel list",
      );
      const node = element(
        "tr",
        { class: "bnb-list", "data-list": order.order_list_id },
        element("td", { colspan: this.columnCount - 1 }, text),
        element("td", { class: "bnb-buttons" }, cancel),
      );
      this.lists.set(key, (list = { node, text, cancel }));
    }
    const count = `${mates.length} ${mates.length === 1 ? "order" : "orders"} open`;
    setText(list.text, `List ${order.order_list_id} · ${order.symbol} · ${count}, cancelled together`);
    setText(list.cancel, order.cancelling ? "…" : "Cancel list");
    list.cancel.disabled = this.dead || mates.some((mate) => mate.cancelling || mate.change?.state === "submitting");
    return list;
  }

  makeRow(order) {
    const cells = Object.fromEntries(
      Object.keys(this.headings).map((name) => [
        name,
        element("td", { class: `${NUMERIC.has(name) ? "bnb-number" : ""} bnb-cell-${name}` }),
      ]),
    );
    const row = { cells, order };
    row.cancel = element(
      "button",
      {
        type: "button",
        class: "bnb-small",
        "aria-label": `Cancel order ${order.order_id}`,
        onclick: () => this.line.send("cancel", { symbol: order.symbol, order_id: order.order_id }),
      },
      "Cancel",
    );
    row.change = new ChangeForm(order, this.model.get("view").product, (event, content) => this.line.send(event, content));
    row.change.cell.colSpan = this.columnCount;
    row.change.onclosed = () => {
      this.fillRow(row, row.order);
      row.alter.focus();
    };
    row.alter = element(
      "button",
      {
        type: "button",
        class: "bnb-small",
        "aria-label": `Change order ${order.order_id}`,
        onclick: () => {
          row.change.toggle(row.order);
          row.alter.setAttribute("aria-expanded", String(row.change.open));
        },
      },
      "Change",
    );
    row.node = element(
      "tr",
      { "data-order": order.order_id },
      ...Object.values(cells),
      element("td", { class: "bnb-buttons" }, row.alter, row.cancel),
    );
    return row;
  }
}

function listKey(order) {
  return `${order.symbol} ${order.order_list_id}`;
}

export default { render: ({ model, el }) => opened(el, () => new OrdersView(model, el)) };
