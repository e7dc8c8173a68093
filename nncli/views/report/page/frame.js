// The frame of the network's picture. A deep network is wider than a phone: the frame says how many layers lie beyond
// its edges, goes there, and follows the chosen neuron.

const frame = make("div", { class: "scroll" });
const beyond = [-1, 1].map((by) => {
  const button = make("button", { type: "button", class: by < 0 ? "beyond before" : "beyond", hidden: true });
  button.addEventListener("click", () => frame.scrollBy({ left: by * 0.7 * frame.clientWidth }));
  return button;
});

function buildFrame() {
  byId("diagram").append(frame, ...beyond);
  frame.addEventListener("scroll", () => later("beyond", showBeyond, true));
}

/** Say how many columns lie beyond either edge. */
function* showBeyond() {
  yield;
  const [from, to] = [frame.scrollLeft, frame.scrollLeft + frame.clientWidth];
  const columns = shown.map((_, k) => columnX(k - 1));
  const hidden = [columns.filter((x) => x - size.half < from), columns.filter((x) => x + size.half > to)].map(({ length }) => length);
  beyond.forEach((button, side) => {
    const words = make("span", { class: "unseen" }, ` columns to the ${side ? "right" : "left"}`);
    button.replaceChildren(side ? `${hidden[side]} more →` : `← ${hidden[side]} more`, words);
    button.hidden = !hidden[side];
    frame.classList.toggle(side ? "goes-on" : "goes-back", hidden[side] > 0);
  });
}

/** Bring the chosen neuron into sight. */
function* reveal() {
  yield;
  const node = nodeOf(state.layer, state.unit);
  const half = frame.clientWidth / 2;
  if (node && Math.abs(node.x - frame.scrollLeft - half) > half - 40) frame.scrollLeft = node.x - half;
  if (node?.group === document.activeElement) node.group.scrollIntoView({ block: "nearest", inline: "nearest" });
  yield* showBeyond();
}
