// How z becomes a: a formula with its numbers, or for a softmax the bars z, exp and share.

/** Return the lines of an activation that sees one number. */
function unitSteps(layer, unit) {
  const { activation, formula } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const result = make("strong", { id: "value" }, number(a[unit]));
  const line = (...words) => make("p", { class: "formula" }, ...words);
  if (activation === "linear") return [line("a = z = ", result)];
  const plain = formula === `${activation}(z)`; // tanh(z) says nothing that the next line does not
  return [
    ...(plain ? [] : [line(`${activation}(z) = ${formula}`)]),
    line(`${activation}(`, number(z[unit]), ") = ", result),
  ];
}

/** Return the steps of an activation that sees the whole layer: exponentials, their sum, the division. */
function layerSteps(layer, unit) {
  const { activation, formula } = network.layers[layer];
  const { z, a } = state.trace[layer];
  const shift = z.map((value) => value - largest(z));
  const exps = shifted(z);
  const order = unitsToShow(exps, unit);
  const inClasses = layer === network.layers.length - 1 && classes.length > 0;
  const columns = [
    ["z", z],
    ["z - largest", shift],
    ["exp", exps],
    [activation === "softmax" ? "÷ sum" : "- log(sum)", a],
  ].map(([title, values]) => column(title, values, order));
  const rows = order.map((i) => {
    const name = cut(outputName(layer, i) || `unit ${i}`, 32);
    const words = make("span", i === unit ? { class: "best", "aria-current": "true" } : {}, name);
    return [words, ...columns.map(({ cell }) => cell(i, inClasses ? colourOf(i) : null))];
  });
  const left = z.length - order.length;
  const total = make("td", { class: "number" }, number(sum(exps), aligned([...exps, sum(exps)])(sum(exps))));
  const foot = [[left ? `sum, with ${grouped(left)} more` : "sum", make("td"), make("td"), total, make("td")]];
  const bars = table(`${activation}, step by step`, ["unit", ...columns.map(({ title }) => title)], rows, foot);
  bars.classList.add("bars");
  [...bars.tBodies[0].rows].forEach((row, at) => {
    row.dataset.unit = order[at];
    row.addEventListener("pointerenter", () => point({ layer, unit: order[at] }));
    row.addEventListener("pointerleave", () => point(null));
  });
  return [
    make("p", { class: "formula" }, `${activation}(z) = ${formula}`),
    make("div", { class: "scroll" }, bars),
    make("p", { class: "formula" }, `unit ${unit}: `, make("strong", { id: "value" }, number(a[unit]))),
  ];
}

/** Return the units of a wide layer that are shown: those with most, and one of choice. */
function unitsToShow(exps, unit) {
  const order = [...exps.keys()];
  if (order.length <= page.terms.most) return order;
  order.sort((i, j) => exps[j] - exps[i] || i - j).length = page.terms.kept;
  return [...new Set([unit, ...order])].sort((i, j) => i - j);
}

/** Return a column of numbers, a bar under each: all bars of a column have one scale, with 0 at one place. */
function column(title, values, order) {
  const write = aligned(order.map((i) => values[i]));
  const finite = order.map((i) => values[i]).filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const share = (value) => (100 * (value - low)) / (high - low || 1);
  const cell = (i, colour) => {
    const [from, to] = Number.isFinite(values[i]) ? [0, values[i]].map(share).sort((one, two) => one - two) : [0, 0];
    const mark = draw("rect", { x: `${from}%`, width: `${to - from}%`, height: "100%", fill: colour, class: colour ? null : "plain" });
    const svg = draw("svg", { class: "step-bar", "aria-hidden": "true" }, mark);
    return make("td", { class: "number" }, number(values[i], write(values[i])), svg);
  };
  return { title, cell };
}

/** Light the row of the unit that is pointed at. */
function lightBars() {
  const { pointed, layer } = state;
  for (const row of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".bars tbody tr")))
    row.classList.toggle("marked", pointed?.layer === layer && String(pointed.unit) === row.dataset.unit);
}
