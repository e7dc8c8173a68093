// The arithmetic of one neuron: products, sum, bias, activation, and what to notice.

const TERMS = 12; // of a longer sum, the largest products are shown
const KEPT = 10;

const layerChoice = make("select", { id: "layer" });
const unitChoice = make("input", { type: "number", id: "unit", min: 0, step: 1 });
const everyTerm = make("input", { type: "checkbox", id: "every" });
const everyField = make("label", { class: "field" }, everyTerm, make("span", {}, "every input"));

const neuronPanel = {
  build: buildNeuron,
  render: (_, what) => (what.has("values") || what.has("choice")) && showNeuron(),
};

function buildNeuron() {
  layerChoice.append(...network.layers.map((_, i) => make("option", { value: i }, layerName(i))));
  layerChoice.addEventListener("change", () => select(Number(layerChoice.value), 0));
  unitChoice.addEventListener("change", () => {
    const last = network.layers[state.layer].units - 1;
    select(state.layer, Math.min(last, Math.max(0, Math.trunc(unitChoice.valueAsNumber) || 0)));
  });
  everyTerm.addEventListener("change", showNeuron);
  byId("choice").append(field("Layer", layerChoice), field("Unit", unitChoice), everyField);
}

function showNeuron() {
  const { layer, unit } = state;
  layerChoice.value = layer;
  unitChoice.value = unit;
  unitChoice.max = network.layers[layer].units - 1;
  everyField.hidden = state.trace[layer].x.length <= TERMS;
  const name = outputName(layer, unit);
  const { activation } = network.layers[layer];
  byId("neuron").replaceChildren(
    ...(state.astray ? [make("p", {}, `There is no neuron ${state.astray} in this network.`)] : []),
    make("h3", {}, `${layerName(layer)}, unit ${unit}`, ...(name ? [" — ", given(name)] : [])),
    ...(layer === 0 && network.mean
      ? [make("p", { class: "hint" }, "The inputs are scaled first: (x - mean) / std.")]
      : []),
    make("div", { class: "scroll" }, sumTable(layer, unit)),
    ...(activation in LAYER_ACTIVATIONS ? layerSteps(layer, unit) : unitSteps(layer, unit)),
    make("ul", { class: "notes" }, ...notes(layer, unit).map((note) => make("li", {}, note))),
  );
}

/** Return the table input × weight = product, the sum, the bias and z. */
function sumTable(layer, unit) {
  const { x, z } = state.trace[layer];
  const { weights, biases, units } = network.layers[layer];
  const terms = Array.from(x, (value, i) => ({
    i,
    value,
    weight: weights[i * units + unit],
    product: value * weights[i * units + unit],
  }));
  const shown = everyTerm.checked || terms.length <= TERMS ? terms : largestTerms(terms);
  const rest = terms.filter((term) => !shown.includes(term));
  const total = sum(terms.map(({ product }) => product));
  const subtotal = sum(rest.map(({ product }) => product));
  const writeValue = aligned(shown.map(({ value }) => value));
  const writeWeight = aligned(shown.map(({ weight }) => weight));
  const write = aligned([...shown.map(({ product }) => product), subtotal, round(total), biases[unit], z[unit]]);
  const cell = (value, text) => make("td", { class: "number" }, number(value, text));
  const rows = shown.map(({ i, value, weight, product }) => [
    inputName(layer, i),
    cell(value, writeValue(value)),
    cell(weight, writeWeight(weight)),
    cell(product, write(product)),
  ]);
  const last = (words, value) => [make("th", { scope: "row", colspan: 3 }, words), cell(value, write(value))];
  if (rest.length) rows.push(last(`… ${grouped(rest.length)} more`, subtotal));
  const foot = [last("sum", round(total)), last("bias", biases[unit]), last("z = sum + bias", z[unit])];
  return table(
    "The weighted sum",
    [layer ? `layers[${layer - 1}]` : "input", "value", "× weight", "= product"],
    rows,
    foot,
  );
}

function largestTerms(terms) {
  return [...terms].sort((one, two) => Math.abs(two.product) - Math.abs(one.product) || one.i - two.i).slice(0, KEPT);
}

/** Return the lines of an activation that sees one number. */
function unitSteps(layer, unit) {
  const { activation, formula } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const result = make("strong", { id: "value" }, number(a[unit]));
  if (activation === "linear") return [make("p", { class: "formula" }, "a = z = ", result)];
  return [
    make("p", { class: "formula" }, `${activation}(z) = ${formula}`),
    make("p", { class: "formula" }, `${activation}(`, number(z[unit]), ") = ", result),
  ];
}

/** Return the steps of an activation that sees the whole layer: the shifted exponentials, their sum, the division. */
function layerSteps(layer, unit) {
  const { activation, formula } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const most = largest(z);
  const exps = shifted(z);
  const order = [...z.keys()];
  if (order.length > TERMS) {
    order.sort((i, j) => Number(j === unit) - Number(i === unit) || exps[j] - exps[i] || i - j).length = KEPT;
    order.sort((i, j) => i - j);
  }
  const [writeZ, writeShift, writeExp, writeA] = [z, z.map((value) => value - most), exps, a].map(aligned);
  const cell = (value, text) => make("td", { class: "number" }, number(value, text));
  const rows = order.map((i) => [
    make(
      "span",
      i === unit ? { class: "best", "aria-current": "true" } : {},
      cut(outputName(layer, i) || `unit ${i}`, 32),
    ),
    cell(z[i], writeZ(z[i])),
    cell(z[i] - most, writeShift(z[i] - most)),
    cell(exps[i], writeExp(exps[i])),
    cell(a[i], writeA(a[i])),
  ]);
  const left = z.length - order.length;
  const words = left ? `sum, with ${grouped(left)} more` : "sum";
  const foot = [[words, make("td"), make("td"), cell(sum(exps), aligned([...exps, sum(exps)])(sum(exps))), make("td")]];
  const last = activation === "softmax" ? "÷ sum" : "z - largest - log(sum)";
  return [
    make("p", { class: "formula" }, `${activation}(z) = ${formula}`),
    make(
      "div",
      { class: "scroll" },
      table(`${activation}, step by step`, ["unit", "z", "z - largest", "exp", last], rows, foot),
    ),
    make("p", { class: "formula" }, `unit ${unit}: `, make("strong", { id: "value" }, number(a[unit]))),
  ];
}

/** Return what a learner should notice about a neuron. */
function notes(layer, unit) {
  const { activation, limits, units } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const { certain, saturated, undecided } = page.thresholds;
  const found = [];
  if (activation === "relu") {
    const seen = seenRows.length;
    const off = seenRows.filter((row) => row[layer][unit] === 0).length;
    if (z[unit] <= 0)
      found.push("z is not above 0: this ReLU is off, and nothing of this row passes through the neuron.");
    if (seen > 1 && off === seen) found.push(`It is off for every one of ${grouped(seen)} rows: a dead neuron.`);
    else if (seen > 1 && off > 0) found.push(`It is off for ${grouped(off)} of ${grouped(seen)} rows.`);
  }
  const margin = limits ? (1 - saturated) * (limits[1] - limits[0]) : 0;
  if (limits && (a[unit] <= limits[0] + margin || a[unit] >= limits[1] - margin)) {
    found.push(
      `The value is at one end of ${activation}: it is saturated, and a small change of the inputs hardly changes it.`,
    );
  }
  if (activation === "softmax" && units > 1) {
    const shares = [...a];
    if (Math.max(...shares) >= certain)
      found.push("This softmax is saturated: one class has nearly all of the probability.");
    else if (shares.every((share) => Math.abs(share - 1 / units) < undecided))
      found.push(
        `All probabilities are near 1/${units}: the weighted sums hardly differ, as with small, untrained weights.`,
      );
  }
  return found;
}
