// The page of StreamLight: one light, and the figures of the stream under it.

const FIGURES = {
  connected_since: "Connected since (UTC)",
  last_event: "Last event",
  events: "Events",
  reports: "Reports",
  reconnects: "Reconnects",
  gaps: "Gaps",
  recovered: "Recovered",
  lag_ms: "Lag",
  clock_offset_ms: "Clock offset",
};
const NOTES = {
  last_event: "how long ago the last event of the account came; none comes while nothing happens",
  recovered: "reports that were missed and completed from the exchange's lists",
  lag_ms: "from the exchange's time of the last event to its arrival here",
  clock_offset_ms: "the exchange's clock minus this machine's",
};

function ago(ms) {
  const seconds = Math.max(0, Math.round(ms / 1000));
  if (seconds < 60) return `${seconds} s ago`;
  if (seconds < 3600) return `${Math.floor(seconds / 60)} min ago`;
  return `${Math.floor(seconds / 3600)} h ago`;
}

class LightView extends View {
  constructor(model, root) {
    super(model, root);
    const timer = setInterval(this.show, 1000);
    this.undo.push(() => clearInterval(timer));
  }

  build(root) {
    const title = freshId("light");
    this.badge = environmentBadge();
    this.title = element("h3", { id: title });
    this.light = healthLight();
    this.light.setAttribute("role", "status");
    this.places = {};
    this.problem = element("p", { class: "bnb-problem" });
    this.deadLine = deadLine(
      "The kernel behind this light is gone: these are the last figures it told. Run its cell again.",
    );
    const figures = Object.entries(FIGURES).map(([name, heading]) => {
      this.places[name] = element("dd", {});
      return element("div", { title: NOTES[name] }, element("dt", {}, heading), this.places[name]);
    });
    this.card = element(
      "section",
      { class: "bnb bnb-stream-light", "aria-labelledby": title },
      element("header", {}, this.badge, this.title, this.light),
      this.deadLine,
      element("dl", {}, ...figures),
      this.problem,
    );
    root.append(this.card);
  }

  render(view) {
    if (!view.figures) return;
    showEnvironment(this.badge, view.environment, view.money);
    setText(this.title, view.title);
    showLight(this.light, this.dead ? NO_KERNEL : view);
    const since = view.connected_since && new Date(view.connected_since).toISOString().slice(0, 19).replace("T", " ");
    // Without a kernel no clock runs on: when the last event was is then told as a moment.
    const moment = view.last_event && new Date(view.last_event).toISOString().slice(11, 19);
    const last = view.last_event && (this.dead ? moment : ago(this.line.now() - view.last_event));
    const told = { ...view.figures, connected_since: since, last_event: last };
    for (const [name, place] of Object.entries(this.places)) setText(place, told[name] || "–");
    this.problem.hidden = !view.problem || view.light === "off";
    setText(this.problem, `Last problem: ${view.problem}`);
  }
}

export default { render: ({ model, el }) => opened(el, () => new LightView(model, el)) };
