// The network as a picture: neurons in columns, each with a small picture of what it says.

const HEAD = 36; // room for the columns' titles

let nodes = new Map(); // "1.2" -> {group, value, canvas, layer, unit, x, y}; layer -1 holds the inputs
let diagramWidth = 0; // measured when the window changes alone: it makes the browser lay out the page
let size = null; // of the picture: {half, step, gap, beside, …}
const WORDY = 120; // pixels between columns from which on words stand in one line
const SPEECH = 104; // pixels for a product on an edge; on a phone for its result alone

const nodeOf = (layer, unit) => nodes.get(`${layer}.${unit}`);
const columnOf = (layer) => [...nodes.values()].filter((node) => node.layer === layer);
/** What stands beside the outputs: classes always, values where they have names. */
const outputNames = () => (network.kind === "binary" ? [] : classes.length ? classes.map((name) => `${name} ◂✓`) : (network.outputs ?? []));

const diagramPanel = {
  build() {
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => {
      readInk();
      change({}, "pictures", "values");
    });
    if (PLACES) later("over", computeOver);
    buildFrame();
  },
  render(_, what) {
    if (what.has("weights") && PLACES && !what.has("size")) later("over", computeOver);
    if (what.has("choice")) later("reveal", reveal, true);
    if (what.has("size")) diagramWidth = Math.max(byId("diagram").clientWidth, 240);
    if (what.has("size")) return buildDiagram();
    if (what.has("shown")) rebuild();
    if (!size) return; // the address was read before the first picture
    if (what.has("pictures") || (!PLACES && (what.has("rows") || what.has("values")))) showPictures();
    if (what.has("values") || what.has("choice") || what.has("pinned")) showDiagram();
    if (what.has("pointed")) showPointed();
  },
};

/** Draw everything anew, after the event that asked for it: to give the focus back takes a layout. */
function rebuild() {
  later(
    "diagram",
    function* () {
      yield;
      buildDiagram();
    },
    true,
  );
}

/** Lay the columns out in the width there is, and draw everything anew. */
function buildDiagram() {
  const focused = /** @type {any} */ (document.activeElement?.closest(".neuron"))?.dataset;
  const width = diagramWidth;
  const narrow = width < 520;
  const columns = shown.map((units, k) => slots(units, k ? network.layers[k - 1].units : nInputs, narrow));
  size = sizes(columns, width, narrow);
  nodes = new Map();
  const drawn = columns.map((places, k) => drawColumn(places, k - 1));
  const picture = draw(
    "svg",
    {
      width: size.width,
      height: size.height,
      viewBox: `0 0 ${size.width} ${size.height}`,
      role: "group",
      "aria-label": "The network's neurons",
    },
    draw("g", { class: "edges" }, ...network.layers.map((_, layer) => drawEdges(layer))),
    ...drawn,
    draw("g", { id: "speech", "aria-hidden": "true" }),
  );
  frame.replaceChildren(picture);
  later("beyond", showBeyond, true);
  showPictures();
  showDiagram();
  if (focused) nodeOf(focused.layer, focused.unit)?.group.focus({ preventScroll: true });
}

/** Return a column's places from the top: units, and {more} where some are left out; on a phone one for all of them. */
function slots(units, count, narrow) {
  if (narrow) return [...units.map((unit) => ({ unit })), ...(count > units.length ? [{ more: count - units.length }] : [])];
  const places = [];
  let next = 0;
  for (const unit of [...units, count]) {
    if (unit > next) places.push({ more: unit - next });
    if (unit < count) places.push({ unit });
    next = unit + 1;
  }
  return places;
}

/** What is left out takes half of a neuron's room. */
const lengthOf = (places) => sum(places.map(({ more }) => (more ? 0.5 : 1)));

function sizes(columns, width, narrow) {
  const longest = (names) => names.reduce((most, name) => Math.max(most, widthOf(lettersOf(name))), 0);
  const margin = (names) => Math.min(narrow ? 54 : 114, 5 + 7 * longest(names));
  const [before, after] = [margin(network.inputs), margin(outputNames())];
  const tallest = Math.max(...columns.map(lengthOf));
  const gaps = columns.length - 1;
  const room = (width - before - after) / gaps;
  const step = narrow ? Math.min(50, Math.max(37, 280 / tallest)) : Math.min(room > 500 ? 130 : 104, Math.max(37, Math.max(400, innerHeight - 365) / tallest));
  const beside = !narrow && room > 150; // the value stands before the picture, not below it
  const side = Math.max(narrow ? 20 : 18, Math.min(beside ? Math.min(step - 5, step * 0.9) : step - 17, narrow ? 44 : room > 500 ? 96 : 64, narrow ? 44 : room * 0.55));
  const left = before + side / 2 + 8 + (beside ? 36 : 0);
  const right = Math.max(after + side / 2 + 14, 28);
  const even = (width - left - right) / gaps;
  const between = side + (beside ? 38 : 0);
  const least = side + (narrow ? 22 : 18);
  const lacking = Math.max(0, (narrow ? SPEECH / 2 : SPEECH) + between - Math.max(even, least));
  const spare = gaps > 1 ? Math.min(lacking / (gaps - 1), Math.max(0, even - least)) : 0; // that a gap has for the chosen layer's
  const gap = Math.max(least, even) - spare;
  const extra = even < least ? lacking : spare * gaps;
  const most = Math.round(Math.min(MOST_EDGES, 14 + 0.35 * (gap - between))); // edges between two columns: in a narrow gap fewer
  const foot = network.layers.some(({ weights }) => weights.length > most) ? (gap > WORDY ? 20 : 32) : 2; // room to say how many are left out
  const height = HEAD + tallest * step + foot;
  return { left, gap, most, foot, extra, step, half: side / 2, tallest, beside, narrow, height, layer: state.layer, width: left + right + gap * gaps + extra };
}

/** Where a column stands: the edges into the chosen layer have more room than others where they need it. */
const columnX = (layer) => size.left + size.gap * (layer + 1) + (layer >= size.layer ? size.extra : 0);

function drawColumn(places, layer) {
  const { gap, tallest } = size;
  const x = columnX(layer);
  const short = (of) => (gap < 66 ? `[${of}]` : cut(layerName(of), Math.floor(gap / 7)));
  const about = layer < 0 ? ["inputs", ""] : [short(layer), network.layers[layer].activation];
  const title = (text, y, kind) => draw("text", { class: `column ${kind}`, x, y, "aria-hidden": "true" }, text);
  const length = lengthOf(places);
  const step = Math.min(size.step * 2, Math.max(96, size.step), (tallest * size.step) / length); // a short column spreads
  let y = HEAD + (tallest * size.step - length * step) / 2;
  const drawn = places.map(({ more, unit }) => {
    const room = more ? step / 2 : step;
    y += room;
    if (more) return draw("text", { class: "more", x, y: y - room / 2 + 4 }, `+${grouped(more)}${size.narrow ? "" : " more"}`);
    return drawNode(layer, unit, x, y - room / 2 - (size.beside ? 0 : 8));
  });
  return draw("g", {}, title(about[0], 12, ""), title(cut(about[1], Math.floor(gap / 6)), 26, "muted"), ...drawn);
}

/** Draw a neuron or an input: its picture, its value, and its name if it has one. */
function drawNode(layer, unit, x, y) {
  const { half, beside, narrow } = size;
  const name = layer < 0 ? network.inputs[unit] : isClass(layer) ? classes[unit] : outputName(layer, unit);
  const box = { x: x - half, y: y - half, width: 2 * half, height: 2 * half };
  const canvas = make("canvas", { "aria-hidden": "true" });
  const at = beside ? { class: "value before", x: x - half - 5, y: y + 4 } : { class: "value", x, y: y + half + 11 };
  const value = draw("text", at);
  const dot = PLACES ? [draw(nInputs === 2 ? "circle" : "line", { class: "dot", r: 2.5, ...(nInputs === 1 && { y1: y - half, y2: y + half }) })] : [];
  const parts = [draw("foreignObject", box, canvas), ...dot, draw("rect", { ...box, rx: 3 }), value];
  const group =
    layer < 0
      ? draw("g", { class: "input", role: "img" }, ...parts)
      : draw(
          "g",
          { class: "neuron", role: "button", tabindex: 0, "data-layer": layer, "data-unit": unit, "aria-controls": "arithmetic" },
          ...parts,
        );
  group.addEventListener("pointerenter", () => point({ layer, unit }));
  group.addEventListener("pointerleave", () => point(null));
  if (layer >= 0) listen(group, layer, unit);
  nodes.set(`${layer}.${unit}`, { group, value, canvas, dot: dot[0], layer, unit, x, y });
  if (!name) return group;
  const place = layer < 0 ? { class: "name before", x: x - half - (beside ? 44 : 6) } : { class: "name", x: x + half + 7 };
  const label = draw(
    "text",
    { ...place, y: y + 4, "aria-hidden": "true" },
    draw("title", {}, name),
    cut(name, narrow ? (layer < 0 ? 9 : 7) : 14),
    draw("tspan"),
  );
  return draw("g", {}, group, label); // beside the button, whose own label has the name
}

let aiming = false; // the focus comes by us, who choose the neuron afterwards: a focus that finds a changed page lays it out at once

function aim({ group, layer, unit }) {
  aiming = true;
  group.focus({ preventScroll: true }); // reveal() scrolls, when nobody waits for it
  aiming = false;
  select(layer, unit);
}

function* focusChosen() {
  yield;
  nodeOf(state.layer, state.unit)?.group.focus({ preventScroll: true });
}

function listen(group, layer, unit) {
  group.addEventListener("focus", () => aiming || select(layer, unit));
  group.addEventListener("click", () => {
    select(layer, unit);
    if (document.activeElement !== group) later("focus", focusChosen, true); // a browser's own click has given the focus already
  });
  group.addEventListener("keydown", moveFocus);
}

/** Paint every picture anew, some at a time: there may be a hundred of them. */
function showPictures() {
  later(
    "pictures",
    function* () {
      for (const { canvas, layer, unit } of nodes.values()) yield paintPicture(canvas, layer, unit);
    },
    true,
  );
}

/** Write the row's values to the pictures and mark the chosen neuron, the winner and the true class. */
function showDiagram() {
  const last = network.layers.length - 1;
  const best = classes.length && network.kind !== "binary" ? predicted(state.trace[last].a) : -1;
  for (const node of nodes.values()) {
    const { group, value, dot, layer, unit, x, y } = node;
    const a = layer < 0 ? state.x[unit] : state.trace[layer].a[unit];
    value.textContent = brief(a);
    const ghost = writeGhost(node);
    if (dot) placeDot(dot, x, y);
    if (layer < 0) {
      group.setAttribute("aria-label", `input ${network.inputs[unit]}: ${brief(a)}${ghost}`);
      continue;
    }
    const chosen = isChosen(layer, unit);
    const name = outputName(layer, unit);
    const wins = layer === last && unit === best;
    const marks = [wins && "the prediction", layer === last && unit === trueClass() && "its label"].filter(Boolean);
    group.classList.toggle("off", network.layers[layer].activation === "relu" && a === 0);
    group.classList.toggle("chosen", chosen);
    group.parentElement.classList.toggle("winner", wins);
    const sign = group.parentElement.querySelector(".name tspan");
    if (sign) sign.textContent = `${wins ? " ◂" : ""}${marks.includes("its label") ? " ✓" : ""}`;
    group.setAttribute("aria-pressed", chosen);
    group.setAttribute(
      "aria-label",
      `${layerName(layer)}, unit ${unit}${name ? ` (${name})` : ""}: ${[brief(a), ...marks].join(", ")}${ghost}`,
    );
  }
  showEdges();
}

/** Put the row's mark into a picture. */
function placeDot(dot, x, y) {
  const along = (i) => (2 * size.half * (Math.min(99, Math.max(1, across(state.x[i], i))) - 50)) / 100;
  if (nInputs === 2) furnish(dot, { cx: x + along(0), cy: y - along(1) }, []);
  else furnish(dot, { x1: x + along(0), x2: x + along(0) }, []);
}

/** Move the focus with the arrow keys: up and down a column, left and right between columns. */
function moveFocus(event) {
  const here = nodeOf(Number(this.dataset.layer), Number(this.dataset.unit));
  const mine = columnOf(here.layer);
  const nearest = (layer) =>
    layer < 0 ? undefined : columnOf(layer).sort((one, two) => Math.abs(one.y - here.y) - Math.abs(two.y - here.y))[0];
  const next = {
    ArrowUp: () => mine[mine.indexOf(here) - 1],
    ArrowDown: () => mine[mine.indexOf(here) + 1],
    ArrowLeft: () => nearest(here.layer - 1),
    ArrowRight: () => nearest(here.layer + 1),
  }[event.key];
  if (!next) return;
  event.preventDefault();
  const there = next();
  if (there) aim(there);
}
