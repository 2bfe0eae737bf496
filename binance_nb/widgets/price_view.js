// The page of PriceView: the best prices, a ladder of the nearest levels, and two pictures.

const LADDER = 7;
const SIDES = { ask: "▼ Ask", bid: "▲ Bid" };

class PricePage extends View {
  constructor(model, root) {
    super(model, root);
    const sizes = new ResizeObserver(() => this.show());
    sizes.observe(this.pictures);
    this.undo.push(() => sizes.disconnect());
  }

  build(root) {
    this.depth = new DepthChart();
    this.mids = new MidLine();
    const title = freshId("price");
    this.badge = environmentBadge();
    this.title = element("h3", { id: title });
    this.at = element("span", { class: "bnb-at bnb-quiet" });
    this.quotes = {};
    const quote = (name, label) => {
      this.quotes[name] = element("dd");
      return element("div", { class: `bnb-quote-${name}` }, element("dt", {}, label), this.quotes[name]);
    };
    this.best = element(
      "dl",
      { class: "bnb-best" },
      quote("bid", "▲ Bid"),
      quote("mid", "Mid"),
      quote("ask", "▼ Ask"),
      quote("spread", "Spread"),
    );
    this.levels = {};
    for (const side of Object.keys(SIDES)) {
      this.levels[side] = Array.from({ length: LADDER }, () => this.makeLevel(side));
    }
    this.between = element("td", { colspan: 4 });
    const ladder = element(
      "table",
      { class: "bnb-ladder", "aria-label": "The nearest levels of the book" },
      element(
        "thead",
        {},
        element(
          "tr",
          {},
          element("th", { scope: "col" }, "Side"),
          ...["Price", "Quantity", "Sum"].map((text) => element("th", { scope: "col", class: "bnb-number" }, text)),
        ),
      ),
      // The best of both sides meet in the middle.
      element(
        "tbody",
        {},
        ...this.levels.ask.map((level) => level.node).reverse(),
        element("tr", { class: "bnb-between" }, this.between),
        ...this.levels.bid.map((level) => level.node),
      ),
    );
    this.pictures = element("div", { class: "bnb-pictures" }, this.depth.node, this.mids.node);
    this.body = element("div", { class: "bnb-market bnb-live" }, ladder, this.pictures);
    this.empty = element("p", { class: "bnb-empty" }, "Asking for the order book …");
    this.notes = element("div", { class: "bnb-notes" });
    this.deadLine = deadLine(
      "The kernel behind this market is gone: these are the last prices that it knew. Run its cell again.",
    );
    this.card = element(
      "section",
      { class: "bnb bnb-card bnb-price", "aria-labelledby": title },
      element("header", {}, this.badge, this.title, element("span", { class: "bnb-fill" }), this.at),
      this.deadLine,
      this.notes,
      this.best,
      this.empty,
      this.body,
    );
    root.append(this.card);
  }

  makeLevel(side) {
    const cells = ["price", "quantity", "sum"].map((name) => element("td", { class: `bnb-number bnb-cell-${name}` }));
    const node = element("tr", { "data-side": side }, element("th", { scope: "row" }, SIDES[side]), ...cells);
    return { node, cells };
  }

  render(view) {
    if (!view || !view.bids) return;
    showEnvironment(this.badge, view.environment, view.money);
    setText(this.title, view.product ? `${view.symbol} · ${view.product}` : view.symbol);
    this.card.classList.toggle("bnb-is-dead", this.dead);
    setText(this.at, view.at ? `as of ${new Date(view.at).toISOString().slice(11, 19)} UTC` : "");
    for (const name of ["bid", "mid", "ask"]) setText(this.quotes[name], view[name] ? grouped(view[name]) : "–");
    setText(this.quotes.spread, view.spread ? `${grouped(view.spread)} · ${view.spread_bps} bp` : "–");
    this.empty.hidden = view.known || view.notes.length > 0;
    this.body.hidden = !view.known;
    showNotes(this.notes, view.notes);
    if (!view.known) return;
    const sides = { ask: summedUp(view.asks.slice(0, LADDER)), bid: summedUp(view.bids.slice(0, LADDER)) };
    const most = Math.max(...Object.values(sides).map((levels) => levels.at(-1)?.sum || 0)) || 1;
    const shown = [...view.asks.slice(0, LADDER), ...view.bids.slice(0, LADDER)];
    const [ticks, steps] = [0, 1].map((column) => Math.max(0, ...shown.map((level) => digitsOf(level[column]))));
    for (const [side, levels] of Object.entries(sides)) {
      const told = side === "ask" ? view.asks : view.bids;
      this.levels[side].forEach((row, place) => {
        const level = levels[place];
        row.node.hidden = !level;
        if (!level) return;
        const [price, size] = told[place];
        const texts = [padded(price, ticks), padded(size, steps), level.sum.toFixed(steps)].map(grouped);
        row.cells.forEach((cell, column) => setText(cell, texts[column]));
        row.node.style.setProperty("--bnb-part", `${(level.sum / most) * 100}%`);
      });
    }
    setText(this.between, view.spread ? `spread ${grouped(view.spread)}` : "one side of the book is empty");
    const width = Math.floor(this.pictures.clientWidth);
    this.depth.draw(view, width);
    this.mids.draw(view, width);
  }
}

function digitsOf(text) {
  return (text.split(".")[1] || "").length;
}

/** A decimal text with so many digits behind its point, so that points stand below each other. */
function padded(text, digits) {
  const [whole, part = ""] = text.split(".");
  return digits ? `${whole}.${part.padEnd(digits, "0")}` : whole;
}

export default { render: ({ model, el }) => opened(el, () => new PricePage(model, el)) };
