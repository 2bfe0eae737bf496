// Choosing rows of a FillsTable, by mouse and keyboard, and copying them.

const COPIED_SHOWN_MS = 1500;

/** The active row and the chosen ranges of positions of one view. */
class Choice {
  constructor(table) {
    this.table = table;
    this.active = -1;
    this.anchor = -1;
    this.ranges = [];
  }

  get size() {
    return this.ranges.reduce((sum, [first, last]) => sum + last - first + 1, 0);
  }

  has(position) {
    return this.ranges.some(([first, last]) => position >= first && position <= last);
  }

  set(ranges) {
    this.ranges = ranges;
    const { store } = this.table;
    store.line.send("select", { view: store.view, ranges });
    this.table.schedule();
  }

  clicked(event) {
    const node = event.target.closest(".bnb-line");
    if (!node || !node.dataset.position) return;
    const position = Number(node.dataset.position);
    if (event.shiftKey && this.anchor >= 0) {
      event.preventDefault();
      this.set([[Math.min(this.anchor, position), Math.max(this.anchor, position)]]);
    } else if (event.ctrlKey || event.metaKey) {
      const others = this.ranges.flatMap(([first, last]) =>
        position < first || position > last
          ? [[first, last]]
          : [[first, position - 1], [position + 1, last]].filter(([low, high]) => low <= high),
      );
      this.set(this.has(position) ? others : [...this.ranges, [position, position]]);
      this.anchor = position;
    } else {
      const alone = this.ranges.length === 1 && this.ranges[0][0] === position && this.ranges[0][1] === position;
      this.set(alone ? [] : [[position, position]]);
      this.anchor = position;
    }
    this.active = position;
    this.table.schedule();
  }

  keyed(event) {
    const newest = this.table.store.count - 1;
    if (newest < 0 || event.target !== this.table.scroller) return;
    const page = this.table.rowsInSight - 1;
    const moves = { ArrowDown: -1, ArrowUp: 1, PageDown: -page, PageUp: page, Home: Infinity, End: -Infinity };
    if (event.key in moves) {
      event.preventDefault();
      const from = this.active < 0 ? newest + 1 : this.active;
      this.active = Math.max(0, Math.min(newest, from + moves[event.key]));
      if (event.shiftKey) {
        if (this.anchor < 0) this.anchor = from > newest ? newest : from;
        this.set([[Math.min(this.anchor, this.active), Math.max(this.anchor, this.active)]]);
      } else {
        this.anchor = this.active;
      }
      this.table.showPosition(this.active);
    } else if (event.key === " " || event.key === "Enter") {
      event.preventDefault();
      if (this.active >= 0) this.set(this.has(this.active) ? [] : [[this.active, this.active]]);
    } else if (event.key === "Escape") {
      this.set([]);
    } else if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "c") {
      event.preventDefault();
      this.copy();
    }
  }

  /** Copy the chosen rows, or those in sight, as tab-separated text with headings. */
  copy() {
    const { table } = this;
    const ranges = this.ranges.length ? this.ranges : [table.positionsInSight];
    const names = table.visible, lines = [names.join("\t")];
    for (const [first, last] of [...ranges].sort((one, other) => other[1] - one[1])) {
      for (let position = last; position >= first; position--) {
        const row = table.store.rows.get(position);
        if (row) lines.push(names.map((name) => copied(name, row, table.fields)).join("\t"));
      }
    }
    const text = `${lines.join("\n")}\n`;
    const done = () => {
      table.copy.textContent = `Copied ${lines.length - 1}`;
      setTimeout(() => (table.copy.textContent = "Copy"), COPIED_SHOWN_MS);
    };
    const byHand = () => {
      const area = element("textarea", { class: "bnb-offscreen" });
      area.value = text;
      table.card.append(area);
      area.select();
      document.execCommand("copy");
      area.remove();
      done();
    };
    if (navigator.clipboard) navigator.clipboard.writeText(text).then(done, byHand);
    else byHand();
  }
}
