// The edges of the picture: the strongest ones between the units on show, and all of the chosen neuron's, with
// their products written on them.

let edges = []; // {line, layer, from, to}
let spoken = new Map(); // the chosen neuron's inputs on show -> {hit, label}

/** The largest weight of each layer: edges are drawn in proportion to it. */
const heaviest = network.layers.map(({ weights }) => largestSize(weights));

const weightOf = (layer, from, to) => network.layers[layer].weights[from * network.layers[layer].units + to];

/** Draw a layer's strongest edges among the units on show, and say how many there are in all. */
function drawEdges(layer) {
  if (layer === 0) edges = [];
  const strength = (start, end) => Math.abs(weightOf(layer, start.unit, end.unit));
  const pairs = columnOf(layer - 1).flatMap((start) => columnOf(layer).map((end) => ({ start, end, most: strength(start, end) })));
  pairs.sort((one, two) => two.most - one.most);
  const kept = pairs.filter(({ end, most }, at) => (at < size.most && most > 0) || isChosen(layer, end.unit));
  const left = network.layers[layer].weights.length - kept.length;
  const place = { class: "more", x: (columnX(layer - 1) + columnX(layer)) / 2, y: size.height + 15 - size.foot };
  const second = draw("tspan", { x: place.x, dy: 12 }, "edges");
  const words = size.gap > WORDY ? [`${grouped(left)} edges left out`] : [`+${grouped(left)} `, second];
  const lines = kept.map(({ start, end }) => {
    const line = draw("path", { d: curve(start, end) }, draw("title"));
    edges.push({ line, layer, from: start.unit, to: end.unit, weight: null, chosen: null });
    return line;
  });
  return draw("g", {}, ...lines, left ? draw("text", place, ...words) : "");
}

const isChosen = (layer, unit) => layer === state.layer && unit === state.unit;

/** Return the way from one node to another; it leaves and arrives level. */
function curve(start, end) {
  const { half, beside } = size;
  const [x1, x2] = [start.x + half, end.x - half - (beside ? 38 : 0)];
  const bend = (x2 - x1) * 0.45;
  return `M${[x1, start.y].join(" ")}C${[x1 + bend, start.y, x2 - bend, end.y, x2, end.y].map((n) => n.toFixed(1)).join(" ")}`;
}

/** Give every edge its weight's width, strength and sign. */
function showWeights() {
  for (const edge of edges) {
    const { line, layer, from, to } = edge;
    const [weight, chosen] = [weightOf(layer, from, to), isChosen(layer, to)];
    if (edge.weight === weight && edge.chosen === chosen) continue;
    Object.assign(edge, { weight, chosen });
    const share = Math.min(1, Math.abs(weight) / heaviest[layer]);
    line.setAttribute("class", `edge ${weight < 0 ? "negative" : "positive"}`);
    line.setAttribute("stroke-width", (0.5 + (size.most < MOST_EDGES / 2 ? 1.7 : 3) * share).toFixed(2));
    line.setAttribute("opacity", weight ? (0.1 + 0.5 * share).toFixed(2) : 0);
    line.firstChild.textContent = `${inputName(layer, from)} → unit ${to}: weight ${exact(weight)}`;
    line.classList.toggle("incoming", chosen);
  }
}

/** Bring the chosen neuron's edges out, and write their products on them. */
function showEdges() {
  const { layer, unit } = state;
  const end = nodeOf(layer, unit);
  if (!end || (size.extra && size.layer !== layer)) return rebuild();
  if (columnOf(layer - 1).some(({ unit: from }) => !edges.some((edge) => edge.layer === layer && edge.to === unit && edge.from === from)))
    return rebuild();
  showWeights();
  const room = size.gap + size.extra - 2 * size.half - (size.beside ? 50 : 24);
  spoken = new Map();
  const starts = columnOf(layer - 1);
  const hits = starts.map((start) => {
    const hit = draw("path", { class: "hit", d: curve(start, end) });
    hit.addEventListener("pointerenter", () => point(null, start.unit));
    hit.addEventListener("pointerleave", () => point(null));
    spoken.set(start.unit, { hit });
    return hit;
  });
  const labels = starts.map((start) => {
    const value = state.trace[layer].x[start.unit];
    const weight = weightOf(layer, start.unit, unit);
    const words = [`${brief(value)} × ${brief(weight)} = ${brief(value * weight)}`, `× ${brief(weight)} = ${brief(value * weight)}`, brief(value * weight)];
    const fits = words.find((text) => text.length * 5.8 < room) ?? words[2];
    const sign = value * weight < 0 ? "negative" : "positive";
    const y = start.y + (size.beside ? -4 : -2) + (end.y - start.y) * 0.06;
    const label = draw("text", { class: `product ${sign}`, x: start.x + size.half + 12, y }, fits);
    spoken.get(start.unit).label = label;
    return label;
  });
  byId("speech").replaceChildren(...hits, ...labels);
  showPointed();
}

/** Light the edge that is pointed at, here or in the table. */
function showPointed() {
  for (const [from, { hit, label }] of spoken) {
    hit.classList.toggle("lit", from === state.term);
    label.classList.toggle("lit", from === state.term);
  }
  for (const { group, layer, unit } of nodes.values())
    group.classList.toggle("lit", layer === state.layer - 1 && unit === state.term);
}
