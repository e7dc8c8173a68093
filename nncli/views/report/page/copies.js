// The chosen layer as text that others read: NumPy, LaTeX, and the command line that explains a neuron.

/** Return a number that Python reads back to the same value. */
const python = (value) => (Number.isFinite(value) ? exact(value) : `float("${value}")`);
const pythonList = (values) => `[${Array.from(values, python).join(", ")}]`;

/** Return the row of a layer's weights that an input has, (n_units,). */
const weightsOf = ({ weights, units }, input) => weights.subarray(input * units, (input + 1) * units);

/** Give the lines of a NumPy program that computes a layer's z and a for the row on show. */
function* numpyLines(layer, { x } = state.trace[layer]) {
  const { activation, alpha, biases } = network.layers[layer];
  const dtype = `np.${network.dtype}`;
  const own = `np.${layer ? network.dtype : network.input_dtype}`;
  const whole = network.input_dtype !== network.dtype; // sums in float64, as after nnfs.init()
  const from = layer ? `what layers[${layer - 1}] gives` : network.mean ? "the inputs, scaled" : "the inputs";
  yield "import numpy as np\n";
  yield `x = np.array([${pythonList(x)}], ${own})  # ${from}`;
  yield "W = np.array([  # a row for each of them, a column for each unit";
  for (let i = 0; i < x.length; i++) yield `    ${pythonList(weightsOf(network.layers[layer], i))},`;
  yield `], ${dtype})`;
  yield `b = np.array(${pythonList(biases)}, ${dtype})`;
  yield whole ? `z = (x.astype(np.float64) @ W.astype(np.float64)).astype(${dtype}) + b` : "z = x @ W + b";
  if (activation === "linear") yield "a = z";
  else {
    yield `\n${page.functions[activation]}`;
    const slope = alpha === null ? "" : `, ${typeof alpha === "number" ? alpha : `(${[...alpha].join(", ")},)`}`;
    yield `a = ${activation}(z${slope})${network.dtype === "float32" ? ".astype(np.float32)" : ""}`;
  }
}

const SIDE_BY_SIDE = 16; // a matrix of more rows or columns is shown as pixels, and cut in LaTeX

/** Return what is written of so many rows or columns: all, or the first and the last ones with null between. */
function places(count) {
  const all = Array.from({ length: Math.min(count, SIDE_BY_SIDE) }, (_, i) => i);
  if (count <= SIDE_BY_SIDE) return all;
  return [...all.slice(0, 4), null, count - 2, count - 1];
}

/** Return a number in LaTeX, to six digits. */
function latexNumber(value) {
  if (!Number.isFinite(value)) return Number.isNaN(value) ? "\\text{NaN}" : value > 0 ? "\\infty" : "-\\infty";
  const [digits, exponent] = String(Number(value.toPrecision(6))).split("e");
  return exponent ? `${digits} \\cdot 10^{${Number(exponent)}}` : digits;
}

/** Return a matrix in LaTeX, of any width; `at` gives the number of a place. */
function latexMatrix(rows, columns, at) {
  const across = places(columns);
  const lines = places(rows).map((i) =>
    across
      .map((j) => (i === null ? (j === null ? "\\ddots" : "\\vdots") : j === null ? "\\cdots" : latexNumber(at(i, j))))
      .join(" & "),
  );
  return `\\left[\\begin{array}{${"r".repeat(across.length)}} ${lines.join(" \\\\ ")} \\end{array}\\right]`;
}

/** Return a layer's way from x to a, as display maths. */
function latexText(layer) {
  const { x, z, a } = state.trace[layer];
  const { activation, biases, weights, units } = network.layers[layer];
  const row = (values) => latexMatrix(1, values.length, (_, j) => values[j]);
  const W = latexMatrix(x.length, units, (i, j) => weights[i * units + j]);
  const named = activation === "linear" ? "z" : `\\operatorname{${activation.replaceAll("_", "\\_")}}(z)`;
  return `\\begin{aligned}
x W + b &= ${row(x)} ${W} + ${row(biases)} \\\\
z &= ${row(z)} \\\\
a = ${named} &= ${row(a)}
\\end{aligned}`;
}

/** Return a word as a shell takes it. */
const quoted = (word) => (/^[\w@%+=:,./-]+$/.test(word) ? word : `'${word.replaceAll("'", `'"'"'`)}'`);

/** Whether the row on show goes into a command line by a pipe: it was moved, or the data can't be read again. */
const isPiped = (moved) => moved || page.given.data === null || !nRows;

/** Return a command line for the network as it was changed, over the page's data or the row that comes by a pipe. */
function commandLine(name, piped, ...more) {
  const { spec, data, network: options, rows } = page.given;
  const from = piped ? ["-", "--no-header"] : [...data, ...rows];
  const sets = [...state.edits].flatMap(([key, { to }]) => ["--set", `${key}=${exact(to)}`]);
  const line = ["nncli", name, spec, ...from, ...options, ...sets, ...more].map(String).map(quoted).join(" ");
  return piped ? `echo ${Array.from(state.x, exact).join(",")} | ${line}` : line;
}

/** Return the command line that explains a neuron for the row on show. */
function explainLine(layer, unit) {
  const piped = isPiped(state.moved);
  return commandLine("explain", piped, ...(piped ? [] : ["--row", state.row]), "--layer", layer, "--unit", unit);
}
