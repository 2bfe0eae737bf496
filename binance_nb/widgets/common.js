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
    this.heardAt = Date.now();
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
  /** Milliseconds since the kernel said anything. */
  get silence() {
    return Date.now() - this.heardAt;
  }
  close() {
    clearInterval(this.timer);
    this.model.off("msg:custom", this.onMessage);
  }
}

/** Call `tell(true)` when the kernel behind a widget is gone (the front end marks the widget), `tell(false)` when it is back. */
function watchKernel(root, tell) {
  const gone = () => Boolean(root.closest(".jupyter-widgets-disconnected"));
  let last = null;
  const look = () => {
    const now = gone();
    if (now !== last) tell((last = now));
  };
  const observer = new MutationObserver(look);
  observer.observe(root, { attributes: true, attributeFilter: ["class"] });
  look();
  return () => observer.disconnect();
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

/** The badge that says where orders go. */
function showEnvironment(badge, environment, money) {
  badge.dataset.environment = environment;
  setText(badge.firstChild, environment.toUpperCase());
  setText(badge.lastChild, money);
}

function environmentBadge() {
  return element("div", { class: "bnb-badge" }, element("strong"), element("span"));
}
