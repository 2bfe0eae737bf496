// The page of AccountView: one row an asset, the most valuable first; a row that changes says which way and flashes.

const SIGNS = {
  up: ["▲", "more than before"],
  down: ["▼", "less than before"],
  moved: ["⇄", "moved between free and locked"],
};
const SIGN_MS = 6000;
// From so many assets on there is a field to find one.
const MANY = 12;

class AccountPage extends View {
  build(root) {
    this.rows = new Map();
    const title = freshId("account"), { product, columns } = this.model.get("view");
    this.columns = { ...Object.fromEntries(columns), value: "Value" };
    this.badge = environmentBadge();
    this.worth = element("span", { class: "bnb-worth" });
    this.find = element("input", {
      class: "bnb-find",
      autocomplete: "off",
      spellcheck: "false",
      placeholder: "Find asset",
      "aria-label": "Find an asset",
      oninput: () => this.show(),
    });
    this.head = Object.fromEntries(
      Object.entries(this.columns).map(([name, text]) => [
        name,
        element("th", { scope: "col", class: `bnb-number bnb-cell-${name}` }, text),
      ]),
    );
    this.body = element("tbody");
    this.table = element(
      "table",
      { "aria-labelledby": title },
      element("thead", {}, element("tr", {}, element("th", { scope: "col" }, "Asset"), ...Object.values(this.head))),
      this.body,
    );
    this.empty = element("p", { class: "bnb-empty" });
    this.notes = element("div", { class: "bnb-notes" });
    this.deadLine = deadLine(
      "The kernel behind this account is gone: these are the last balances that it knew. Run its cell again.",
    );
    this.card = element(
      "section",
      {
        class: `bnb bnb-card ${product ? "bnb-of-futures " : ""}bnb-account`,
        "aria-labelledby": title,
        // JupyterLab takes single keys for itself unless they are kept here.
        onkeydown: (event) => event.stopPropagation(),
      },
      element(
        "header",
        {},
        this.badge,
        element("h3", { id: title }, "Account"),
        element("span", { class: "bnb-fill" }),
        this.find,
        this.worth,
      ),
      this.deadLine,
      this.notes,
      element("div", { class: "bnb-table bnb-live", tabindex: "0", role: "region", "aria-label": "Table of balances" }, this.table),
      this.empty,
    );
    root.append(this.card);
  }

  render(view) {
    if (!view || !view.rows) return;
    showEnvironment(this.badge, view.environment, view.money, view.product);
    this.card.classList.toggle("bnb-is-dead", this.dead);
    setText(this.head.value, `Value in ${view.quote}`);
    this.worth.hidden = !view.worth;
    const unpriced = view.unpriced ? `, ${view.unpriced} without a price` : "";
    const worth = `${view.worth} ${view.quote}`;
    if (this.shownWorth !== worth + unpriced) {
      this.shownWorth = worth + unpriced;
      this.worth.replaceChildren("≈ ", element("strong", {}, worth), unpriced);
    }
    this.find.hidden = view.rows.length < MANY;
    const wanted = this.find.hidden ? "" : this.find.value.trim().toUpperCase();
    const rows = view.rows.filter((row) => row.asset.toUpperCase().includes(wanted));
    this.table.hidden = !rows.length;
    this.empty.hidden = rows.length > 0;
    const nothing = wanted ? `No asset is called ${wanted}.` : "The account is empty.";
    setText(this.empty, view.known ? nothing : "Asking for the balances …");
    showNotes(this.notes, view.notes);
    this.renderRows(rows);
  }

  renderRows(rows) {
    const wanted = new Set(rows.map((row) => row.asset));
    for (const [asset, made] of this.rows) {
      if (wanted.has(asset)) continue;
      made.node.remove();
      this.rows.delete(asset);
    }
    let before = null;
    for (const row of rows) {
      let made = this.rows.get(row.asset);
      if (!made) this.rows.set(row.asset, (made = this.makeRow(row)));
      const place = before ? before.nextSibling : this.body.firstChild;
      if (made.node !== place) this.body.insertBefore(made.node, place);
      before = made.node;
      for (const [name, cell] of Object.entries(made.cells)) {
        setText(cell, name === "value" ? row.value || "–" : grouped(row[name]));
      }
      if (made.turn !== row.turn) this.turn(made, row);
    }
  }

  turn(made, row) {
    made.turn = row.turn;
    const [sign, words] = SIGNS[row.direction] || ["", ""];
    made.node.dataset.direction = row.direction;
    setText(made.sign, sign);
    made.sign.title = words;
    made.node.classList.remove("bnb-flash");
    void made.node.offsetWidth; // so that the flash begins anew
    made.node.classList.add("bnb-flash");
    clearTimeout(made.timer);
    made.timer = setTimeout(() => setText(made.sign, ""), SIGN_MS);
  }

  makeRow(row) {
    const cells = Object.fromEntries(
      Object.keys(this.columns).map((name) => [name, element("td", { class: `bnb-number bnb-cell-${name}` })]),
    );
    const sign = element("span", { class: "bnb-turn", "aria-hidden": "true" });
    const asset = element("th", { scope: "row" }, row.asset, sign);
    const node = element("tr", { "data-asset": row.asset }, asset, ...Object.values(cells));
    return { node, cells, sign, turn: row.turn, timer: 0 };
  }
}

export default { render: ({ model, el }) => opened(el, () => new AccountPage(model, el)) };
