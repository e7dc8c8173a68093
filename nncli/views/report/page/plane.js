// The decision map of a two-input network: its answer at every place, computed once.

const CELLS = Math.round(Math.min(160, Math.max(16, Math.sqrt(COST / nWeights)))); // a side; a large network gets a coarser map

// nncli/views/palette.py says which, for this page and every other picture.
const { classes: COLOURS, shapes: MARKERS, scale: VALUE_COLOURS } = page.palette;

const cells = { best: new Int16Array(CELLS * CELLS), strength: new Float32Array(CELLS * CELLS) };
let shownOutput = 0; // of a network that gives plain values

const canvas = make("canvas", { width: CELLS, height: CELLS, "aria-hidden": "true" });
const overlay = draw("svg", { viewBox: "0 0 100 100", class: "points" });
const here = draw(
  "g",
  { class: "here" },
  draw("path", { d: "M-100 0H-2.6M2.6 0H100M0-100V-2.6M0 2.6V100" }),
  draw("circle", { r: 2.6 }),
);
const readout = make("p", { class: "formula", id: "readout" });

const across = (x, i) => (100 * (x - ranges[i][0])) / (ranges[i][1] - ranges[i][0]);
const back = (share, i) => ranges[i][0] + (share / 100) * (ranges[i][1] - ranges[i][0]);

const planePanel = { build: buildPlane, render: (_, what) => what.has("values") && showPlane() };

function buildPlane() {
  if (nInputs !== 2) return;
  byId("map").hidden = false;
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
    make(
      "p",
      { class: "muted hint" },
      "Click a point for its row, or any place for those inputs; drag to move. The sliders do the same from the keyboard.",
    ),
  );
  drawPoints();
  followPointer();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", paintPlane);
  computePlane();
}

/** Compute every cell, some rows at a time, so that the page stays responsive. */
async function computePlane() {
  let paused = performance.now();
  const asked = shownOutput;
  for (let row = 0; row < CELLS; row++) {
    for (let column = 0; column < CELLS; column++) computeCell(row, column);
    if (performance.now() - paused < 30) continue;
    paintPlane();
    await new Promise((resume) => setTimeout(resume));
    if (asked !== shownOutput) return;
    paused = performance.now();
  }
  paintPlane();
  byId("map").dataset.ready = "";
}

function computeCell(row, column) {
  const place = [back((100 * (column + 0.5)) / CELLS, 0), back(100 - (100 * (row + 0.5)) / CELLS, 1)];
  const { a } = forward(Float64Array.from(place)).at(-1);
  const at = row * CELLS + column;
  cells.best[at] = classes.length ? predicted(a) : 0;
  cells.strength[at] = classes.length ? probabilities(a)[cells.best[at]] : a[shownOutput];
}

/** Paint the cells: a class's colour, stronger where the network is surer; or a scale of values. */
function paintPlane() {
  const paper = rgb(getComputedStyle(document.documentElement).getPropertyValue("--panel").trim());
  const image = new ImageData(CELLS, CELLS);
  const finite = cells.strength.filter(Number.isFinite);
  const [low, high] = [
    finite.reduce((x, y) => Math.min(x, y), Infinity),
    finite.reduce((x, y) => Math.max(x, y), -Infinity),
  ];
  cells.strength.forEach((strength, at) => {
    let colour = paper;
    if (classes.length && cells.best[at] >= 0) {
      const chance = 1 / classes.length;
      colour = mix(paper, rgb(colourOf(cells.best[at])), 0.2 + (0.55 * (strength - chance)) / (1 - chance));
    } else if (!classes.length && Number.isFinite(strength)) {
      colour = onScale((strength - low) / (high - low || 1));
    }
    image.data.set([...colour, 255], 4 * at);
  });
  canvas.getContext("2d").putImageData(image, 0, 0);
}

const colourOf = (index) => COLOURS[index % COLOURS.length];
const markerOf = (index) => MARKERS[index % MARKERS.length];
const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mix = (one, two, share) => one.map((value, i) => value + share * (two[i] - value));

function onScale(share) {
  const at = Math.min(VALUE_COLOURS.length - 2, Math.floor(share * (VALUE_COLOURS.length - 1)));
  return mix(rgb(VALUE_COLOURS[at]), rgb(VALUE_COLOURS[at + 1]), share * (VALUE_COLOURS.length - 1) - at);
}

/** Draw the rows: filled with the colour of their label, hollow where none is known. */
function drawPoints() {
  const points = Array.from({ length: nRows }, (_, row) => {
    const label = classes.indexOf(page.rows.labels?.[row]);
    const place = `translate(${across(features[2 * row], 0).toFixed(2)} ${(100 - across(features[2 * row + 1], 1)).toFixed(2)})`;
    return draw("path", {
      class: "point",
      d: markerOf(Math.max(0, label)),
      transform: place,
      fill: label < 0 ? "none" : colourOf(label),
    });
  });
  overlay.append(...points, here);
  overlay.setAttribute("role", "img");
  overlay.setAttribute(
    "aria-label",
    `The network's answer over ${network.inputs[0]} (to the right) and ${network.inputs[1]} (upwards)${nRows ? `, with ${counted(nRows, "row")} on it` : ""}`,
  );
}

function legend() {
  const entries = classes
    .slice(0, 24)
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
  return make("ul", { class: "legend", "aria-label": "Classes", hidden: !entries.length }, ...entries);
}

function outputChoice() {
  const names = Array.from(network.layers.at(-1).biases, (_, i) => network.outputs?.[i] ?? `output_${i}`);
  const choice = make("select", { id: "output" }, ...names.map((name, i) => make("option", { value: i }, name)));
  choice.addEventListener("change", () => {
    shownOutput = Number(choice.value);
    computePlane();
  });
  return make("div", { class: "fields" }, field("Value of", choice));
}

/** Let the pointer read the map, and move the inputs while it is down. */
function followPointer() {
  const inputsAt = (event) => {
    const box = overlay.getBoundingClientRect();
    const share = (offset, length) => Math.min(100, Math.max(0, (100 * offset) / length));
    return [
      back(share(event.clientX - box.left, box.width), 0),
      back(100 - share(event.clientY - box.top, box.height), 1),
    ];
  };
  overlay.addEventListener("pointermove", (event) => {
    const x = inputsAt(event);
    if (event.buttons) setInputs(x);
    else showReadout(x);
  });
  overlay.addEventListener("pointerdown", (event) => {
    const x = inputsAt(event);
    const row = rowNear(x);
    if (row >= 0) setRow(row);
    else setInputs(x);
  });
  overlay.addEventListener("pointerleave", () => showReadout(state.x));
}

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
  if (nInputs !== 2) return;
  here.setAttribute("transform", `translate(${across(state.x[0], 0)} ${100 - across(state.x[1], 1)})`);
  showReadout(state.x);
}
