// The frame of a FillsTable: its controls, its grid, its lines of totals; fills_table.js fills them.

/** Build the elements of a table and hang them on it. */
function buildFills(table) {
  table.ids = { title: freshId("fills"), grid: freshId("grid"), symbols: freshId("symbols") };
  table.badge = environmentBadge();
  table.light = healthLight();
  const control = (tag, label, properties, ...children) =>
    element(tag, { "aria-label": label, ...properties }, ...children);
  table.symbolFilter = control("select", "Show fills of one symbol", { onchange: () => table.filter() });
  table.sideFilter = control(
    "select",
    "Show buys or sells",
    { onchange: () => table.filter() },
    element("option", { value: "" }, "Buys and sells"),
    element("option", { value: "BUY" }, "▲ Buys"),
    element("option", { value: "SELL" }, "▼ Sells"),
  );
  table.productFilter = control(
    "select",
    "Show fills of spot or of futures",
    { hidden: true, onchange: () => table.filter() },
    element("option", { value: "" }, "All products"),
    ...Object.entries(PRODUCTS).map(([value, name]) => element("option", { value }, name)),
  );
  table.orderFilter = control("input", "Show fills of one order id", {
    placeholder: "Order id",
    inputmode: "numeric",
    class: "bnb-order-filter",
    oninput: () => table.filterSoon(),
  });
  table.textFilter = control("input", "Find a text in symbols and ids", {
    placeholder: "Find …",
    class: "bnb-text-filter",
    oninput: () => table.filterSoon(),
  });
  table.columnsList = element("div", { class: "bnb-columns-list", role: "group", "aria-label": "Columns to show" });
  table.columns = element(
    "details",
    { class: "bnb-columns" },
    element("summary", {}, "Columns"),
    table.columnsList,
  );
  table.copy = element("button", { type: "button", onclick: () => table.choice.copy() }, "Copy");
  table.csv = element("button", { type: "button", onclick: () => table.store.line.send("csv") }, "CSV");
  table.newest = element("button", { type: "button", class: "bnb-newest", onclick: () => table.goTo(0) }, "↑ newest");
  table.header = element("div", { class: "bnb-head", role: "row", "aria-rowindex": "1" });
  table.body = element("div", { class: "bnb-body", role: "presentation" });
  table.spacer = element("div", { class: "bnb-spacer", role: "presentation" }, table.body);
  table.scroller = element(
    "div",
    {
      class: "bnb-scroller",
      id: table.ids.grid,
      role: "grid",
      tabindex: "0",
      "aria-labelledby": table.ids.title,
      "aria-multiselectable": "true",
      onscroll: () => table.scrolled(),
      onkeydown: (event) => table.choice.keyed(event),
    },
    table.header,
    table.spacer,
  );
  table.body.addEventListener("mousedown", (event) => table.choice.clicked(event));
  table.empty = element("p", { class: "bnb-empty" }, "No fills yet. They appear here as they happen.");
  table.totals = element("div", { class: "bnb-totals", role: "group", "aria-label": "Totals of the fills shown" });
  table.deadLine = deadLine(
    "The kernel behind this table is gone: these are the last rows it sent. Run its cell again.",
  );
  table.card = element(
    "section",
    { class: "bnb bnb-fills", "aria-labelledby": table.ids.title, onkeydown: (event) => event.stopPropagation() },
    element(
      "header",
      {},
      table.badge,
      element("h3", { id: table.ids.title }, "Fills"),
      table.light,
      element("span", { class: "bnb-fill" }),
      table.newest,
      table.copy,
      table.csv,
      table.columns,
    ),
    element(
      "div",
      { class: "bnb-filters", role: "group", "aria-label": "Filters" },
      table.symbolFilter,
      table.productFilter,
      table.sideFilter,
      table.orderFilter,
      table.textFilter,
    ),
    table.deadLine,
    element("div", { class: "bnb-stage" }, table.scroller, table.empty),
    table.totals,
  );
  table.root.append(table.card);
}
