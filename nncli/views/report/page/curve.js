// The big picture of a one-input network: y = f(x) with the data, where its ReLUs bend, and each unit's share.

const FINER = 240; // places along the input
const [BOX, SHARES] = [
  { left: 44, right: 472, top: 8, bottom: 250 },
  { left: 44, right: 472, top: 294, bottom: 398 },
];
const BENDING = new Set(["relu", "relu6", "leaky_relu", "prelu"]);

let traces = []; // of every place
const curveBox = draw("svg", { viewBox: "0 0 480 418", class: "curve", role: "img" });
const cursor = draw("line", { class: "cursor", y1: BOX.top, y2: SHARES.bottom });
const cursorDot = draw("circle", { class: "dot", r: 4 });

const curvePanel = {
  build: () => nInputs === 1 && buildCurve(),
  render(_, what) {
    if (nInputs !== 1) return;
    if (what.has("weights")) later("curve", traceCurve);
    else if (what.has("choice") || what.has("pointed") || what.has("pictures")) drawCurve();
    if (what.has("values")) showCursor();
  },
};

function buildCurve() {
  openMap("The network's curve");
  byId("plane").append(curveBox, readout, ...(classes.length ? [legend()] : []));
  const move = (event) => {
    const { left, width } = curveBox.getBoundingClientRect();
    const share = ((480 * (event.clientX - left)) / width - BOX.left) / (BOX.right - BOX.left);
    setInputs([back(100 * Math.min(1, Math.max(0, share)), 0)]);
  };
  curveBox.addEventListener("pointerdown", (event) => isTouch(event) || move(event));
  curveBox.addEventListener("click", (event) => isTouch(event) && move(event));
  curveBox.addEventListener("pointermove", (event) => event.buttons && !isTouch(event) && move(event));
}

function* traceCurve() {
  const found = [];
  for (let at = 0; at < FINER; at++) {
    found.push(forward(inputsAt(at, FINER)));
    yield;
  }
  traces = found;
  drawCurve();
  byId("map").dataset.ready = "";
}

const curveX = (x) => BOX.left + ((BOX.right - BOX.left) * across(x, 0)) / 100;
const placeX = (at) => BOX.left + ((BOX.right - BOX.left) * at) / (FINER - 1);

/** Return a scale from values to the height of a box, with its ends. */
function scaleOf(values, { top, bottom }) {
  const finite = values.filter(Number.isFinite);
  let [low, high] = [-largest(finite.map((value) => -value)), largest(finite)];
  if (!(low < high)) [low, high] = [(low || 0) - 1, (high || 0) + 1];
  const y = (value) => bottom - ((bottom - top) * (value - low)) / (high - low);
  return Object.assign(y, { low, high });
}

function line(values, y, attributes) {
  const points = values.map((value, at) => `${placeX(at).toFixed(1)} ${y(value).toFixed(1)}`);
  const seen = points.filter((_, at) => Number.isFinite(values[at]));
  return draw("path", { d: seen.length ? `M${seen.join("L")}` : null, ...attributes });
}

function axes(y, { left, right, top, bottom }) {
  const text = (words, at) => draw("text", { x: left - 5, y: at, "text-anchor": "end" }, words);
  const write = spread(y.low, y.high);
  const zero = y.low < 0 && y.high > 0 ? [draw("line", { class: "zero", x1: left, x2: right, y1: y(0), y2: y(0) })] : [];
  return [
    draw("rect", { class: "frame", x: left, y: top, width: right - left, height: bottom - top }),
    ...zero,
    text(write(y.high), top + 9),
    text(write(y.low), bottom),
  ];
}

/** Draw what is chosen, or the network's answer: its curve above, and below what it is the sum of. */
function drawCurve() {
  if (!traces.length) return;
  const subject = subjectNow();
  const last = network.layers.length - 1;
  const layer = subject?.layer ?? last;
  byId("map-title").textContent = subject ? subjectName(subject) : `y = f(${cut(network.inputs[0], 20)})`;
  wholeMap.hidden = !subject;
  const outputs = subject ? [subject.unit] : [...network.layers[last].biases.keys()].slice(0, 12);
  const of = (trace, unit) => (layer < 0 ? trace[0].x[0] : layer === last && classes.length ? sharesOf(trace[layer].a)[unit] : trace[layer].a[unit]);
  const curves = outputs.map((unit) => traces.map((trace) => of(trace, unit)));
  const targets = !subject && !classes.length ? (page.rows.labels ?? []).map(Number) : [];
  const y = scaleOf([...curves.flat(), ...targets, ...(classes.length && layer === last ? [0, 1] : [])], BOX);
  const points = Array.from({ length: subject ? 0 : nRows }, (_, row) => dataPoint(row, targets, y)).filter(Boolean);
  const colours = outputs.map((unit) => (classes.length && layer === last ? colourOf(network.kind === "binary" ? 1 : unit) : null));
  const bends = layer < 0 ? [] : hinges(layer);
  const write = spread(...ranges[0]);
  curveBox.replaceChildren(
    ...axes(y, BOX),
    draw("text", { x: BOX.left, y: BOX.bottom + 14 }, write(ranges[0][0])),
    draw("text", { x: BOX.right, y: BOX.bottom + 14, "text-anchor": "end" }, write(ranges[0][1])),
    draw("text", { x: 258, y: BOX.bottom + 14, "text-anchor": "middle" }, cut(network.inputs[0], 30)),
    ...points,
    ...curves.map((values, k) => line(values, y, { class: "fit", ...(colours[k] && { stroke: colours[k] }) })),
    ...bends.map((x) => draw("path", { class: "bend", d: `M${curveX(x).toFixed(1)} ${BOX.bottom}v-9` })),
    ...(layer < 0 ? [] : shares(layer, outputs[0])),
    cursor,
    cursorDot,
  );
  curveBox.setAttribute("aria-label", curveWords(subject, y, bends));
  showCursor();
}

function curveWords(subject, y, bends) {
  const over = `from ${brief(ranges[0][0])} to ${brief(ranges[0][1])}`;
  return `${subject ? subjectName(subject) : "The network's output"} over ${network.inputs[0]} ${over}: between ${brief(y.low)} and ${brief(y.high)}, with ${counted(bends.length, "bend")}`;
}

/** Return a row's mark: at its target; of classes, at the foot of the picture in its class's shape. */
function dataPoint(row, targets, y) {
  const x = curveX(features[row]);
  if (!classes.length) return Number.isFinite(targets[row]) ? draw("circle", { class: "datum", cx: x, cy: y(targets[row]), r: 2.5 }) : null;
  const label = classes.indexOf(page.rows.labels?.[row]);
  if (label < 0) return null;
  const place = `translate(${x.toFixed(1)} ${BOX.bottom - 14}) scale(2.4)`;
  return draw("path", { class: "point", d: markerOf(label), transform: place, fill: colourOf(label) });
}

/** Return the inputs at which a unit with a bend, up to a layer, goes through zero. */
function hinges(upTo) {
  const found = [];
  network.layers.slice(0, upTo + 1).forEach(({ activation, units }, layer) => {
    if (!BENDING.has(activation)) return;
    for (let unit = 0; unit < units; unit++)
      for (let at = 1; at < FINER; at++) {
        const [one, two] = [traces[at - 1][layer].z[unit], traces[at][layer].z[unit]];
        if (Number.isFinite(one - two) && one < 0 !== two < 0) found.push(back((100 * (at - 1 + one / (one - two))) / (FINER - 1), 0));
      }
  });
  return found;
}

/** Draw what each unit before brings into a sum: its value × its weight, by its sign. */
function shares(layer, unit) {
  const all = shown[layer].map((from) => ({
    from,
    values: traces.map((trace) => trace[layer].x[from] * weightOf(layer, from, unit)),
  }));
  const drawn = all.filter(({ values }) => values.some((value) => value !== 0));
  const none = all.length - drawn.length;
  const hidden = traces[0][layer].x.length - all.length;
  const y = scaleOf([0, ...drawn.flatMap(({ values }) => values)], SHARES);
  const title = layer ? `What each unit brings to z of unit ${unit}: its value × its weight` : "The input × its weight";
  const left = [hidden && `${grouped(hidden)} smaller ones are left out`, none && `${counted(none, "unit")} of 0 everywhere ${none > 1 ? "are" : "is"} left out`].filter(Boolean);
  return [
    draw("text", { x: SHARES.left, y: SHARES.top - 6 }, title),
    draw("text", { x: SHARES.left, y: SHARES.bottom + 15 }, left.join("; ")),
    ...axes(y, SHARES),
    ...drawn.map(({ from, values }) => {
      const kind = sum(values.filter(Number.isFinite)) < 0 ? "negative" : "positive";
      const lit = state.term === from && isChosen(layer, unit) ? " lit" : "";
      return line(values, y, { class: `share-line edge ${kind}${lit}` });
    }),
  ];
}

/** Put the cursor on the input. */
function showCursor() {
  const x = Math.min(BOX.right, Math.max(BOX.left, curveX(state.x[0])));
  furnish(cursor, { x1: x, x2: x }, []);
  const { a } = state.trace.at(-1);
  const best = classes.length ? predicted(a) : -1;
  const target = page.rows.labels && !state.moved ? ` (its ${LABEL}: ${cut(shortLabel(page.rows.labels[state.row]), 12)})` : "";
  readout.textContent = `${cut(network.inputs[0], 16)} = ${brief(state.x[0])}: ${best < 0 ? brief(a[0]) : `${cut(classes[best], 24)} ${brief(scoreOf(a, best))}`}${target}`;
  const fit = curveBox.querySelector(".fit");
  cursorDot.toggleAttribute("hidden", !fit);
  if (!fit) return;
  const at = Math.min(FINER - 1, Math.max(0, Math.round(((x - BOX.left) * (FINER - 1)) / (BOX.right - BOX.left))));
  const point = /^M?(.*) (.*)$/.exec((fit.getAttribute("d") ?? "").split("L")[at] ?? "");
  if (point) furnish(cursorDot, { cx: x, cy: point[2] }, []);
}
