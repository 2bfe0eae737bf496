// The page of FillsTable: it draws the rows in sight, newest on top; fill_store.js gets them from the kernel.

const ROW_PX = 26;
const OVERSCAN = 8;
// Browsers stop drawing elements taller than some 17 million pixels: beyond this the scroll bar is scaled.
const TALLEST_PX = 8000000;
const FLASH_AT_MOST = 30;
const FLASH_MS = 1100;

const HEADINGS = {
  transaction_time: "Time (UTC)",
  symbol: "Symbol",
  side: "Side",
  last_executed_qty: "Quantity",
  last_executed_price: "Price",
  last_quote_qty: "Quote",
  commission_amount: "Fee",
  commission_asset: "Fee in",
  is_maker: "Role",
  order_id: "Order",
  trade_id: "Trade",
  client_order_id: "Client order id",
  source: "Heard from",
};
const WIDTHS = {
  transaction_time: 152,
  symbol: 82,
  side: 68,
  last_executed_qty: 86,
  last_executed_price: 88,
  last_quote_qty: 120,
  commission_amount: 136,
  commission_asset: 60,
  is_maker: 60,
  order_id: 104,
  trade_id: 84,
  client_order_id: 200,
  source: 92,
};
const NUMERIC = new Set([
  "last_executed_qty",
  "last_executed_price",
  "last_quote_qty",
  "commission_amount",
  "order_id",
  "trade_id",
]);
const HIDDEN_AT_FIRST = new Set(["commission_asset", "client_order_id", "source"]);

function clock(text) {
  const ms = Number(text);
  if (!(ms > 0)) return "";
  return new Date(ms).toISOString().replace("T", " ").replace("Z", "");
}

function shown(name, row, fields) {
  const text = row[fields.indexOf(name)];
  // The year is left to the files and frames, so that all that matters fits beside the ticket.
  if (name === "transaction_time") return clock(text).slice(5);
  if (name === "commission_amount" && text) return `${text} ${row[fields.indexOf("commission_asset")]}`;
  if (name === "side") return text === "BUY" ? "▲ BUY" : "▼ SELL";
  return text;
}

/** A cell for the clipboard: as in the frame, and not as it is drawn. */
function copied(name, row, fields) {
  const text = row[fields.indexOf(name)];
  return name === "transaction_time" ? clock(text) : text;
}

class TableView {
  constructor(model, root, store) {
    this.model = model;
    this.root = root;
    this.store = store;
    this.top = 0; // rows above the first one in sight; 0 is at the newest
    this.lines = [];
    this.flashes = [];
    this.active = -1;
    this.anchor = -1;
    this.ranges = [];
    this.dead = false;
    this.hidden = new Set(HIDDEN_AT_FIRST);
    this.drawn = 0;
    this.build();
    this.draw = guarded(root, () => this.redraw());
    this.showHead = guarded(root, () => this.renderHead());
    model.on("change:head", this.showHead);
    store.attach(this);
    this.undo = [
      alertLine(model, this.card),
      watchKernel(root, store.line, (dead) => {
        this.dead = dead;
        this.renderFoot();
      }),
    ];
    this.resized = new ResizeObserver(() => this.schedule());
    this.resized.observe(this.scroller);
    this.renderHead();
    this.schedule();
  }

  close() {
    cancelAnimationFrame(this.drawn);
    this.resized.disconnect();
    this.store.detach(this);
    this.model.off("change:head", this.showHead);
    this.undo.forEach((undo) => undo());
  }

  build() {
    this.ids = { title: freshId("fills"), grid: freshId("grid"), symbols: freshId("symbols") };
    this.badge = environmentBadge();
    this.light = element("span", { class: "bnb-light" }, element("i"), element("span"));
    const control = (tag, label, properties, ...children) =>
      element(tag, { "aria-label": label, ...properties }, ...children);
    this.symbolFilter = control("select", "Show fills of one symbol", { onchange: () => this.filter() });
    this.sideFilter = control(
      "select",
      "Show buys or sells",
      { onchange: () => this.filter() },
      element("option", { value: "" }, "Buys and sells"),
      element("option", { value: "BUY" }, "▲ Buys"),
      element("option", { value: "SELL" }, "▼ Sells"),
    );
    this.orderFilter = control("input", "Show fills of one order id", {
      placeholder: "Order id",
      inputmode: "numeric",
      class: "bnb-order-filter",
      oninput: () => this.filterSoon(),
    });
    this.textFilter = control("input", "Find a text in symbols and ids", {
      placeholder: "Find …",
      class: "bnb-text-filter",
      oninput: () => this.filterSoon(),
    });
    this.columnsList = element("div", { class: "bnb-columns-list", role: "group", "aria-label": "Columns to show" });
    this.columns = element(
      "details",
      { class: "bnb-columns" },
      element("summary", {}, "Columns"),
      this.columnsList,
    );
    this.copy = element("button", { type: "button", onclick: () => this.copyRows() }, "Copy");
    this.csv = element("button", { type: "button", onclick: () => this.store.line.send("csv") }, "CSV");
    this.newest = element("button", { type: "button", class: "bnb-newest", onclick: () => this.goTo(0) }, "↑ newest");
    this.header = element("div", { class: "bnb-head", role: "row", "aria-rowindex": "1" });
    this.body = element("div", { class: "bnb-body", role: "presentation" });
    this.spacer = element("div", { class: "bnb-spacer", role: "presentation" }, this.body);
    this.scroller = element(
      "div",
      {
        class: "bnb-scroller",
        id: this.ids.grid,
        role: "grid",
        tabindex: "0",
        "aria-labelledby": this.ids.title,
        "aria-multiselectable": "true",
        onscroll: () => this.scrolled(),
        onkeydown: (event) => this.keyed(event),
      },
      this.header,
      this.spacer,
    );
    this.body.addEventListener("mousedown", (event) => this.clicked(event));
    this.empty = element("p", { class: "bnb-empty" }, "No fills yet. They appear here as they happen.");
    this.totals = element("div", { class: "bnb-totals", role: "group", "aria-label": "Totals of the fills shown" });
    this.deadLine = element(
      "p",
      { class: "bnb-dead", role: "alert", hidden: true },
      "The kernel behind this table is gone: these are the last rows it sent. Run its cell again.",
    );
    this.card = element(
      "section",
      { class: "bnb bnb-fills", "aria-labelledby": this.ids.title, onkeydown: (event) => event.stopPropagation() },
      element(
        "header",
        {},
        this.badge,
        element("h3", { id: this.ids.title }, "Fills"),
        this.light,
        element("span", { class: "bnb-fill" }),
        this.newest,
        this.copy,
        this.csv,
        this.columns,
      ),
      element(
        "div",
        { class: "bnb-filters", role: "group", "aria-label": "Filters" },
        this.symbolFilter,
        this.sideFilter,
        this.orderFilter,
        this.textFilter,
      ),
      this.deadLine,
      element("div", { class: "bnb-stage" }, this.scroller, this.empty),
      this.totals,
    );
    this.root.append(this.card);
  }

  // The head: badge, filters, columns

  get fields() {
    return this.model.get("head").fields;
  }

  get visible() {
    return this.fields.filter((name) => !this.hidden.has(name));
  }

  renderHead() {
    const head = this.model.get("head");
    if (!head.fields) return;
    showEnvironment(this.badge, head.environment, head.money);
    this.scroller.style.height = `${head.height}px`;
    const symbols = head.symbols.join();
    if (this.shownSymbols !== symbols) {
      this.shownSymbols = symbols;
      const names = head.symbols.includes(head.filter.symbol) || !head.filter.symbol
        ? head.symbols
        : [...head.symbols, head.filter.symbol];
      this.symbolFilter.replaceChildren(
        element("option", { value: "" }, "All symbols"),
        ...names.map((name) => element("option", { value: name }, name)),
      );
    }
    this.symbolFilter.value = head.filter.symbol;
    this.sideFilter.value = head.filter.side;
    const focused = this.card.getRootNode().activeElement;
    if (focused !== this.orderFilter) this.orderFilter.value = head.filter.order_id;
    if (focused !== this.textFilter) this.textFilter.value = head.filter.text;
    if (!this.columnsList.childElementCount) {
      this.columnsList.append(
        ...head.fields.map((name) => {
          const box = element("input", {
            type: "checkbox",
            onchange: () => {
              if (box.checked) this.hidden.delete(name);
              else this.hidden.add(name);
              this.renderHead();
            },
          });
          box.checked = !this.hidden.has(name);
          return element("label", {}, box, HEADINGS[name] || name);
        }),
      );
    }
    this.header.replaceChildren(
      ...this.visible.map((name, index) => {
        const sorted = head.sort.name === name;
        const direction = sorted ? (head.sort.descending ? "descending" : "ascending") : "none";
        return element(
          "div",
          { role: "columnheader", class: NUMERIC.has(name) ? "bnb-number" : "", "aria-sort": direction, "aria-colindex": index + 1 },
          element(
            "button",
            { type: "button", tabindex: "-1", onclick: () => this.sort(name, sorted ? !head.sort.descending : true) },
            `${HEADINGS[name] || name}${sorted ? (head.sort.descending ? " ↓" : " ↑") : ""}`,
          ),
        );
      }),
    );
    const widths = this.visible.map((name) => `minmax(${WIDTHS[name] || 90}px, ${WIDTHS[name] || 90}fr)`).join(" ");
    this.card.style.setProperty("--bnb-grid", widths);
    const least = this.visible.reduce((sum, name) => sum + (WIDTHS[name] || 90), 0);
    this.card.style.setProperty("--bnb-least", `${least}px`);
    this.scroller.setAttribute("aria-colcount", String(this.visible.length));
    this.lines = [];
    this.schedule();
  }

  filter() {
    clearTimeout(this.filterTimer);
    this.top = 0;
    this.select([]);
    this.store.line.send("filter", {
      symbol: this.symbolFilter.value,
      side: this.sideFilter.value,
      order_id: this.orderFilter.value,
      text: this.textFilter.value,
    });
  }

  filterSoon() {
    clearTimeout(this.filterTimer);
    this.filterTimer = setTimeout(() => this.filter(), 200);
  }

  sort(name, descending) {
    this.top = 0;
    this.select([]);
    this.store.line.send("sort", { name, descending });
  }

  // Scrolling

  get rowsInSight() {
    return Math.max(1, Math.floor((this.scroller.clientHeight - this.header.offsetHeight) / ROW_PX));
  }

  get lastTop() {
    return Math.max(0, this.store.count - this.rowsInSight);
  }

  /** Pixels of the scroll bar for one row: ROW_PX, or less where the table would be too tall for a browser. */
  get pxPerRow() {
    return Math.min(ROW_PX, TALLEST_PX / Math.max(1, this.store.count));
  }

  scrolled() {
    if (this.scroller.scrollTop === this.expectedScroll) return;
    const room = this.scroller.scrollHeight - this.scroller.clientHeight;
    const atEnd = room > 0 && this.scroller.scrollTop >= room - 1;
    this.top = atEnd ? this.lastTop : Math.min(this.lastTop, this.scroller.scrollTop / this.pxPerRow);
    this.schedule();
  }

  goTo(top) {
    this.top = Math.max(0, Math.min(this.lastTop, top));
    this.moveBar();
    this.schedule();
  }

  moveBar() {
    const height = Math.max(1, Math.round(this.store.count * this.pxPerRow));
    if (this.spacerHeight !== height) {
      this.spacerHeight = height;
      this.spacer.style.height = `${height}px`;
    }
    const wanted = Math.round(this.top * this.pxPerRow);
    if (Math.abs(this.scroller.scrollTop - wanted) >= 1) {
      this.scroller.scrollTop = wanted;
    }
    this.expectedScroll = this.scroller.scrollTop;
  }

  changed({ grown, anew }) {
    if (anew) {
      this.top = 0;
      this.active = -1;
    } else if (grown > 0 && this.top > 0) {
      this.top += grown; // what a person is reading stays where it is
    } else if (grown > 0 && grown <= FLASH_AT_MOST) {
      const to = this.store.count - 1;
      this.flashes.push({ from: to - grown + 1, to, until: performance.now() + FLASH_MS });
    }
    this.schedule();
  }

  schedule() {
    if (!this.drawn) this.drawn = requestAnimationFrame(() => this.draw());
  }

  redraw() {
    this.drawn = 0;
    const { count, rows } = this.store;
    this.top = Math.max(0, Math.min(this.top, this.lastTop));
    this.moveBar();
    this.empty.hidden = count > 0;
    const first = Math.max(0, Math.floor(this.top) - OVERSCAN);
    const last = Math.min(count - 1, Math.floor(this.top) + this.rowsInSight + 1 + OVERSCAN);
    // Positions count from the oldest, the screen from the newest.
    const newest = count - 1 - first, oldest = count - 1 - last;
    this.makeLines(this.rowsInSight + 2 + 2 * OVERSCAN);
    const barTop = this.scroller.scrollTop;
    const now = performance.now();
    this.flashes = this.flashes.filter((flash) => flash.until > now);
    let missing = false;
    // A row keeps its line for as long as it is in sight, so that little is redrawn and a flash stays with its row.
    const used = new Set();
    for (let position = newest; position >= oldest; position--) {
      const line = this.lines[position % this.lines.length];
      used.add(line);
      const row = rows.get(position);
      if (!row) missing = true;
      this.drawLine(line, position, row, count);
      const y = Math.round(barTop + (count - 1 - position - this.top) * ROW_PX);
      if (line.y !== y) line.node.style.transform = `translateY(${(line.y = y)}px)`;
      const isNew = this.flashes.some((flash) => position >= flash.from && position <= flash.to);
      if (line.isNew !== isNew) line.node.classList.toggle("bnb-new", (line.isNew = isNew));
    }
    for (const line of this.lines) if (!used.has(line)) line.node.hidden = true;
    if (missing) this.store.want(oldest, newest);
    this.scroller.setAttribute("aria-rowcount", String(count + 1));
    this.newest.hidden = this.top < 1;
    if (this.active >= oldest && this.active <= newest && this.active >= 0) {
      this.scroller.setAttribute("aria-activedescendant", `${this.ids.grid}-${this.active}`);
    } else {
      this.scroller.removeAttribute("aria-activedescendant");
    }
    this.renderFoot();
  }

  makeLines(needed) {
    if (this.lines.length === needed) return;
    this.lines = Array.from({ length: needed }, () => {
      const cells = this.visible.map((name, index) =>
        element("div", { role: "gridcell", class: NUMERIC.has(name) ? "bnb-number" : "", "aria-colindex": index + 1 }),
      );
      return { node: element("div", { class: "bnb-line", role: "row", hidden: true }, ...cells), cells, position: -1 };
    });
    this.body.replaceChildren(...this.lines.map((line) => line.node));
  }

  drawLine(line, position, row, count) {
    const { node, cells } = line;
    node.hidden = false;
    if (line.position !== position) {
      line.position = position;
      node.id = `${this.ids.grid}-${position}`;
      node.dataset.position = position;
    }
    const index = String(count - position + 1);
    if (node.getAttribute("aria-rowindex") !== index) node.setAttribute("aria-rowindex", index);
    const selected = this.isSelected(position);
    if (line.selected !== selected) node.setAttribute("aria-selected", String((line.selected = selected)));
    node.classList.toggle("bnb-active", position === this.active);
    if (line.row === row && line.filled) return;
    line.row = row;
    line.filled = true;
    const fields = this.fields;
    this.visible.forEach((name, place) => setText(cells[place], row ? shown(name, row, fields) : "…"));
    node.dataset.side = row ? row[fields.indexOf("side")] : "";
    node.dataset.source = row ? row[fields.indexOf("source")] : "";
  }

  renderFoot() {
    const { totals, health, count, all } = this.store;
    this.deadLine.hidden = !this.dead;
    const light = this.dead ? { light: "bad", word: "no kernel" } : health;
    this.light.hidden = !light.word;
    this.light.dataset.light = light.light || "";
    setText(this.light.lastChild, light.word || "");
    const parts = [];
    if (totals.count !== undefined) {
      const rest = all > count ? ` of ${all.toLocaleString("en")}` : "";
      parts.push(["Fills", `${totals.count.toLocaleString("en")}${rest}`]);
      if (totals.symbols === 1) {
        parts.push(["▲ Bought", totals.bought], ["▼ Sold", totals.sold], ["Quote", grouped(totals.quote)], ["VWAP", grouped(totals.vwap)]);
      } else if (totals.symbols > 1) {
        parts.push(["Symbols", String(totals.symbols)]);
      }
      if (totals.fees && totals.fees.length) parts.push(["Fees", totals.fees.join(", ")]);
    }
    const selected = this.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
    if (selected) parts.push(["Selected", selected.toLocaleString("en")]);
    const key = JSON.stringify(parts);
    if (key === this.shownFoot) return;
    this.shownFoot = key;
    this.totals.replaceChildren(
      ...parts.map(([label, text]) => element("span", {}, element("small", {}, label), " ", element("b", {}, text))),
    );
  }

  // Selecting

  isSelected(position) {
    return this.ranges.some(([first, last]) => position >= first && position <= last);
  }

  select(ranges) {
    this.ranges = ranges;
    this.store.line.send("select", { view: this.store.view, ranges });
    this.schedule();
  }

  clicked(event) {
    const node = event.target.closest(".bnb-line");
    if (!node) return;
    const position = Number(node.dataset.position);
    if (event.shiftKey && this.anchor >= 0) {
      event.preventDefault();
      this.select([[Math.min(this.anchor, position), Math.max(this.anchor, position)]]);
    } else if (event.ctrlKey || event.metaKey) {
      const others = this.ranges.flatMap(([first, last]) =>
        position < first || position > last
          ? [[first, last]]
          : [[first, position - 1], [position + 1, last]].filter(([low, high]) => low <= high),
      );
      this.select(this.isSelected(position) ? others : [...this.ranges, [position, position]]);
      this.anchor = position;
    } else {
      const alone = this.ranges.length === 1 && this.ranges[0][0] === position && this.ranges[0][1] === position;
      this.select(alone ? [] : [[position, position]]);
      this.anchor = position;
    }
    this.active = position;
    this.schedule();
  }

  keyed(event) {
    const newest = this.store.count - 1;
    if (newest < 0 || event.target !== this.scroller) return;
    const page = this.rowsInSight - 1;
    const moves = { ArrowDown: -1, ArrowUp: 1, PageDown: -page, PageUp: page, Home: Infinity, End: -Infinity };
    if (event.key in moves) {
      event.preventDefault();
      const from = this.active < 0 ? newest + 1 : this.active;
      this.active = Math.max(0, Math.min(newest, from + moves[event.key]));
      if (event.shiftKey) {
        if (this.anchor < 0) this.anchor = from > newest ? newest : from;
        this.select([[Math.min(this.anchor, this.active), Math.max(this.anchor, this.active)]]);
      } else {
        this.anchor = this.active;
      }
      const fromTop = newest - this.active;
      if (fromTop < this.top) this.goTo(fromTop);
      else if (fromTop >= this.top + this.rowsInSight) this.goTo(fromTop - this.rowsInSight + 1);
      this.schedule();
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (this.active >= 0) this.select(this.isSelected(this.active) ? [] : [[this.active, this.active]]);
    } else if (event.key === "Escape") {
      this.select([]);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      event.preventDefault();
      this.copyRows();
    }
  }

  /** Copy the selected rows, or those in sight, as tab-separated text with headings. */
  copyRows() {
    const newest = this.store.count - 1;
    const ranges = this.ranges.length
      ? this.ranges
      : [[Math.max(0, newest - Math.floor(this.top) - this.rowsInSight + 1), newest - Math.floor(this.top)]];
    const names = this.visible, lines = [names.join("\t")];
    for (const [first, last] of [...ranges].sort((one, other) => other[1] - one[1])) {
      for (let position = last; position >= first; position--) {
        const row = this.store.rows.get(position);
        if (row) lines.push(names.map((name) => copied(name, row, this.fields)).join("\t"));
      }
    }
    const text = `${lines.join("\n")}\n`;
    const done = () => {
      this.copy.textContent = `Copied ${lines.length - 1}`;
      setTimeout(() => (this.copy.textContent = "Copy"), 1500);
    };
    const byHand = () => {
      const area = element("textarea", { class: "bnb-offscreen" });
      area.value = text;
      this.card.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
    else byHand();
  }
}

// Called once for each model: its views share one store, which outlives each of them.
export default () => {
  let store;
  return {
    initialize({ model }) {
      store = new Store(model);
    },
    render({ model, el }) {
      let view;
      guarded(el, () => (view = new TableView(model, el, store)))();
      return () => view && view.close();
    },
  };
};
