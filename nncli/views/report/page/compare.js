// A pinned row beside the one on show: both values, and the difference.

const comparePanel = {
  render(_, what) {
    if (!["values", "choice", "shown", "pinned"].some((kind) => what.has(kind))) return;
    const other = compared();
    for (const [id, content] of Object.entries({ "compared-terms": comparedTerms, "compared-scores": comparedScores })) {
      byId(id).hidden = !other;
      byId(id).replaceChildren(...(other ? [make("div", { class: "scroll" }, content(other))] : []));
    }
  },
};

const rowInWords = () => (state.moved ? "moved" : `row ${state.row}`);

/** Return cells for pairs of numbers, each with its difference. */
function pairCells(pairs) {
  const write = aligned(pairs.flatMap(([here, there]) => [here, there, here - there]));
  return pairs.map(([here, there]) =>
    [here, there, here - there].map((value) => make("td", { class: "number" }, number(value, write(value)))),
  );
}

/** Return the products of the chosen neuron for both rows, and what comes of them. */
function comparedTerms({ row, trace }) {
  const { layer, unit } = state;
  const [here, there] = [state.trace[layer], trace[layer]];
  const products = shown[layer].map((i) => [here, there].map(({ x }) => x[i] * weightOf(layer, i, unit)));
  const sums = [here.z, there.z].map((z) => z[unit]);
  const results = [here.a, there.a].map((a) => a[unit]);
  const cells = pairCells([...products, sums, results]);
  const names = [...shown[layer].map((i) => inputName(layer, i)), "z", "a"];
  return table(
    "The products of both rows",
    ["product of", rowInWords(), `row ${row}, pinned`, "difference"],
    names.map((name, at) => [name, ...cells[at]]),
  );
}

/** Return the outputs of both rows, of many those that differ most. */
function comparedScores({ row, trace }) {
  const [here, there] = [state.trace, trace].map((layers) => {
    const { a } = layers.at(-1);
    return givesProbabilities ? probabilities(a) : [...a];
  });
  const names = classes.length ? classes : here.map((_, i) => valueName(i));
  const order = mostOf(here.map((value, i) => value - there[i]), SCORES);
  const cells = pairCells(order.map((i) => [here[i], there[i]]));
  return table(
    "The results of both rows",
    [classes.length ? "class" : "output", rowInWords(), `row ${row}, pinned`, "difference"],
    order.map((i, at) => [names[i], ...cells[at]]),
  );
}

/** Write the pinned row's value in brackets beside a neuron's, and return it in words. */
function writeGhost({ value, layer, unit }) {
  const other = compared();
  if (!other) return "";
  const there = brief(layer < 0 ? other.x[unit] : other.trace[layer].a[unit]);
  const place = size.beside ? { x: value.getAttribute("x"), dy: 12 } : { dx: 3 };
  value.append(draw("tspan", { class: "ghost", ...place }, `(${there})`));
  return `; row ${other.row}: ${there}`;
}
