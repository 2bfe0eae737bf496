// The rows of a FillsTable in the page: the kernel holds all of them, this keeps those that were seen lately.
//
// Rows have positions in the view, oldest first: 0 is the oldest, count - 1 the newest. A batch brings the newest rows
// and the count; any others are asked for by block when they come into sight. Batches are acknowledged.

const KEPT_ROWS = 40000;
const ACK_EVERY_MS = 400;
const ASK_AGAIN_MS = 5000;

/** What one model's rows are, for all of its views: the newest of them, and blocks that were asked for. */
class Store {
  constructor(model) {
    this.model = model;
    this.line = null;
    this.rows = new Map();
    this.view = -1;
    const saved = (model.get("saved") || {}).rows || [];
    saved.forEach((row, position) => this.rows.set(position, row));
    this.count = saved.length;
    this.all = saved.length;
    this.totals = {};
    this.health = {};
    this.marks = (model.get("saved") || {}).marks || [];
    this.number = 0;
    this.asked = new Map();
    this.views = new Set();
    this.ackTimer = 0;
    model.on("msg:custom", (message) => this.take(message));
  }

  /** A model that no view shows asks for nothing: the first view says hello, the last one says bye. */
  attach(view) {
    if (!this.views.size) {
      this.line = new Line(this.model);
      this.line.send("hello");
    }
    this.views.add(view);
  }

  detach(view) {
    this.views.delete(view);
    if (this.views.size) return;
    clearTimeout(this.ackTimer);
    this.ackTimer = 0;
    this.line.send("bye");
    this.line.close();
  }

  take(message) {
    if (message.kind === "batch") {
      const anew = message.view !== this.view;
      if (anew) {
        this.view = message.view;
        this.rows.clear();
        this.asked.clear();
        this.count = 0;
        this.marks = [];
      }
      const before = this.count;
      this.keep(message.first, message.rows);
      this.count = message.count;
      this.all = message.all;
      this.totals = message.totals;
      this.health = message.health;
      if (message.marks) this.marks = message.marks;
      this.number = message.number;
      this.acknowledgeSoon();
      this.tell({ grown: anew ? 0 : this.count - before, anew });
    } else if (message.kind === "block" && message.view === this.view) {
      this.asked.delete(message.first);
      this.keep(message.first, message.rows);
      this.tell({ grown: 0, anew: false });
    } else if (message.kind === "csv") {
      const link = element("a", {
        href: URL.createObjectURL(new Blob([message.text], { type: "text/csv" })),
        download: "fills.csv",
      });
      link.click();
      setTimeout(() => URL.revokeObjectURL(link.href), 10000);
    }
  }

  keep(first, rows) {
    rows.forEach((row, offset) => this.rows.set(first + offset, row));
    if (this.rows.size <= KEPT_ROWS) return;
    // The map gives its keys in the order they came: what was seen longest ago goes first.
    let excess = this.rows.size - KEPT_ROWS;
    for (const position of this.rows.keys()) {
      if (excess-- <= 0) break;
      this.rows.delete(position);
    }
  }

  tell(change) {
    for (const view of this.views) view.changed(change);
  }

  acknowledgeSoon() {
    if (this.ackTimer) return;
    this.ackTimer = setTimeout(() => {
      this.ackTimer = 0;
      if (this.views.size) this.line.send("ack", { number: this.number });
    }, ACK_EVERY_MS);
  }

  /** Ask for the blocks that hold the positions from `first` to `last`, unless they are here or on their way. */
  want(first, last) {
    if (this.number === 0) return;
    const size = this.model.get("head").block;
    for (let start = Math.floor(first / size) * size; start <= last; start += size) {
      const askedAt = this.asked.get(start);
      if (askedAt && Date.now() - askedAt < ASK_AGAIN_MS) continue;
      const from = Math.max(first, start), to = Math.min(last, start + size - 1, this.count - 1);
      for (let position = from; position <= to; position++) {
        if (!this.rows.has(position)) {
          this.asked.set(start, Date.now());
          this.line.send("block", { view: this.view, first: start });
          break;
        }
      }
    }
  }
}
