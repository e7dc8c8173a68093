// The arithmetic of one neuron: products, sum and bias.

const layerChoice = make("select", { id: "layer" });
const unitChoice = make("input", { type: "number", id: "unit", min: 0, step: 1 });
const everyTerm = make("input", { type: "checkbox", id: "every" });
const everyField = make("label", { class: "field" }, everyTerm, make("span", {}, "every input"));

const neuronPanel = {
  build: buildNeuron,
  render(_, what) {
    if (what.has("values") || what.has("choice")) showNeuron();
    if (what.has("pointed")) lightBars();
  },
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
  everyField.hidden = state.trace[layer].x.length <= page.terms.most;
  const name = outputName(layer, unit);
  const { activation } = network.layers[layer];
  byId("neuron").replaceChildren(
    ...(state.astray ? [make("p", {}, `There is no neuron ${state.astray} in this network.`)] : []),
    make("h3", {}, `${layerName(layer)}, unit ${unit}`, ...(name ? [" — ", given(name)] : [])),
    ...(layer === 0 && network.mean
      ? [make("p", { class: "hint" }, "The inputs are scaled first: (x - mean) / std.")]
      : []),
    make("div", { class: "scroll", id: "sum" }, sumTable(layer, unit)),
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
  const shown = everyTerm.checked || terms.length <= page.terms.most ? terms : largestTerms(terms);
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
  return [...terms].sort((one, two) => Math.abs(two.product) - Math.abs(one.product) || one.i - two.i).slice(0, page.terms.kept);
}
