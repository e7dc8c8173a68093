// What a learner should notice about a neuron: the command's sentences, where the command says them.

/** Return a sentence of the command's, its places filled. */
const say = (key, values = {}) => page.words[key].replace(/\{(\w+)\}/g, (_, name) => values[name]);

/** Return a value to so many significant digits as the command spells it. */
function rounded(value, digits = 8) {
  const [near, whole] = [String(Number(value.toPrecision(digits))), exact(value)];
  const text = near.length <= whole.length ? near : whole;
  return /^-?\d+$/.test(text) ? `${text}.0` : text;
}

const MOST_NAMED = 8;

/** Return unit numbers as text, the first few of many. */
function listedUnits(units) {
  const left = units.length - MOST_NAMED;
  return units.slice(0, MOST_NAMED).join(", ") + (left > 0 ? ` and ${left} more` : "");
}

/** Return names as a phrase: a, b and c. */
function listedNames(names) {
  const shown = names.length <= 4 ? names : [...names.slice(0, 4), `${names.length - 4} more`];
  return [shown.slice(0, -1).join(", "), shown.at(-1)].join(" and ");
}

/** Return the notes on a neuron. */
function notes(layer, unit) {
  const { activation } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const found = [];
  if (layer === 0 && !network.mean && state.x.every((value) => value === 0)) found.push(say("no_inputs"));
  const bad = [...z.keys()].filter((i) => !Number.isFinite(z[i]) || !Number.isFinite(a[i]));
  if (bad.length) found.push(say("overflow", { layer, units: listedUnits(bad) }));
  if (activation === "relu" && a[unit] === 0) found.push(say("off"));
  found.push(...activityNotes(layer, unit));
  if (layer === network.layers.length - 1) found.push(...probabilityNotes(z, a));
  if (network.input_dtype !== network.dtype)
    found.push(say("summed", { sum_dtype: network.input_dtype, dtype: network.dtype }));
  return found;
}

/** Return what a unit does over the page's rows. */
function activityNotes(layer, unit) {
  const { activation, limits } = network.layers[layer];
  const values = seenRows.map((row) => row[layer][unit]);
  const all = page.rows.all && values.length === nRows;
  const rows = `${all ? "the" : "the first"} ${values.length} row${values.length === 1 ? "" : "s"}`;
  const off = activation === "relu" ? values.filter((value) => value === 0).length : 0;
  if (off && off === values.length) return [say("dead", { rows })];
  if (off) return [`it is off in ${grouped(off)} of ${rows}`];
  if (!limits || !values.length) return [];
  const margin = (1 - page.thresholds.saturated) * (limits[1] - limits[0]);
  const flat =
    values.every((value) => !(value > limits[0] + margin)) || values.every((value) => !(value < limits[1] - margin));
  return flat && !values.every(Number.isNaN) ? [say("flat", { activation, rows })] : [];
}

/** Return what the last layer's probabilities tell. */
function probabilityNotes(z, p) {
  const { certain, undecided } = page.thresholds;
  if (network.kind === "binary")
    return Math.abs(p[0] - 0.5) < undecided ? [say("half", { probability: rounded(p[0], 4) })] : [];
  if (network.kind !== "classes" || p.some(Number.isNaN)) return [];
  const most = largest(p);
  const best = [...p.keys()].filter((i) => p[i] === most);
  const names = best.map((i) => cut(network.outputs?.[i] ?? String(i), 24));
  const found = [];
  if (most >= certain) found.push(say("certain", { name: names[0], probability: rounded(most, 6) }));
  if (best.length > 1) found.push(say("tied", { names: listedNames(names) }));
  if (p.every((share) => Math.abs(share - 1 / p.length) < undecided)) {
    const spread = rounded(round(largest(z) + largest(z.map((value) => -value))), 2);
    const weight = largest(network.layers.map(({ weights }) => weights.reduce((top, w) => Math.max(top, Math.abs(w)), 0)));
    found.push(say("undecided", { classes: p.length, spread, largest: rounded(weight, 2) }));
  }
  return found;
}
