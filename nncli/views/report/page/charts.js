// What the layers do over all rows of the page, what they are made of, and how good they are.

const BINS = 24;
const ticks = []; // per layer: {low, high, group}: where this row's values are

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

function histogram(layer) {
  let [low, high, total, zeros, count] = [Infinity, -Infinity, 0, 0, 0];
  for (const row of seenRows) {
    for (const value of row[layer]) {
      if (!Number.isFinite(value)) continue;
      [low, high, total, zeros, count] = [
        Math.min(low, value),
        Math.max(high, value),
        total + value,
        zeros + (value === 0 ? 1 : 0),
        count + 1,
      ];
    }
  }
  const write = spread(low, high);
  const words = count
    ? `${write(low)} to ${write(high)}, mean ${write(total / count)}${zeros ? `, ${percent(zeros / count)} exactly 0` : ""}`
    : "no finite value";
  if (low === high) [low, high] = [low - 0.5, high + 0.5]; // one value stands in the middle
  const width = high - low || 1;
  const bins = new Array(BINS).fill(0);
  for (const row of seenRows) {
    for (const value of row[layer])
      if (Number.isFinite(value)) bins[Math.min(BINS - 1, Math.floor((BINS * (value - low)) / width))]++;
  }
  const group = draw("g", {});
  ticks.push({ layer, low, width, group });
  return make(
    "figure",
    {},
    make("figcaption", {}, make("strong", {}, layerName(layer)), ` ${network.layers[layer].activation}`),
    draw(
      "svg",
      { viewBox: "0 0 240 84", role: "img", "aria-label": `Histogram of ${grouped(count)} values: ${words}` },
      ...bars(bins),
      group,
    ),
    make(
      "p",
      { class: "scale", "aria-hidden": "true" },
      make("span", {}, count ? write(low) : ""),
      make("span", {}, count ? write(high) : ""),
    ),
    make("p", { class: "hint muted" }, words),
  );
}

function bars(bins) {
  const most = largest(bins) || 1;
  return bins.map((count, i) => {
    const height = count && Math.max(1, (72 * count) / most);
    return draw("rect", { class: "column-bar", x: i * 10 + 0.5, y: 72 - height, width: 9, height });
  });
}

const percent = (share) => (share > 0 && share < 0.01 ? "less than 1 %" : `${Math.round(100 * share)} %`);

/** Mark this row's values under each histogram. */
function showTicks() {
  for (const { layer, low, width, group } of ticks) {
    const marks = [...state.trace[layer].a].filter(Number.isFinite).map((value) => {
      const x = Math.min(239, Math.max(1, (240 * (value - low)) / width));
      return draw("line", { class: "tick", x1: x, x2: x, y1: 75, y2: 83 });
    });
    group.replaceChildren(...marks);
  }
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

const MOST_CONFUSED = 40; // classes of a confusion matrix that one can still read

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
  const cell = (text, marked) => make("td", { class: marked ? "number hit" : "number" }, text);
  const three = (value) => cell(value === null ? "-" : value.toFixed(3));
  const each = names.map((name, i) => [
    name,
    three(precision[i]),
    three(recall[i]),
    three(f1[i]),
    cell(grouped(support[i])),
  ]);
  const counts =
    names.length > MOST_CONFUSED
      ? []
      : names.map((name, i) => [name, ...confusion[i].map((count, j) => cell(grouped(count), i === j))]);
  const part = (title, note, content) =>
    make("div", {}, make("h3", {}, title), ...note, make("div", { class: "scroll" }, content));
  const note = make("p", { class: "hint muted" }, "A row for each true class, a column for each predicted one.");
  return make(
    "div",
    { class: "tables" },
    part("By class", [], table("Metrics by class", ["class", "precision", "recall", "F1", "rows"], each)),
    names.length <= MOST_CONFUSED
      ? part("Confusion", [note], table("Confusion matrix", ["true \\ predicted", ...names], counts))
      : "",
  );
}
