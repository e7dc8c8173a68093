// What the layers do over all rows of the page, what they are made of, and how good they are.

const BINS = 24;
const ticks = []; // per layer: {layer, from, width, group}: where this row's values are

const chartsPanel = {
  build() {
    buildHistograms();
    buildSummary();
    buildMetrics();
  },
  render(_, what) {
    if (!what.has("values")) return;
    showTicks();
    showSummary();
  },
};

function buildHistograms() {
  byId("activations-note").textContent = nRows
    ? `Every unit's value over ${rowsInWords(seenRows.length)}. The marks below the bars are the chosen row's.`
    : "There is no data to count.";
  if (!nRows) return;
  byId("histograms").append(...network.layers.map((_, layer) => histogram(layer)));
}

/** Return what is counted of one layer: {low, high, mean, zeros, count, bins}; zeros are in no bin. */
function tally(layer) {
  let [low, high, total, zeros, count] = [Infinity, -Infinity, 0, 0, 0];
  const each = (take) => seenRows.forEach((row) => row[layer].forEach((value) => Number.isFinite(value) && take(value)));
  each((value) => {
    count++;
    total += value;
    if (value === 0) zeros++;
    else [low, high] = [Math.min(low, value), Math.max(high, value)];
  });
  const whole = zeros ? [Math.min(low, 0), Math.max(high, 0)] : [low, high];
  const [from, width] = binned(low, high);
  const bins = new Array(BINS).fill(0);
  each((value) => value !== 0 && bins[Math.min(BINS - 1, Math.max(0, Math.floor((value - from) / width)))]++);
  return { low: whole[0], high: whole[1], mean: total / count, zeros, count, bins, from, width };
}

/** Return where the first bin begins and how wide each is; where values have both signs, 0 is between two bins. */
function binned(low, high) {
  if (low > high) return [-1, 2 / BINS];
  if (low === high) return [low - 0.5, 1 / BINS]; // one value stands in the middle
  if (low >= 0 || high <= 0) return [low, (high - low) / BINS];
  const below = Math.min(BINS - 1, Math.max(1, Math.round((BINS * -low) / (high - low))));
  const width = Math.max(-low / below, high / (BINS - below));
  return [-below * width, width];
}

function histogram(layer) {
  const { low, high, mean, zeros, count, bins, from, width } = tally(layer);
  const write = spread(low, high);
  const apart = zeros ? `${percent(zeros / count)} exactly 0` : "";
  const words = count ? `${write(low)} to ${write(high)}, mean ${write(mean)}${apart && `, ${apart}`}` : "no finite value";
  const group = draw("g", {});
  ticks.push({ layer, from, width, group });
  return make(
    "figure",
    {},
    make("figcaption", {}, make("strong", {}, layerName(layer)), ` ${network.layers[layer].activation}`),
    ...barPicture({ bins, from, width, group, words: `Histogram of ${grouped(count)} values: ${words}` }),
    make("p", { class: "hint muted" }, `${words}. The highest bar: ${grouped(largest(bins))} of ${grouped(count)} values.`),
    apart ? make("p", { class: "hint" }, `Not in the bars: ${apart}.`) : "",
  );
}

/** Return a picture of bars, blue above zero and orange below or all of one fill, with a group of marks below, and its scale. */
function barPicture({ bins, from, width, group, words, fill = null, high = 72 }) {
  const most = largest(bins);
  const zero = -from / width;
  const line = zero >= 0 && zero <= BINS ? [draw("line", { class: "zero", x1: zero * 10, x2: zero * 10, y1: 0, y2: high })] : [];
  const bars = bins.map((count, i) => {
    const height = count && Math.max(1, (high * count) / most);
    const kind = from + (i + 0.5) * width < 0 ? "column-bar minus" : "column-bar";
    return draw("rect", { class: fill ? null : kind, fill, x: i * 10 + 0.5, y: high - height, width: 9, height });
  });
  const foot = draw("g", { transform: `translate(0 ${high})` }, draw("line", { class: "zero", x2: 240 }), group);
  const ends = spread(from, from + BINS * width);
  return [
    draw("svg", { viewBox: `0 -1 240 ${high + 13}`, role: "img", "aria-label": words }, ...bars, ...line, foot),
    make(
      "p",
      { class: "scale", "aria-hidden": "true" },
      ...(most ? [from, from + BINS * width].map((end) => make("span", {}, ends(end))) : []),
    ),
  ];
}

/** Return a mark below bars for each of some values. */
const marksBelow = (values, from, width) =>
  [...values].filter(Number.isFinite).map((value) => {
    const x = Math.min(239, Math.max(1, (10 * (value - from)) / width));
    return draw("line", { class: "tick", x1: x, x2: x, y1: 3, y2: 11 });
  });

const percent = (share) => (share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`);

/** Mark this row's values under each histogram. */
function showTicks() {
  for (const { layer, from, width, group } of ticks) group.replaceChildren(...marksBelow(state.trace[layer].a, from, width));
}

function buildSummary() {
  const cell = (text) => make("td", { class: "number" }, text);
  const rows = page.summary.map((layer, i) => [
    layerName(i),
    cell(`${grouped(layer.inputs)} → ${grouped(layer.units)}`),
    cell(layer.activation),
    cell(grouped(layer.parameters)),
    cell(grouped(layer.flops_per_row)),
    make("td", { class: "number", id: `range-${i}` }),
  ]);
  const total = (key) => cell(grouped(sum(page.summary.map((layer) => layer[key]))));
  const foot = [["total", make("td"), make("td"), total("parameters"), total("flops_per_row"), make("td")]];
  const head = ["layer", "inputs → units", "activation", "parameters", "FLOPs per row", "this row's values"];
  byId("layers").append(table("The network's layers", head, rows, foot));
}

function showSummary() {
  state.trace.forEach(({ a }, i) => {
    const least = a.reduce((low, value) => Math.min(low, value), Infinity);
    byId(`range-${i}`).textContent =
      `${brief(least)} to ${brief(a.reduce((high, value) => Math.max(high, value), -Infinity))}`;
  });
}

const MEASURES = {
  rows: "rows",
  accuracy: "accuracy",
  cross_entropy: "cross-entropy",
  mse: "mean squared error",
  mae: "mean absolute error",
  r2: "R²",
};

function buildMetrics() {
  const { metrics } = page;
  if (!metrics) return;
  byId("metrics").hidden = false;
  const top = Object.keys(metrics).flatMap((key) =>
    /^top_\d+_accuracy$/.test(key) ? [[key, key.replaceAll("_", " ")]] : [],
  );
  const figures = [...Object.entries(MEASURES), ...top].filter(([key]) => key in metrics);
  const write = (value) =>
    value === null ? "undefined" : Number.isInteger(value) ? grouped(value) : String(Number(value.toPrecision(7)));
  byId("measures").append(
    make("p", { class: "hint muted" }, "Over all rows of the data."),
    make(
      "dl",
      {},
      ...figures.map(([key, words]) =>
        make(
          "div",
          {},
          make("dt", {}, words),
          make("dd", {}, make("data", { value: metrics[key] }, write(metrics[key]))),
        ),
      ),
    ),
  );
  if (metrics.confusion) byId("measures").append(classMetrics(metrics));
}

function classMetrics({ classes: all, precision, recall, f1, support, confusion }) {
  const names = all.map(String);
  const cell = (text) => make("td", { class: "number" }, text);
  const three = (value) => cell(value === null ? "-" : value.toFixed(3));
  const order = [...names.keys()];
  const many = names.length > MOST_CONFUSED;
  if (many) order.sort((i, j) => f1[i] - f1[j] || i - j);
  const each = order.map((i) => [
    names[i],
    three(precision[i]),
    three(recall[i]),
    three(f1[i]),
    cell(grouped(support[i])),
  ]);
  const pieces = Array.from({ length: Math.ceil(each.length / MOST_CONFUSED) }, (_, k) =>
    table(
      "Metrics by class",
      ["class", "precision", "recall", "F1", "rows"],
      each.slice(k * MOST_CONFUSED, (k + 1) * MOST_CONFUSED),
    ),
  );
  return make(
    "div",
    { class: "tables" },
    make(
      "div",
      {},
      make("h3", {}, "By class"),
      make("p", { class: "hint muted" }, many ? "The lowest F1 first." : ""),
      make("div", { class: "scroll" }, make("div", { class: "pieces" }, ...pieces)),
    ),
    confusionTable(names, confusion),
  );
}
