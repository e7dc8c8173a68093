// The network as a picture: neurons in columns, edges by weight.

const COLUMN = 11; // neurons on show in one column; a longer one leaves out its middle
const RADIUS = 19;
const HEAD = 44; // room for the columns' titles
const HEIGHT = 400; // of the neurons, where they are few enough to spread

/** The largest weight of each layer: edges are drawn in proportion to it. */
const heaviest = network.layers.map(
  ({ weights }) => weights.reduce((most, weight) => Math.max(most, Math.abs(weight)), 0) || 1,
);

let nodes = new Map(); // "1.2" -> {group, circle, value, layer, unit, x, y}; layer -1 holds the inputs
let edges = []; // {line, layer, unit}

const nodeOf = (layer, unit) => nodes.get(`${layer}.${unit}`);

/** Return the units of a column that are on show, the chosen one among them. */
function onShow(count, chosen) {
  if (count <= COLUMN) return Array.from({ length: count }, (_, i) => i);
  const half = (COLUMN - 1) / 2;
  const ends = Array.from({ length: half }, (_, i) => [i, count - 1 - i]).flat();
  return [...new Set([...ends, ...(chosen === null ? [] : [chosen])])].sort((i, j) => i - j);
}

const diagramPanel = {
  render: (_, what) => {
    if (what.has("size")) buildDiagram();
    else if (what.has("values") || what.has("choice")) showDiagram();
  },
};

/** Lay the columns out in the width there is, and draw everything anew. */
function buildDiagram() {
  const width = Math.max(byId("diagram").clientWidth, 240);
  const columns = [network.inputs.length, ...network.layers.map(({ units }) => units)].map((count, k) =>
    slots(count, k - 1),
  );
  const tallest = Math.max(...columns.map((column) => column.length));
  const longest = (names) => names.reduce((most, name) => Math.max(most, [...name].length), 0);
  const margin = (names) => 28 + Math.min(width < 520 ? 52 : 114, 7 * longest(names));
  const [left, right] = [margin(network.inputs), margin(network.kind === "binary" ? [] : (network.outputs ?? []))];
  const gap = Math.max(66, (width - left - right) / (columns.length - 1));
  const step = Math.min(width < 520 ? 58 : 80, Math.max(47, HEIGHT / tallest)); // from one neuron of a column to the next
  const size = {
    left,
    right,
    gap,
    step,
    tallest,
    height: HEAD + tallest * step,
    width: left + right + gap * (columns.length - 1),
  };
  nodes = new Map();
  edges = [];
  const layers = columns.map((column, k) => drawColumn(column, k - 1, size));
  const picture = draw(
    "svg",
    {
      width: size.width,
      height: size.height,
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "group",
      "aria-label": "The network's neurons",
    },
    draw("g", { class: "edges", "aria-hidden": "true" }, ...columns.flatMap((_, k) => (k ? drawEdges(k - 1) : []))),
    ...layers,
  );
  const box = make("div", { class: "scroll" }, picture);
  byId("diagram").replaceChildren(box);
  showDiagram();
}

/** Return a column's places from the top: units, and {more} where some are left out. */
function slots(count, layer) {
  const places = [];
  let next = 0;
  for (const unit of onShow(count, layer === state.layer ? state.unit : null)) {
    if (unit > next) places.push({ more: unit - next });
    places.push({ unit });
    next = unit + 1;
  }
  return places;
}

function drawColumn(places, layer, { left, gap, step, tallest }) {
  const x = left + gap * (layer + 1);
  const top = HEAD + step / 2 + ((tallest - places.length) * step) / 2;
  const about =
    layer < 0 ? ["inputs", ""] : [cut(layerName(layer), gap > 110 ? 18 : 11), network.layers[layer].activation];
  const title = draw("text", { class: "column", x, y: 14, "aria-hidden": "true" }, about[0]);
  const second = draw("text", { class: "column muted", x, y: 30, "aria-hidden": "true" }, about[1]);
  const drawn = places.map((place, k) => {
    const y = top + k * step;
    if (place.more)
      return draw(
        "text",
        { class: "more", x, y: y + 4 },
        gap > 90 ? `+${grouped(place.more)} more` : `+${grouped(place.more)}`,
      );
    return layer < 0 ? drawInput(place.unit, x, y) : drawNeuron(layer, place.unit, x, y);
  });
  return draw("g", {}, title, second, ...drawn);
}

function drawInput(unit, x, y) {
  const name = network.inputs[unit];
  const value = draw("text", { class: "value", x, y: y + 4 });
  const group = draw(
    "g",
    { class: "input", role: "img" },
    draw("title", {}, name),
    draw("rect", { x: x - RADIUS, y: y - 14, width: 2 * RADIUS, height: 28, rx: 4 }),
    value,
    draw("text", { class: "name before", x: x - RADIUS - 6, y: y + 4 }, cut(name, marginLetters())),
  );
  nodes.set(`-1.${unit}`, { group, value, layer: -1, unit, x, y });
  return group;
}

function drawNeuron(layer, unit, x, y) {
  const name = outputName(layer, unit);
  const circle = draw("circle", { cx: x, cy: y, r: RADIUS });
  const value = draw("text", { class: "value", x, y: y + 4 });
  const group = draw(
    "g",
    {
      class: "neuron",
      role: "button",
      tabindex: 0,
      "data-layer": layer,
      "data-unit": unit,
      "aria-controls": "arithmetic",
    },
    circle,
    value,
  );
  group.addEventListener("focus", () => select(layer, unit));
  group.addEventListener("click", () => {
    group.focus();
    select(layer, unit);
  });
  group.addEventListener("keydown", moveFocus);
  nodes.set(`${layer}.${unit}`, { group, circle, value, layer, unit, x, y });
  if (!name) return group;
  const label = draw(
    "text",
    { class: "name", x: x + RADIUS + 6, y: y + 4, "aria-hidden": "true" },
    draw("title", {}, name),
    cut(name, marginLetters()),
  );
  return draw("g", {}, group, label); // beside the button, whose own label has the name
}

const marginLetters = () => (byId("diagram").clientWidth < 520 ? 7 : 15);

function drawEdges(layer) {
  const { weights, units } = network.layers[layer];
  const [from, to] = [layer - 1, layer].map((of) => [...nodes.values()].filter((node) => node.layer === of));
  return from.flatMap((start) =>
    to.map((end) => {
      const weight = weights[start.unit * units + end.unit];
      const line = draw("line", {
        class: `edge ${weight < 0 ? "negative" : "positive"}`,
        x1: start.x + RADIUS,
        y1: start.y,
        x2: end.x - RADIUS,
        y2: end.y,
        "stroke-width": (0.4 + (3.2 * Math.abs(weight)) / heaviest[layer]).toFixed(2),
      });
      edges.push({ line, layer, unit: end.unit });
      return line;
    }),
  );
}

/** Write the row's values into the circles and mark the chosen neuron. */
function showDiagram() {
  if (!nodeOf(state.layer, state.unit)) return buildDiagram();
  const most = state.trace.map(({ a }) => a.reduce((top, value) => Math.max(top, Math.abs(value)), 0) || 1);
  for (const { group, circle, value, layer, unit } of nodes.values()) {
    const a = layer < 0 ? state.x[unit] : state.trace[layer].a[unit];
    value.textContent = brief(a);
    if (layer < 0) {
      group.setAttribute("aria-label", `input ${network.inputs[unit]}: ${brief(a)}`);
      continue;
    }
    const chosen = layer === state.layer && unit === state.unit;
    const name = outputName(layer, unit);
    circle.setAttribute("fill-opacity", ((0.4 * Math.abs(a)) / most[layer] || 0).toFixed(3));
    group.classList.toggle("off", network.layers[layer].activation === "relu" && a === 0);
    group.classList.toggle("chosen", chosen);
    group.setAttribute("aria-pressed", chosen);
    group.setAttribute("aria-label", `${layerName(layer)}, unit ${unit}${name ? ` (${name})` : ""}: ${brief(a)}`);
  }
  for (const { line, layer, unit } of edges)
    line.classList.toggle("incoming", layer === state.layer && unit === state.unit);
}

/** Move the focus with the arrow keys: up and down a column, left and right between columns. */
function moveFocus(event) {
  const here = nodeOf(Number(this.dataset.layer), Number(this.dataset.unit));
  const column = (layer) => [...nodes.values()].filter((node) => node.layer === layer && layer >= 0);
  const mine = column(here.layer);
  const nearest = (layer) => column(layer).sort((one, two) => Math.abs(one.y - here.y) - Math.abs(two.y - here.y))[0];
  const next = {
    ArrowUp: () => mine[mine.indexOf(here) - 1],
    ArrowDown: () => mine[mine.indexOf(here) + 1],
    ArrowLeft: () => nearest(here.layer - 1),
    ArrowRight: () => nearest(here.layer + 1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  next()?.group.focus();
}
