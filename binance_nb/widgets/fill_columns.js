// The columns of FillsTable: their order, headings and widths, and a row's texts as drawn and as copied.

const HEADINGS = {
  transaction_time: "Time (UTC)",
  symbol: "Symbol",
  product: "Product",
  side: "Side",
  position_side: "Position",
  last_executed_qty: "Quantity",
  last_executed_price: "Price",
  last_quote_qty: "Quote",
  commission_amount: "Fee",
  commission_asset: "Fee in",
  realized_pnl: "Realized PnL",
  is_maker: "Role",
  order_id: "Order",
  trade_id: "Trade",
  client_order_id: "Client order id",
  source: "Heard from",
};
/** The fields as columns, in the order in which they are read; one of tomorrow comes last. */
function inOrder(fields) {
  const known = Object.keys(HEADINGS).filter((name) => fields.includes(name));
  return [...known, ...fields.filter((name) => !(name in HEADINGS))];
}

const WIDTHS = {
  transaction_time: 168,
  symbol: 82,
  side: 68,
  last_executed_qty: 86,
  last_executed_price: 88,
  last_quote_qty: 118,
  commission_amount: 150,
  commission_asset: 60,
  is_maker: 60,
  order_id: 104,
  trade_id: 84,
  client_order_id: 200,
  source: 92,
  product: 86,
  position_side: 76,
  realized_pnl: 110,
};
const NUMBER = "bnb-number";
const CELL_CLASSES = {
  side: "bnb-side",
  last_executed_qty: NUMBER,
  last_executed_price: NUMBER,
  last_quote_qty: NUMBER,
  commission_amount: NUMBER,
  order_id: NUMBER,
  trade_id: NUMBER,
  realized_pnl: NUMBER,
};
const OF_FUTURES = ["product", "position_side", "realized_pnl"];
// Those of futures appear with the first fill of a future.
const HIDDEN_AT_FIRST = new Set(["commission_asset", "client_order_id", "source", ...OF_FUTURES]);
const PRODUCTS = { spot: "Spot", usdm: "USD-M" };

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
  if (name === "source" && text === "recovered") return "↻ recovered";
  if (name === "product") return PRODUCTS[text] || text;
  if (name === "side") return text === "BUY" ? "▲ BUY" : "▼ SELL";
  return text;
}

/** A cell for the clipboard: as in the frame, and not as it is drawn. */
function copied(name, row, fields) {
  const text = row[fields.indexOf(name)];
  return name === "transaction_time" ? clock(text) : text;
}
