// Which units are on show: all of a small layer; of a large one those that matter most for the chosen neuron,
// or for the strongest one on show in the next layer. The table and the picture speak of the same ones.

const MOST = page.terms.most;
const KEPT = page.terms.kept; // of more
const MOST_EDGES = 60; // between two columns far apart
const isPhone = () => innerWidth < 560;

let shown = []; // a list of units for each column: the inputs' is the first

/** Return the number of the row's true class, or -1. */
const trueClass = () => (page.rows.labels && !state.moved ? classes.indexOf(page.rows.labels[state.row]) : -1);

/** Choose the units on show anew; return whether they are others than before. */
function chooseShown() {
  const before = JSON.stringify(shown);
  const last = network.layers.length - 1;
  shown = [];
  let toward = null;
  for (let layer = last; layer >= -1; layer--) {
    const values = layer < 0 ? state.trace[0].x : state.trace[layer].a;
    const next = network.layers[layer + 1];
    const strength = next
      ? Array.from(values, (value, i) => Math.abs(value * next.weights[i * next.units + toward]))
      : [...values];
    const order = [...strength.keys()].sort((i, j) => strength[j] - strength[i] || i - j);
    const must = layer === state.layer ? [state.unit] : [];
    if (layer === last) must.push(order[0], ...(values.length > 1 ? [trueClass()] : []));
    toward = layer === state.layer ? state.unit : order[0];
    const units = order.length <= (isPhone() ? KEPT : MOST) ? order : [...new Set([...must.filter((i) => i >= 0), ...order])].slice(0, isPhone() ? KEPT - 2 : KEPT);
    shown.unshift(units.sort((i, j) => i - j));
  }
  return JSON.stringify(shown) !== before;
}
