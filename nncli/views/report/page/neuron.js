// The arithmetic of one neuron: products, sum and bias.

const layerChoice = make("select", { id: "layer" });
const unitChoice = make("input", { type: "number", id: "unit", min: 0, step: 1 });
const everyTerm = make("input", { type: "checkbox", id: "every" });
const everyField = make("label", { class: "field" }, everyTerm, make("span", {}, "every input"));

const neuronPanel = {
  build: buildNeuron,
  render(_, what) {
    if (what.has("values") || what.has("choice") || what.has("shown")) showNeuron();
    if (what.has("pointed") || what.has("shown")) {
      showLit();
      lightBars();
    }
  },
};

function buildNeuron() {
  layerChoice.append(...network.layers.map((_, i) => make("option", { value: i }, layerName(i))));
  layerChoice.addEventListener("change", () => select(Number(layerChoice.value), 0));
  unitChoice.addEventListener("change", () => {
    const last = network.layers[state.layer].units - 1;
    select(state.layer, Math.min(last, Math.max(0, Math.trunc(unitChoice.valueAsNumber) || 0)));
  });
  followTerms();
  everyTerm.addEventListener("change", showNeuron);
  byId("choice").append(field("Layer", layerChoice), field("Unit", unitChoice), everyField);
}

function showNeuron() {
  const { layer, unit } = state;
  layerChoice.value = layer;
  unitChoice.value = unit;
  unitChoice.max = network.layers[layer].units - 1;
  everyField.hidden = state.trace[layer].x.length <= shown[layer].length;
  const name = outputName(layer, unit);
  const { activation } = network.layers[layer];
  byId("neuron-head").replaceChildren(
    ...(state.astray ? [make("p", {}, `There is no neuron ${state.astray} in this network.`)] : []),
    make("h3", {}, `${layerName(layer)}, unit ${unit}`, ...(name ? [" — ", given(name)] : [])),
  );
  byId("scaling").replaceChildren(...(layer === 0 && network.mean ? [scaling(termsOnShow())] : []));
  showTerms();
  byId("neuron-rest").replaceChildren(
    ...(activation in LAYER_ACTIVATIONS ? layerSteps(layer, unit) : unitSteps(layer, unit)),
    make("ul", { class: "notes" }, ...notes(layer, unit).map((note) => make("li", {}, note))),
  );
}

/** Return how inputs are scaled, as explain says it. */
function scaling(inputs) {
  const columns = [(i) => state.x[i], (i) => network.mean[i], (i) => network.std[i], (i) => state.trace[0].x[i]].map((of) => {
    const values = inputs.map(of);
    const write = aligned(values);
    return values.map((value) => make("td", { class: "number" }, number(value, write(value))));
  });
  const content = table(
    "The inputs are scaled first: (value - mean) / std",
    ["input", "value", "mean", "std", "scaled"],
    inputs.map((i, at) => [network.inputs[i], ...columns.map((column) => column[at])]),
  );
  content.caption.className = "said";
  return content;
}
