// What the page was made for: the network and the rows, out of the JSON block.

const page = JSON.parse(byId("data").textContent);

const network = {
  ...page.network,
  layers: page.network.layers.map((layer) => ({
    ...layer,
    weights: decode(layer.weights, page.network.dtype),
    biases: decode(layer.biases, page.network.dtype),
  })),
};

/** Round to the network's dtype. */
const round = network.dtype === "float32" ? Math.fround : (value) => value;

/** Round to the dtype in which inputs are read: a float32 network that sums in float64 keeps them whole. */
const roundInput = network.input_dtype === "float32" ? Math.fround : (value) => value;

const nInputs = network.inputs.length;
const features = decode(page.rows.features, page.rows.dtype);
const nRows = page.rows.count;

/** Return one row of the data as float64; without data, zeros. */
function rowOf(index) {
  return nRows
    ? Float64Array.from(features.subarray(index * nInputs, (index + 1) * nInputs))
    : new Float64Array(nInputs);
}

/** Return the row to begin with: the first, or if that is all zeros the first one of some size that reaches every layer. */
function firstRow() {
  const tells = (least) => (row) =>
    largest(rowOf(row).map(Math.abs)) > least && seenRows[row].every((a) => a.some((value) => value !== 0));
  const rows = [...seenRows.keys()];
  if (!nRows || tells(0)(0)) return 0;
  const most = largest(features.map(Math.abs));
  return rows.find(tells(most / 4)) ?? rows.find(tells(0)) ?? Math.max(0, rows.findIndex((row) => rowOf(row).some((x) => x !== 0)));
}

/** The range of each input over the rows, a little wider: for the sliders and the map. */
const ranges = network.inputs.map((_, i) => {
  let low = Infinity;
  let high = -Infinity;
  for (let at = i; at < features.length; at += nInputs) {
    low = Math.min(low, features[at]);
    high = Math.max(high, features[at]);
  }
  if (low > high) return [-1, 1];
  const margin = high > low ? 0.06 * (high - low) : Math.abs(low) || 1;
  return [low - margin, high + margin];
});

/** Say which rows of the data some first ones of the page are. */
function rowsInWords(count) {
  if (!page.rows.all || count < nRows) return `the first ${counted(count, "row")} of the data`;
  return count === 1 ? "the data's only row" : `all ${counted(count, "row")}`;
}

/** Multiplications that opening the page may take for its histograms, and again for its map: under a second. */
const COST = 4e8;
const nWeights = network.layers.reduce((count, { weights }) => count + weights.length, 0);

/** The rows' activations, a list of arrays per layer, for histograms and notes; fewer rows of a huge network. */
const seenRows = Array.from({ length: Math.min(nRows, Math.ceil(COST / nWeights)) }, (_, row) =>
  forward(rowOf(row)).map(({ a }) => a),
);
const seenSums = []; // the last layer's z

/** Return the name of a layer for people: layers[0], and its own name where it has one. */
function layerName(index) {
  const { name } = network.layers[index];
  return name ? `layers[${index}] ${cut(name, 40)}` : `layers[${index}]`;
}

/** Return what a layer's input is called. */
function inputName(layer, index) {
  return layer === 0 ? network.inputs[index] : `unit ${index}`;
}

/** Return the name of an output unit, or nothing for a hidden one or a nameless output. */
function outputName(layer, unit) {
  return layer === network.layers.length - 1 && network.kind !== "binary" ? (network.outputs?.[unit] ?? "") : "";
}

/** Return the name of an output that is a plain value, as the command's column has it. */
const valueName = (unit) => network.outputs?.[unit] ?? `output_${unit}`;

/** The classes, by name or number; none where the network gives plain values. */
const classes =
  network.kind === "classes" || network.kind === "logits"
    ? (network.outputs ?? Array.from(network.layers.at(-1).biases, (_, i) => String(i)))
    : network.kind === "binary"
      ? (network.outputs ?? ["0", "1"])
      : [];

/** What a row's label is called: of plain values it is the number to be met. */
const LABEL = classes.length ? "label" : "target";
const shortLabel = (label) => (classes.length || label === "" || Number.isNaN(Number(label)) ? label : String(Number(Number(label).toPrecision(5))));

/** Whether the outputs are probabilities of classes; logits are none, though a softmax makes some of them. */
const givesProbabilities = network.kind === "classes" || network.kind === "binary";

/** Return the probability of each class, from the last layer's activations. */
function probabilities(a) {
  if (network.kind === "logits") return softmax([...a]);
  return network.kind === "binary" ? [1 - a[0], a[0]] : [...a];
}

/** Return a number for the class that is predicted: its probability, or its logit. */
function scoreOf(a, best) {
  return givesProbabilities ? probabilities(a)[best] : a[best];
}

/** Return the number of the class that the command would print; -1 where there is none. */
function predicted(a) {
  if (a.some(Number.isNaN)) return -1;
  return network.kind === "binary" ? Number(a[0] >= 0.5) : a.indexOf(largest(a));
}
