// The pictures of a market: what could be bought and sold at which price, and where the price has been.

const SVG = svgNamespace();

/** The name of the kind of elements that pictures are made of, as the page itself knows it. */
function svgNamespace() {
  const template = document.createElement("template");
  template.innerHTML = "<svg></svg>";
  return template.content.firstChild.namespaceURI;
}

/** Make an element of a picture. */
function drawn(tag, attributes = {}, ...children) {
  const made = document.createElementNS(SVG, tag);
  for (const [name, value] of Object.entries(attributes)) made.setAttribute(name, value);
  made.append(...children);
  return made;
}

/** The levels of one side, best first, each with all that is offered up to it. */
function summedUp(levels) {
  let sum = 0;
  return levels.map(([price, size]) => ({ price: Number(price), size: Number(size), sum: (sum += Number(size)) }));
}

/** A number for reading, of about four digits. */
function rough(value) {
  if (!value) return "0";
  return value.toLocaleString("en-US", { maximumFractionDigits: value >= 1000 ? 0 : value >= 1 ? 2 : 5 });
}

/** How far from the mid nine of ten levels lie. */
function mostOf(levels, mid) {
  return Math.abs(levels[Math.floor((levels.length - 1) * 0.9)].price - mid);
}

const EDGE = 18;

/**
 * The depth of the book: bids rise to the left of the mid, asks to the right of it, as far on both sides.
 * Bids are a plain area under an unbroken line, asks a hatched one under a broken line, and both say their name.
 */
class DepthChart {
  constructor(height = 212) {
    this.height = height;
    const hatch = (this.hatch = freshId("hatch"));
    this.shapes = drawn("g");
    this.node = drawn(
      "svg",
      { class: "bnb-depth", role: "img", height },
      drawn(
        "defs",
        {},
        drawn(
          "pattern",
          { id: hatch, width: 6, height: 6, patternUnits: "userSpaceOnUse", patternTransform: "rotate(45)" },
          drawn("line", { x1: 0, y1: 0, x2: 0, y2: 6, class: "bnb-hatch" }),
        ),
      ),
      this.shapes,
    );
  }

  draw(view, width) {
    const bids = summedUp(view.bids), asks = summedUp(view.asks), mid = Number(view.mid);
    this.shapes.replaceChildren();
    this.node.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.node.setAttribute("width", width);
    if (!bids.length || !asks.length || width < 60) {
      this.node.setAttribute("aria-label", "No depth to draw");
      return;
    }
    // As far to one side as to the other, and so far that most of the levels are in it: a few that lie far out would
    // leave no room for the rest.
    const reach = Math.max(mostOf(bids, mid), mostOf(asks, mid)) || mid / 1000;
    const inside = (level) => Math.abs(level.price - mid) <= reach * 1.0001;
    const near = { bid: bids.filter(inside), ask: asks.filter(inside) };
    const most = Math.max(near.bid.at(-1)?.sum || 0, near.ask.at(-1)?.sum || 0) || 1;
    const floor = this.height - EDGE, top = 16;
    const x = (price) => width / 2 + ((price - mid) / reach) * (width / 2 - 1);
    const y = (sum) => floor - (sum / most) * (floor - top);
    for (const [side, levels] of Object.entries(near)) {
      if (!levels.length) continue;
      let line = `M ${x(levels[0].price)} ${floor}`;
      for (const level of levels) line += ` H ${x(level.price)} V ${y(level.sum)}`;
      line += ` H ${side === "bid" ? 1 : width - 1}`;
      const fill = side === "ask" ? { style: `fill: url(#${this.hatch})` } : {};
      this.shapes.append(
        drawn("path", { class: `bnb-area bnb-${side}-area`, d: `${line} V ${floor} Z`, ...fill }),
        drawn("path", { class: `bnb-edge bnb-${side}-edge`, d: line }),
      );
    }
    const text = (words, at, line, anchor, kind = "") =>
      this.shapes.append(drawn("text", { x: at, y: line, "text-anchor": anchor, class: kind }, words));
    this.shapes.append(
      drawn("line", { x1: 0, x2: width, y1: floor, y2: floor, class: "bnb-axis" }),
      drawn("line", { x1: width / 2, x2: width / 2, y1: top, y2: floor, class: "bnb-middle" }),
    );
    const digits = (view.ask.split(".")[1] || "").length;
    const price = (value) => grouped(value.toFixed(Math.min(digits, 8)));
    text(price(mid - reach), 1, this.height - 4, "start");
    text(price(mid), width / 2, this.height - 4, "middle");
    text(price(mid + reach), width - 1, this.height - 4, "end");
    const bidSum = near.bid.at(-1)?.sum || 0, askSum = near.ask.at(-1)?.sum || 0;
    text(`▲ bids ${rough(bidSum)}`, 1, 11, "start", "bnb-bid-text");
    text(`▼ asks ${rough(askSum)}`, width - 1, 11, "end", "bnb-ask-text");
    const percent = ((reach / mid) * 100).toPrecision(2);
    this.node.setAttribute(
      "aria-label",
      `Depth within ${percent} % of the mid price: ${rough(bidSum)} bid, ${rough(askSum)} asked`,
    );
  }
}

/** A line of the mid price over the last minutes, with its lowest and its highest. */
class MidLine {
  constructor(height = 84) {
    this.height = height;
    this.node = drawn("svg", { class: "bnb-midline", role: "img", height });
  }

  draw(view, width) {
    const points = view.mids.map(([moment, price]) => [moment, Number(price)]);
    this.node.setAttribute("viewBox", `0 0 ${width} ${this.height}`);
    this.node.setAttribute("width", width);
    this.node.replaceChildren();
    if (points.length < 2 || width < 60) {
      this.node.setAttribute("aria-label", "The mid price, once it has been seen for a while");
      return;
    }
    const prices = points.map((point) => point[1]);
    const low = Math.min(...prices), high = Math.max(...prices);
    const first = points[0][0], last = points.at(-1)[0];
    const words = 74, right = width - words, top = 6, floor = this.height - 6;
    const x = (moment) => 1 + ((moment - first) / (last - first || 1)) * (right - 6);
    const y = (price) => (high === low ? (top + floor) / 2 : floor - ((price - low) / (high - low)) * (floor - top));
    const line = points.map(([moment, price], place) => `${place ? "L" : "M"} ${x(moment)} ${y(price)}`).join(" ");
    const digits = Math.min((view.ask.split(".")[1] || "").length, 8);
    const price = (value) => grouped(value.toFixed(digits));
    const end = points.at(-1);
    this.node.append(
      drawn("path", { class: "bnb-mid-edge", d: line }),
      drawn("circle", { class: "bnb-mid-end", cx: x(end[0]), cy: y(end[1]), r: 3 }),
      drawn("text", { x: width - 1, y: top + 8, "text-anchor": "end" }, `↑ ${price(high)}`),
      drawn("text", { x: width - 1, y: floor + 2, "text-anchor": "end" }, `↓ ${price(low)}`),
    );
    const minutes = (last - first) / 60000;
    const span = minutes < 1.5 ? `${Math.round(minutes * 60)} seconds` : `${Math.round(minutes)} minutes`;
    this.node.setAttribute(
      "aria-label",
      `The mid price of the last ${span}: between ${price(low)} and ${price(high)}, now ${price(end[1])}`,
    );
  }
}
