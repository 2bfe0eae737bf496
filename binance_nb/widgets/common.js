// What the widgets share: building elements, talking to the kernel, and noticing that it is gone.

/** Make an element: `element("button", {class: "x", onclick: f}, "text", child)`. A null child is left out. */
function element(tag, properties = {}, ...children) {
  const made = document.createElement(tag);
  for (const [name, value] of Object.entries(properties)) {
    if (name.startsWith("on")) made.addEventListener(name.slice(2), value);
    else if (value === true) made.setAttribute(name, "");
    else if (value !== false && value !== null && value !== undefined) made.setAttribute(name, value);
  }
  made.append(...children.filter((child) => child !== null && child !== undefined));
  return made;
}

/** Set a text only where it changed, so that a selection or a screen reader's place is not lost. */
function setText(target, text) {
  if (target.textContent !== text) target.textContent = text;
}

/** A decimal text with its thousands set apart, for reading. */
function grouped(text) {
  const [whole, part] = text.split(".");
  const spaced = whole.replace(/\B(?=(\d{3})+$)/g, ",");
  return part === undefined ? spaced : `${spaced}.${part}`;
}

let lastNumber = 0;
/** An id that no other element of the page has, for labels. */
function freshId(stem) {
  lastNumber += 1;
  return `bnb-${stem}-${lastNumber}-${Math.random().toString(36).slice(2, 8)}`;
}

const PING_EVERY_MS = 4000;

/**
 * The line to the kernel of one widget model.
 *
 * Every message carries the moment of the click on the kernel's clock, so that the kernel can tell one that waited
 * behind a busy cell. The two clocks are compared by pings; the answer with the shortest way there and back counts.
 */
class Line {
  constructor(model) {
    this.model = model;
    this.offset = 0;
    this.shortest = Infinity;
    this.startedAt = Date.now();
    this.heardAt = 0;
    this.restartedAt = 0;
    this.onMessage = (message) => {
      this.heardAt = Date.now();
      if (message.kind === "heard") this.onHeard?.(message.event);
      if (message.kind !== "pong") return;
      const back = Date.now(), way = back - message.sent;
      if (way < this.shortest) {
        this.shortest = way;
        // Below this the clocks are the same for every purpose here.
        const offset = message.kernel - (message.sent + back) / 2;
        this.offset = Math.abs(offset) < 50 ? 0 : offset;
      }
    };
    model.on("msg:custom", this.onMessage);
    this.timer = setInterval(() => this.ping(), PING_EVERY_MS);
    this.ping();
  }
  now() {
    return Date.now() + this.offset;
  }
  ping() {
    this.send("ping", { sent: Date.now() });
  }
  send(event, content = {}) {
    try {
      this.model.send({ event, at: this.now(), ...content });
    } catch (error) {
      console.warn("binance_nb: a message did not leave the page", error);
    }
  }
  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.onMessage);
  }
}

const GONE = ["restarting", "autorestarting", "terminating", "dead"];
const SILENT_MS = 10000;

/**
 * Call `tell(true)` when the kernel that made a widget is gone, `tell(false)` when it turns out not to be.
 *
 * A front end marks a widget whose connection was lost, but not one whose kernel was restarted: that one simply never
 * answers again. So the state of the kernel is watched, and a kernel that is idle and silent counts as gone too.
 */
function watchKernel(root, line, tell) {
  const kernel = line.model.widget_manager?.kernel;
  let restarted = false, last = null;
  const look = () => {
    if (line.heardAt > line.restartedAt) restarted = false;
    const unanswered = kernel?.status === "idle" && Date.now() - Math.max(line.heardAt, line.startedAt) > SILENT_MS;
    const now = restarted || unanswered || Boolean(root.closest(".jupyter-widgets-disconnected"));
    if (now !== last) tell((last = now));
  };
  const onStatus = (_sender, status) => {
    if (GONE.includes(status)) {
      restarted = true;
      line.restartedAt = Date.now();
    }
    look();
  };
  kernel?.statusChanged?.connect(onStatus);
  const observer = new MutationObserver(look);
  observer.observe(root, { attributes: true, attributeFilter: ["class"] });
  const timer = setInterval(look, 2000);
  look();
  return () => {
    kernel?.statusChanged?.disconnect(onStatus);
    observer.disconnect();
    clearInterval(timer);
  };
}

/** Show what went wrong in the page itself, in the widget, where the person looks. */
function guarded(root, work) {
  return (...values) => {
    try {
      return work(...values);
    } catch (error) {
      console.error(error);
      let place = root.querySelector(".bnb-alert");
      if (!place) root.prepend((place = element("div", { class: "bnb-alert", role: "alert" })));
      place.hidden = false;
      place.textContent = `The page could not show this: ${error.message}`;
      return undefined;
    }
  };
}

/** Make a view within an element; returns what closes it. */
function opened(root, make) {
  let view;
  guarded(root, () => (view = make()))();
  return () => view && view.close();
}

/** The line that says that the kernel is gone, and what that means here. */
function deadLine(text) {
  return element("p", { class: "bnb-dead", role: "alert", hidden: true }, text);
}

/** One alert line, kept equal to the model's `alert`. */
function alertLine(model, root) {
  const line = element("div", { class: "bnb-alert", role: "alert" });
  const show = () => {
    line.hidden = !model.get("alert");
    setText(line, model.get("alert"));
  };
  model.on("change:alert", show);
  show();
  root.append(line);
  return () => model.off("change:alert", show);
}

/** What could not be read, a line each; redrawn only where it changed. */
function showNotes(place, notes) {
  const text = notes.join("\n");
  if (place.dataset.shown === text) return;
  place.dataset.shown = text;
  place.replaceChildren(...notes.map((note) => element("p", {}, note)));
}

/**
 * Hide the plain words that stand beside a widget, for as long as its card is in the page. They are for where no script
 * runs, such as a page made by nbconvert; `words` of the model names them.
 */
function hideWords(model, card) {
  const style = element("style"), names = () => model.get("words") || [];
  const show = () => {
    const found = names().map((name) => `.${name}, .jp-OutputArea-child:has(> * > .${name})`);
    setText(style, found.length ? `${found.join(", ")} { display: none; }` : "");
  };
  model.on("change:words", show);
  show();
  card.append(style);
  return () => model.off("change:words", show);
}

/** The badge that says where orders go; a product is named where it is not spot. */
function showEnvironment(badge, environment, money, product = "") {
  badge.dataset.environment = environment;
  setText(badge.firstChild, [product, environment.toUpperCase()].filter(Boolean).join(" · "));
  setText(badge.lastChild, money);
}

function environmentBadge() {
  return element("div", { class: "bnb-badge" }, element("strong"), element("span"));
}
