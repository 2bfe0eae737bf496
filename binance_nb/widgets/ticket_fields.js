// The fields of a ticket, drawn as the kernel names them: by parts, with units, steps, choices and complaints.

/** Add a step to a decimal text without going through binary fractions. */
function stepped(text, step, direction) {
  const decimals = (value) => (value.split(".")[1] || "").length;
  if (!/^\d*\.?\d*$/.test(text) || !step || Number(step) === 0) return text;
  const places = Math.max(decimals(text), decimals(step));
  const scaled = (value) => {
    const [whole, part = ""] = (value || "0").split(".");
    return BigInt((whole || "0") + part.padEnd(places, "0"));
  };
  const sum = scaled(text) + BigInt(direction) * scaled(step);
  if (sum <= 0n) return text;
  const digits = sum.toString().padStart(places + 1, "0");
  if (places === 0) return digits;
  return `${digits.slice(0, -places)}.${digits.slice(-places)}`.replace(/\.?0+$/, "");
}

/**
 * The fields of the form. `owner` is told what is edited (`edit(key, now)`) and what shall be filled in
 * (`fillIn(content)`).
 */
class FieldsView {
  constructor(owner) {
    this.owner = owner;
    this.inputs = {};
    this.shown = "";
    this.node = element("div", { class: "bnb-fields" });
  }

  value(key) {
    const { input } = this.inputs[key];
    return input.type === "checkbox" ? (input.checked ? "yes" : "") : input.value;
  }

  render(view, settled) {
    const fields = view.parts.flatMap((part) => part.fields);
    const key = JSON.stringify(view.parts.map((part) => [part.title, part.fields.map((one) => [one.key, one.options])]));
    if (key !== this.shown) {
      this.shown = key;
      this.rebuild(view);
    }
    for (const field of fields) this.fill(field, view, settled);
  }

  rebuild(view) {
    const focused = this.node.querySelector(":focus")?.closest("[data-field]")?.dataset.field;
    // What the page shows may be newer than what the kernel knows; if it is not, `fill` puts it right.
    const before = Object.fromEntries(Object.keys(this.inputs).map((key) => [key, this.value(key)]));
    this.inputs = {};
    this.node.replaceChildren(...view.parts.map((part) => this.part(part, view.parts.length > 1)));
    for (const { field } of Object.values(this.inputs)) {
      const chosen = field.options.length ? field.default : "";
      this.put(field.key, before[field.key] ?? (view.texts[field.key] || chosen));
    }
    if (focused && this.inputs[focused]) this.inputs[focused].input.focus();
  }

  part(part, many) {
    const fields = part.fields.map((field) => this.field(field));
    if (!many || !part.title) return element("div", { class: "bnb-part" }, ...fields);
    return element("fieldset", { class: "bnb-part", "data-part": part.name }, element("legend", {}, part.title), ...fields);
  }

  field(field) {
    const id = freshId(field.name), wrong = freshId(`${field.name}-wrong`);
    const input = this.control(field, id, wrong);
    const complaint = element("div", { id: wrong, class: "bnb-complaint" });
    this.inputs[field.key] = { input, complaint, field };
    const label = element("label", { for: id }, field.label);
    const attributes = { class: "bnb-field", "data-field": field.key };
    if (field.is_switch) {
      return element("div", { ...attributes, class: "bnb-field bnb-switch" }, element("span", {}, input, label), complaint);
    }
    const unit = element("span", { class: "bnb-unit" }, field.unit);
    this.inputs[field.key].unit = unit;
    const held = field.options.length ? input : element("span", { class: "bnb-amount" }, input, unit);
    const entry = element("span", { class: "bnb-entry" }, held);
    if (field.book) entry.append(this.book(field));
    return element("div", attributes, label, entry, complaint);
  }

  control(field, id, wrong) {
    const { owner } = this, { key } = field;
    if (field.is_switch) return element("input", { id, type: "checkbox", onchange: () => owner.edit(key, true) });
    if (field.options.length) {
      return element(
        "select",
        { id, onchange: () => owner.edit(key, true) },
        ...field.options.map(([value, text]) => element("option", { value }, text)),
      );
    }
    const input = element("input", {
      id,
      inputmode: "decimal",
      autocomplete: "off",
      "aria-describedby": wrong,
      oninput: () => owner.edit(key),
      onkeydown: (event) => {
        const direction = { ArrowUp: 1, ArrowDown: -1 }[event.key], step = this.inputs[key].field.step;
        if (!direction || !step) return;
        event.preventDefault();
        input.value = stepped(input.value.trim(), step, direction);
        owner.edit(key);
      },
    });
    return input;
  }

  book(field) {
    const buttons = ["bid", "ask"].map((which) =>
      element(
        "button",
        {
          type: "button",
          class: "bnb-small",
          "aria-label": `Take the best ${which} as the ${field.label.toLowerCase()}`,
          onclick: () => this.owner.fillIn({ field: field.key, book: which }),
        },
        which,
      ),
    );
    return element("span", { class: "bnb-book" }, ...buttons);
  }

  put(key, text) {
    const { input } = this.inputs[key];
    if (input.type === "checkbox") input.checked = text === "yes";
    else if (input.value !== text) input.value = text;
  }

  fill(field, view, settled) {
    const shown = this.inputs[field.key];
    shown.field = field;
    const { input, unit, complaint } = shown;
    const chosen = field.options.length ? field.default : "";
    if (settled) this.put(field.key, view.texts[field.key] || chosen);
    if (!field.options.length && !field.is_switch) input.placeholder = field.default || field.hint;
    if (unit) setText(unit, field.unit);
    const wrong = view.complaints[field.key];
    const wanted = wrong ? JSON.stringify(wrong) : "";
    if (complaint.dataset.shown !== wanted) {
      complaint.dataset.shown = wanted;
      complaint.replaceChildren(...(wrong ? this.complaint(field.key, wrong) : []));
    }
    if (wrong) input.setAttribute("aria-invalid", "true");
    else input.removeAttribute("aria-invalid");
  }

  complaint(key, wrong) {
    const offers = wrong.nearest.map((value) =>
      element(
        "button",
        {
          type: "button",
          class: "bnb-small bnb-nearest",
          "aria-label": `Use ${value}, the nearest valid value`,
          onclick: () => this.owner.fillIn({ field: key, value }),
        },
        `use ${value}`,
      ),
    );
    return [element("span", {}, wrong.sentence.replace(/; nearest: .*$/, "")), ...offers];
  }
}
