// The page of FillsTable: it draws the rows in sight, newest on top, and marks the gaps between them.
// fill_store.js gets the rows from the kernel, fill_slots.js says where they stand, fill_choice.js which are chosen.

const ROW_PX = 26;
const OVERSCAN = 8;
// Browsers stop drawing elements taller than some 17 million pixels: beyond this the scroll bar is scaled.
const TALLEST_PX = 8000000;
const FLASH_AT_MOST = 30;
const FLASH_MS = 1100;

class TableView {
  constructor(model, root, store) {
    this.model = model;
    this.root = root;
    this.store = store;
    this.top = 0; // slots above the first one in sight; 0 is at the newest
    this.slots = new Slots(store.count, store.marks);
    this.choice = new Choice(this);
    this.lines = [];
    this.flashes = [];
    this.dead = false;
    this.hidden = new Set(HIDDEN_AT_FIRST);
    this.drawn = 0;
    buildFills(this);
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

  // The head: badge, filters, columns

  get fields() {
    return this.model.get("head").fields;
  }

  get visible() {
    return inOrder(this.fields).filter((name) => !this.hidden.has(name));
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
    this.productFilter.hidden = head.products.length < 2 || head.only;
    this.productFilter.value = head.filter.product;
    if (!this.knowsFutures && head.products.includes("usdm")) {
      this.knowsFutures = true;
      for (const name of OF_FUTURES) this.hidden.delete(name);
      this.columnsList.replaceChildren();
    }
    this.sideFilter.value = head.filter.side;
    const focused = this.card.getRootNode().activeElement;
    if (focused !== this.orderFilter) this.orderFilter.value = head.filter.order_id;
    if (focused !== this.textFilter) this.textFilter.value = head.filter.text;
    if (!this.columnsList.childElementCount) {
      this.columnsList.append(
        ...inOrder(head.fields).map((name) => {
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
          { role: "columnheader", class: CELL_CLASSES[name] || "", "aria-sort": direction, "aria-colindex": index + 1 },
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
    this.choice.set([]);
    this.store.line.send("filter", {
      symbol: this.symbolFilter.value,
      product: this.productFilter.value,
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
    this.choice.set([]);
    this.store.line.send("sort", { name, descending });
  }

  // Scrolling

  get rowsInSight() {
    return Math.max(1, Math.floor((this.scroller.clientHeight - this.header.offsetHeight) / ROW_PX));
  }

  get lastTop() {
    return Math.max(0, this.slots.total - this.rowsInSight);
  }

  /** Pixels of the scroll bar for one row: ROW_PX, or less where the table would be too tall for a browser. */
  get pxPerRow() {
    return Math.min(ROW_PX, TALLEST_PX / Math.max(1, this.slots.total));
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

  /** Scroll as little as it takes to have the row at a position in sight. */
  showPosition(position) {
    const fromTop = this.slots.total - 1 - this.slots.of(position);
    if (fromTop < this.top) this.goTo(fromTop);
    else if (fromTop >= this.top + this.rowsInSight) this.goTo(fromTop - this.rowsInSight + 1);
    this.schedule();
  }

  /** The lowest and the highest position of the rows in sight. */
  get positionsInSight() {
    const newest = this.slots.total - 1 - Math.floor(this.top);
    const found = [];
    for (let slot = newest; slot > newest - this.rowsInSight && slot >= 0; slot--) {
      const { position } = this.slots.in(slot);
      if (position >= 0) found.push(position);
    }
    return [found.at(-1) ?? 0, found[0] ?? -1];
  }

  moveBar() {
    const height = Math.max(1, Math.round(this.slots.total * this.pxPerRow));
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
    const before = this.slots.total;
    this.slots = new Slots(this.store.count, this.store.marks);
    if (anew) {
      this.top = 0;
      this.choice.active = -1;
    } else if (this.top > 0) {
      this.top += Math.max(0, this.slots.total - before); // what a person is reading stays where it is
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
    const { total } = this.slots;
    this.top = Math.max(0, Math.min(this.top, this.lastTop));
    this.moveBar();
    this.empty.hidden = total > 0;
    // Slots count from the oldest, the screen from the newest.
    const newest = total - 1 - Math.max(0, Math.floor(this.top) - OVERSCAN);
    const oldest = total - 1 - Math.min(total - 1, Math.floor(this.top) + this.rowsInSight + 1 + OVERSCAN);
    this.makeLines(this.rowsInSight + 2 + 2 * OVERSCAN);
    const barTop = this.scroller.scrollTop;
    const now = performance.now();
    this.flashes = this.flashes.filter((flash) => flash.until > now);
    let lowest = Infinity, highest = -1, missing = false;
    // A row keeps its line for as long as it is in sight, so that little is redrawn and a flash stays with its row.
    const used = new Set();
    for (let slot = newest; slot >= oldest; slot--) {
      const line = this.lines[slot % this.lines.length];
      used.add(line);
      const { mark, position } = this.slots.in(slot);
      this.placeLine(line, slot, barTop);
      if (mark) {
        this.drawMark(line, mark);
        continue;
      }
      const row = this.store.rows.get(position);
      if (!row) missing = true;
      lowest = Math.min(lowest, position);
      highest = Math.max(highest, position);
      this.drawLine(line, position, row);
      const isNew = this.flashes.some((flash) => position >= flash.from && position <= flash.to);
      if (line.isNew !== isNew) line.node.classList.toggle("bnb-new", (line.isNew = isNew));
    }
    for (const line of this.lines) if (!used.has(line)) line.node.hidden = true;
    if (missing) this.store.want(lowest, highest);
    this.scroller.setAttribute("aria-rowcount", String(total + 1));
    this.newest.hidden = this.top < 1;
    const { active } = this.choice;
    if (active >= lowest && active <= highest) {
      this.scroller.setAttribute("aria-activedescendant", `${this.ids.grid}-${active}`);
    } else {
      this.scroller.removeAttribute("aria-activedescendant");
    }
    this.renderFoot();
  }

  makeLines(needed) {
    if (this.lines.length === needed) return;
    this.lines = Array.from({ length: needed }, () => {
      const cells = this.visible.map((name, index) =>
        element("div", { role: "gridcell", class: CELL_CLASSES[name] || "", "aria-colindex": index + 1 }),
      );
      const node = element("div", { class: "bnb-line", role: "row", hidden: true }, ...cells);
      return { node, cells, position: -1, mark: null };
    });
    this.body.replaceChildren(...this.lines.map((line) => line.node));
  }

  placeLine(line, slot, barTop) {
    const { total } = this.slots;
    line.node.hidden = false;
    const y = Math.round(barTop + (total - 1 - slot - this.top) * ROW_PX);
    if (line.y !== y) line.node.style.transform = `translateY(${(line.y = y)}px)`;
    const index = String(total - slot + 1);
    if (line.index !== index) line.node.setAttribute("aria-rowindex", (line.index = index));
  }

  /** Draw a gap in a line: one cell over the whole width, that no click chooses and no total counts. */
  drawMark(line, mark) {
    const { node, cells } = line;
    if (line.mark === mark) return;
    Object.assign(line, { mark, position: -1, row: null, filled: false, selected: undefined });
    node.removeAttribute("id");
    node.removeAttribute("aria-selected");
    for (const name of ["position", "side", "source"]) delete node.dataset[name];
    node.className = `bnb-line bnb-gap ${mark.complete ? "" : "bnb-incomplete"}`;
    line.isNew = false;
    line.note ??= element("div", { role: "gridcell", class: "bnb-gap-note", "aria-colindex": 1 });
    line.note.setAttribute("aria-colspan", String(cells.length));
    line.note.title = mark.more;
    setText(line.note, mark.text);
    node.replaceChildren(line.note);
  }

  drawLine(line, position, row) {
    const { node, cells } = line;
    if (line.mark) {
      line.mark = null;
      node.className = "bnb-line";
      node.replaceChildren(...cells);
    }
    if (line.position !== position) {
      line.position = position;
      node.id = `${this.ids.grid}-${position}`;
      node.dataset.position = position;
    }
    const selected = this.choice.has(position);
    if (line.selected !== selected) node.setAttribute("aria-selected", String((line.selected = selected)));
    node.classList.toggle("bnb-active", position === this.choice.active);
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
    showLight(this.light, this.dead ? NO_KERNEL : health);
    const parts = [];
    if (totals.count !== undefined) {
      const rest = all > count ? ` of ${all.toLocaleString("en")}` : "";
      parts.push(["Fills", `${totals.count.toLocaleString("en")}${rest}`]);
      if (totals.markets === 1) {
        parts.push(["▲ Bought", totals.bought], ["▼ Sold", totals.sold], ["Quote", grouped(totals.quote)], ["VWAP", grouped(totals.vwap)]);
      } else if (totals.markets > 1) {
        parts.push(["Markets", String(totals.markets)]);
      }
      if (totals.realized_pnl) parts.push(["Realized PnL", grouped(totals.realized_pnl)]);
      if (totals.fees && totals.fees.length) parts.push(["Fees", totals.fees.join(", ")]);
    }
    if (this.store.marks.length) parts.push(["Gaps", this.store.marks.length.toLocaleString("en")]);
    if (this.choice.size) parts.push(["Selected", this.choice.size.toLocaleString("en")]);
    const key = JSON.stringify(parts);
    if (key === this.shownFoot) return;
    this.shownFoot = key;
    this.totals.replaceChildren(
      ...parts.map(([label, text]) => element("span", {}, element("small", {}, label), " ", element("b", {}, text))),
    );
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
      return opened(el, () => new TableView(model, el, store));
    },
  };
};
