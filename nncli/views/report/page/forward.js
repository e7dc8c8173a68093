// The forward pass, as the command computes it: sums in float64, results rounded to the
// network's dtype.

/** Activations of one number. The layer's alpha, if any, comes second. */
const ACTIVATIONS = {
  linear: (z) => z,
  relu: (z) => Math.max(0, z),
  relu6: (z) => Math.min(6, Math.max(0, z)),
  sigmoid,
  tanh: Math.tanh,
  leaky_relu: (z, alpha) => (z > 0 ? z : alpha * z),
  prelu: (z, alpha) => (z > 0 ? z : alpha * z),
  elu: (z, alpha) => (z > 0 ? z : alpha * Math.expm1(z)),
  celu: (z, alpha) => (z > 0 ? z : alpha * Math.expm1(z / alpha)),
  selu: (z) => 1.0507009873554805 * (z > 0 ? z : 1.6732632423543772 * Math.expm1(z)),
  gelu: (z) => (z === -Infinity ? 0 : (z / 2) * (1 + erf(z / Math.SQRT2))),
  gelu_tanh: (z) => (z === -Infinity ? 0 : (z / 2) * (1 + Math.tanh(Math.sqrt(2 / Math.PI) * (z + 0.044715 * z ** 3)))),
  silu: (z) => (z === -Infinity ? 0 : z * sigmoid(z)),
  softplus,
  mish: (z) => (z === -Infinity ? 0 : z * Math.tanh(softplus(z))),
  hard_swish: (z) => (z === -Infinity ? 0 : (z * Math.min(6, Math.max(0, z + 3))) / 6),
  softsign: (z) => (Math.abs(z) === Infinity ? Math.sign(z) : z / (1 + Math.abs(z))),
  hard_sigmoid: (z, alpha) => Math.min(1, Math.max(0, alpha * z + 0.5)),
};

/** Activations that look at the whole layer. */
const LAYER_ACTIVATIONS = {
  softmax,
  log_softmax: logSoftmax,
};

const sum = (values) => values.reduce((total, value) => total + value, 0);
const largest = (values) => values.reduce((most, value) => (value <= most ? most : value), -Infinity);

/** Return how far from zero the farthest of some numbers is; 1 where all are 0. */
function largestSize(values) {
  let most = 0;
  for (const value of values) if (Math.abs(value) > most) most = Math.abs(value);
  return most || 1;
}

/** Return exp(z - max): what softmax divides by its sum. */
function shifted(z) {
  const most = largest(z);
  return z.map((value) => Math.exp(value - most));
}

function softmax(z) {
  const shares = shifted(z);
  const total = sum(shares);
  return shares.map((share) => share / total);
}

function logSoftmax(z) {
  const most = largest(z);
  const log = Math.log(sum(shifted(z)));
  return z.map((value) => value - most - log);
}

function softplus(z) {
  return Math.max(z, 0) + Math.log1p(Math.exp(-Math.abs(z)));
}

function sigmoid(z) {
  return z >= 0 ? 1 / (1 + Math.exp(-z)) : Math.exp(z) / (1 + Math.exp(z));
}

/** Return the error function by its series of positive terms, exact to about 1e-15. */
function erf(x) {
  if (Number.isNaN(x)) return x;
  if (Math.abs(x) > 6) return Math.sign(x);
  let term = x;
  let total = x;
  for (let n = 1; Math.abs(term) > 1e-17 * Math.abs(total); n++) {
    term *= (2 * x * x) / (2 * n + 1);
    total += term;
  }
  return (2 / Math.sqrt(Math.PI)) * Math.exp(-x * x) * total;
}

/** Return what every layer, or those up to one, computes for one row: weighted sums z and activations a. */
function forward(row, last = network.layers.length - 1) {
  const trace = [];
  let x = scaled(row);
  for (let i = 0; i <= last; i++) {
    const layer = network.layers[i];
    const z = weightedSums(layer, x);
    const a = activate(layer, z);
    trace.push({ x, z, a });
    x = a;
  }
  return trace;
}

/** Return the inputs of the first layer: the row itself, or (row - mean) / std. */
function scaled(row) {
  if (!network.mean) return row.map(roundInput);
  return row.map((value, i) => roundInput(roundInput(roundInput(value) - network.mean[i]) / network.std[i]));
}

function weightedSums({ weights, biases, units }, x) {
  const z = new Float64Array(units);
  for (let i = 0; i < x.length; i++) {
    for (let j = 0, at = i * units; j < units; j++, at++) z[j] += x[i] * weights[at];
  }
  return z.map((value, j) => round(round(value) + biases[j]));
}

function activate({ activation, alpha }, z) {
  const whole = LAYER_ACTIVATIONS[activation];
  return (whole ? whole(z) : z.map((value, unit) => ACTIVATIONS[activation](value, alpha?.[unit] ?? alpha))).map(round);
}
