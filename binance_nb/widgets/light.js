// The light of a stream's health: a colour, a shape and a word for each state, so that none of them is needed alone.

const NO_KERNEL = { light: "dead", word: "no kernel" };

function healthLight() {
  return element("span", { class: "bnb-light" }, element("i", { "aria-hidden": "true" }), element("span"));
}

/** Show `{light, word}`; the light is hidden while nothing is known. */
function showLight(target, { light, word }) {
  target.hidden = !word;
  if (target.dataset.light !== light) target.dataset.light = light || "";
  setText(target.lastChild, word || "");
}
