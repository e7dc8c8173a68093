// The big map of a two-input network: its answer at every place, or what one neuron says there.

const FINEST = Math.round(Math.min(160, Math.max(16, Math.sqrt(COST / nWeights)))); // cells a side; fewer of a large network
const LIVE = Math.min(40, FINEST); // while something is being changed

// nncli/views/palette.py says which, for this page and every other picture.
const { classes: COLOURS, shapes: MARKERS, scale: VALUE_COLOURS } = page.palette;

const pointScale = Math.min(1, Math.max(0.6, Math.sqrt(120 / nRows))); // many points are smaller

let plane = null; // what is painted: {values, best, subject}
let [coarse, refining] = [false, false]; // whether a finer map is to come, and whether it is under way
let shownOutput = 0; // of a network that gives plain values

const canvas = make("canvas", { "aria-hidden": "true" });
const overlay = draw("svg", { viewBox: "0 0 100 100", class: "points" });
const here = draw(
  "g",
  { class: "here" },
  draw("path", { d: "M-100 0H-2.6M2.6 0H100M0-100V-2.6M0 2.6V100" }),
  draw("circle", { r: 2.6 }),
);
const readout = make("p", { class: "formula", id: "readout" });
const wholeMap = make("button", { type: "button", id: "decision" });

const planePanel = {
  build: () => nInputs === 2 && buildPlane(),
  render(_, what) {
    if (nInputs !== 2) return;
    if (what.has("values")) showPlane();
    if (what.has("choice") || what.has("pointed")) showSubject();
    if (what.has("weights") && !what.has("size")) {
      delete byId("map").dataset.ready;
      coarse = true;
      later("map", () => computePlane(LIVE), refining); // which no longer is of use
    }
    if (what.has("settled") && coarse) later("map", () => computePlane(FINEST)); // behind the one under way
    if (what.has("pictures")) paintPlane();
  },
};

/** Return what the big picture is about: the neuron that is pointed at or chosen, or null for the network's answer. */
const subjectNow = () => state.pointed ?? (state.looking ? { layer: state.layer, unit: state.unit } : null);

/** Return a subject in words. */
function subjectName(subject) {
  if (!subject) return "Decision map";
  if (subject.layer < 0) return cut(network.inputs[subject.unit], 30);
  const name = outputName(subject.layer, subject.unit);
  return `${layerName(subject.layer)}, unit ${subject.unit}${name ? ` (${cut(name, 20)})` : ""}`;
}

/** Put the big picture on the page, with a button that gives the network's own back. */
function openMap(words) {
  byId("map").hidden = false;
  wholeMap.textContent = words;
  wholeMap.addEventListener("click", () => change({ looking: false, pointed: null }, "pointed"));
  byId("map-title").after(wholeMap);
}

function buildPlane() {
  openMap("Decision map");
  const axis = (value) => make("span", {}, brief(value));
  const [[left, right], [bottom, top]] = ranges;
  byId("plane").append(
    ...(classes.length || network.layers.at(-1).units === 1 ? [] : [outputChoice()]),
    make(
      "div",
      { class: "axes" },
      make("div", { class: "up" }, axis(top), given(network.inputs[1], 14), axis(bottom)),
      make("div", { class: "square" }, canvas, overlay),
      make("div", { class: "along" }, axis(left), given(network.inputs[0], 40), axis(right)),
    ),
    readout,
    legend(),
    make("p", { class: "hint wrong", id: "wrong-note" }),
    make(
      "p",
      { class: "muted hint" },
      "Click a point for its row; drag, or use the sliders, to move.",
    ),
  );
  drawPoints();
  followPointer();
  showSubject();
}

function mapWords(subject) {
  const [x, y] = network.inputs;
  const points = nRows ? `, with ${counted(nRows, "row")} on it` : "";
  return `${subject ? subjectName(subject) : "The network's answer"} over ${x} (to the right) and ${y} (upwards)${points}`;
}

/** Show what is pointed at or chosen: at once as its small picture, then finer. */
function showSubject() {
  const subject = subjectNow();
  byId("map-title").textContent = subjectName(subject);
  overlay.setAttribute("aria-label", mapWords(subject));
  wholeMap.hidden = !subject;
  if (plane && isSame(subject, plane.subject)) return;
  const values = subject && isOver ? over[subject.layer + 1].slice(subject.unit * PLACES, (subject.unit + 1) * PLACES) : null;
  plane = { subject, values: values ?? new Float32Array(), best: [] };
  paintPlane();
  delete byId("map").dataset.ready;
  later("map", refinePlane, true);
}

function* refinePlane() {
  if (!plane.values.length) yield* computePlane(LIVE);
  yield* computePlane(FINEST);
}

/** Compute a map of n cells a side of what is shown, and paint it. */
function* computePlane(n) {
  refining = n === FINEST;
  const { subject } = plane;
  const [values, best] = [new Float32Array(n * n), new Int16Array(subject ? 0 : n * n)];
  const layer = subject ? subject.layer : network.layers.length - 1;
  const shares = classes.length && layer === network.layers.length - 1;
  for (let at = 0; at < n * n; at++) {
    const x = inputsAt(at, n);
    const a = layer < 0 ? x : forward(x, layer).at(-1).a;
    if (subject) values[at] = (shares ? sharesOf(a) : a)[subject.unit];
    else {
      best[at] = classes.length ? predicted(a) : 0;
      values[at] = classes.length ? probabilities(a)[best[at]] : a[shownOutput];
    }
    yield;
  }
  plane = { subject, values, best };
  paintPlane();
  if (n < FINEST) return;
  coarse = refining = false;
  byId("map").dataset.ready = "";
}

/** Paint the cells: a class's colour, stronger where the network is surer; a neuron's sign; or a scale of values. */
function paintPlane() {
  const { subject, values, best } = plane ?? {};
  if (!values?.length) return;
  if (subject) return paintValues(canvas, values, colouring(subject.layer, subject.unit, values));
  const finite = values.filter(Number.isFinite);
  const [low, high] = [-largest(finite.map((value) => -value)), largest(finite)];
  const chance = 1 / classes.length;
  paintValues(canvas, values, (value, at) => {
    if (!classes.length) return Number.isFinite(value) ? onScale((value - low) / (high - low || 1)) : ink.panel;
    if (best[at] < 0) return ink.panel;
    return mix(ink.panel, inkOf(best[at]), 0.2 + (0.55 * (value - chance)) / (1 - chance));
  });
}

const colourOf = (index) => `var(--class-${index % COLOURS})`;
const inkOf = (index) => ink.classes[index % COLOURS]; // for what is painted
const markerOf = (index) => MARKERS[index % MARKERS.length];

function onScale(share) {
  const at = Math.min(VALUE_COLOURS.length - 2, Math.floor(share * (VALUE_COLOURS.length - 1)));
  return mix(rgb(VALUE_COLOURS[at]), rgb(VALUE_COLOURS[at + 1]), share * (VALUE_COLOURS.length - 1) - at);
}

/** Draw the rows: filled with the colour of their label, hollow where none is known. */
function drawPoints() {
  const points = Array.from({ length: nRows }, (_, row) => {
    const label = classes.indexOf(page.rows.labels?.[row]);
    const place = `translate(${across(features[2 * row], 0).toFixed(2)} ${(100 - across(features[2 * row + 1], 1)).toFixed(2)}) scale(${pointScale})`;
    return draw("path", {
      class: "point",
      d: markerOf(Math.max(0, label)),
      transform: place,
      fill: label < 0 ? "none" : colourOf(label),
    });
  });
  overlay.append(...points, here);
  overlay.setAttribute("role", "img");
}

const LEGEND = 24; // classes

function legend() {
  const entries = classes
    .slice(0, LEGEND)
    .map((name, i) =>
      make(
        "li",
        {},
        draw(
          "svg",
          { viewBox: "-2 -2 4 4", width: 14, height: 14, "aria-hidden": "true" },
          draw("path", { class: "point", d: markerOf(i), fill: colourOf(i) }),
        ),
        given(name, 32),
      ),
    );
  const left = classes.length - entries.length;
  const rest = left ? [make("li", { class: "muted" }, `… ${grouped(left)} more`)] : [];
  return make("ul", { class: "legend", "aria-label": "Classes", hidden: !entries.length }, ...entries, ...rest);
}

function outputChoice() {
  const names = Array.from(network.layers.at(-1).biases, (_, i) => valueName(i));
  const choice = make("select", { id: "output" }, ...names.map((name, i) => make("option", { value: i }, name)));
  choice.addEventListener("change", () => {
    shownOutput = Number(choice.value);
    plane = null;
    showSubject();
  });
  return make("div", { class: "fields" }, field("Value of", choice));
}

/** Let the pointer read the map, and move the inputs while it is down. */
function followPointer() {
  const placeOf = (event) => {
    const box = overlay.getBoundingClientRect();
    const share = (offset, length) => Math.min(100, Math.max(0, (100 * offset) / length));
    return [
      back(share(event.clientX - box.left, box.width), 0),
      back(100 - share(event.clientY - box.top, box.height), 1),
    ];
  };
  overlay.addEventListener("pointermove", (event) => {
    const x = placeOf(event);
    if (event.buttons && !isTouch(event)) setInputs(x);
    else showReadout(x);
  });
  const take = (event) => {
    const x = placeOf(event);
    const row = rowNear(x);
    if (row >= 0) setRow(row);
    else setInputs(x);
  };
  overlay.addEventListener("pointerdown", (event) => isTouch(event) || take(event));
  overlay.addEventListener("click", (event) => isTouch(event) && take(event));
  overlay.addEventListener("pointerleave", () => showReadout(state.x));
}

/** Whether a finger did it: a finger that moves scrolls the page, and a tap picks. */
const isTouch = (event) => event.pointerType === "touch";

/** Return the row whose point is under a place, or -1. */
function rowNear(x) {
  let best = -1;
  let least = 2;
  for (let row = 0; row < nRows; row++) {
    const distance = Math.hypot(...x.map((value, i) => across(value, i) - across(features[2 * row + i], i)));
    if (distance < least) [best, least] = [row, distance];
  }
  return best;
}

function showReadout(x) {
  const { a } = forward(Float64Array.from(x)).at(-1);
  const place = network.inputs.map((name, i) => `${cut(name, 16)} = ${brief(x[i])}`).join(", ");
  const best = predicted(a);
  const answer = classes.length
    ? best < 0
      ? "no prediction"
      : `${cut(classes[best], 24)} ${brief(scoreOf(a, best))}`
    : brief(a[shownOutput]);
  readout.textContent = `${place}: ${answer}`;
}

/** Put the crosshair on the inputs. */
function showPlane() {
  here.setAttribute("transform", `translate(${across(state.x[0], 0)} ${100 - across(state.x[1], 1)})`);
  showReadout(state.x);
}
