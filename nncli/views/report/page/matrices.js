// One layer as the notebook writes it: x @ W + b = z, and the activation of z. Numbers, or pixels where they are many.

let parts = {}; // of the layer on show, by name: {box, show(at), light(rows, column)}
let stripOf = -1; // the layer on show

const matricesPanel = {
  build() {
    byId("copies").append(
      copyButton("NumPy", () => numpyLines(state.layer)),
      copyButton("LaTeX", () => [latexText(state.layer)]),
      copyButton("nncli explain", () => [explainLine(state.layer, state.unit)]),
    );
  },
  render(_, what) {
    if (what.has("choice") && state.layer !== stripOf) drawStrip();
    else if (what.has("values") || what.has("pictures")) showStrip(what.has("weights") || what.has("pictures"));
    if (["choice", "values", "pointed"].some((kind) => what.has(kind))) lightStrip();
  },
};

/** Lay out the chosen layer's matrices. */
function drawStrip() {
  stripOf = state.layer;
  const { units, activation } = network.layers[stripOf];
  const count = state.trace[stripOf].x.length;
  const ins = Array.from({ length: count }, (_, i) => inputName(stripOf, i));
  const outs = Array.from({ length: units }, (_, j) => outputName(stripOf, j) || String(j));
  const rows = [layerInputs(stripOf)];
  parts = {
    x: matrix("x", rows, ins),
    W: matrix("W", ins, outs),
    b: matrix("b", ["bias"], outs),
    z: matrix("z", ["z"], outs, chooseUnit),
    a: matrix("a", ["a"], outs),
  };
  const sign = (text) => make("span", { class: "sign" }, text);
  const { x, W, b, z, a } = parts;
  const boxes = [[x.box], [sign("@"), W.box], [sign("+"), b.box], [sign("="), z.box], [sign(`${activation} →`), a.box]];
  byId("strip").classList.toggle("stacked", units > 6); // a column of W then stands above its b, z and a
  byId("strip").replaceChildren(...boxes.map((pair) => make("div", {}, ...pair)));
  showStrip(true);
}

const layerInputs = (layer) => (layer ? `layers[${layer - 1}]` : network.mean ? "scaled" : "input");

/** Write the numbers of the row on show; the weights only where they are others. */
function showStrip(weights) {
  const layer = network.layers[stripOf];
  const { x, z, a } = state.trace[stripOf];
  parts.x.show(x);
  if (weights) {
    parts.b.show(layer.biases);
    const { W } = parts; // another layer may be on show by then
    later(
      "strip",
      function* () {
        yield W.show(layer.weights);
      },
      true,
    );
  }
  parts.z.show(z);
  parts.a.show(a);
}

/** Light what makes one z: the row x, and the column of W; the one pointed at, or the chosen one. */
function lightStrip() {
  const unit = state.pointed?.layer === stripOf ? state.pointed.unit : state.unit;
  for (const [name, part] of Object.entries(parts)) part.light(name === "x" ? null : unit);
  const { x, z, a } = state.trace[stripOf];
  const { weights, biases, units, activation } = network.layers[stripOf];
  const product = round(sum(x.map((value, i) => value * weights[i * units + unit])));
  const write = aligned([product, biases[unit], z[unit], a[unit]]);
  byId("lit").textContent =
    `z[${unit}] = x @ W[:, ${unit}] + b[${unit}] = ${write(product)} + ${write(biases[unit])} = ${write(z[unit])}` +
    (activation === "linear" ? "" : `; a[${unit}] = ${write(a[unit])}`);
}

/** Choose a unit, or point at it, from the strip. */
function chooseUnit(unit, chosen) {
  if (chosen) select(stripOf, unit);
  else point(unit === null ? null : { layer: stripOf, unit });
}

/** Return a matrix to look at: a table of numbers, or pixels; `choose(unit, chosen)` makes its columns choosable. */
function matrix(name, rows, columns, choose) {
  const shape = `${name} (${grouped(rows.length)} × ${grouped(columns.length)})`;
  const small = rows.length <= SIDE_BY_SIDE && columns.length <= SIDE_BY_SIDE;
  const part = small ? numbers(shape, rows, columns, choose) : pixelMatrix(shape, rows, columns, choose);
  const box = make("div", { class: "matrix" }, make("p", { class: "muted hint" }, shape), part.box);
  return { ...part, box };
}

/** Return a table of heat-coloured numbers. */
function numbers(shape, rows, columns, choose) {
  const cells = rows.map(() =>
    columns.map((name, j) => {
      const cell = make("td", { class: "heat" });
      if (!choose) return cell;
      const button = make("button", { type: "button", tabindex: -1, "aria-label": name });
      button.addEventListener("click", () => choose(j, true));
      for (const kind of ["focus", "pointerenter"]) button.addEventListener(kind, () => choose(j));
      for (const kind of ["blur", "pointerleave"]) button.addEventListener(kind, () => choose(null));
      cell.append(button);
      return cell;
    }),
  );
  const box = make(
    "div",
    { class: "scroll" },
    table(shape, [make("td"), ...columns.map((name) => cut(name, 8))], rows.map((name, i) => [cut(name, 12), ...cells[i]])),
  );
  const show = (values) => {
    const write = columns.length < 7 ? aligned(values) : brief;
    const most = largest(Array.from(values, Math.abs)) || 1;
    cells.flat().forEach((cell, at) => {
      const value = values[at];
      heat(cell, value / most);
      const text = choose ? cell.firstChild : cell;
      if (choose) text.setAttribute("aria-label", `${columns[at]}: ${write(value)}, light its row and column`);
      text.textContent = write(value);
      cell.title = exact(value);
    });
  };
  if (choose) rove(box, "ArrowLeft", "ArrowRight");
  const light = (unit) => {
    for (const line of cells) line.forEach((cell, j) => cell.classList.toggle("lit", unit === null || j === unit));
    if (choose) roveTo(cells[0].map((cell) => cell.firstChild), cells[0][unit].firstChild);
  };
  return { box, show, light };
}

/** Colour a cell by a number's sign and strength, -1 to 1. */
function heat(cell, share) {
  cell.classList.toggle("minus", share < 0);
  cell.style.setProperty("--heat", `${Math.round(45 * Math.min(1, Math.abs(share))) || 0}%`);
}

const WIDEST = 400; // pixels of the screen for a matrix of pixels

/** Return a matrix painted in pixels, blue above 0 and orange below. */
function pixelMatrix(shape, rows, columns, choose) {
  const [height, width] = [rows.length, columns.length];
  const canvas = make("canvas", { width, height, role: "img", "aria-label": `${shape} as pixels` });
  const mark = make("i", { class: "lit" });
  const frame = make("div", { class: "pixels" }, canvas, mark);
  frame.style.width = `${Math.min(WIDEST, 12 * width)}px`;
  canvas.style.height = `${Math.min(WIDEST, height > 1 ? 12 * height : 14)}px`;
  let lit = 0;
  if (choose) {
    furnish(canvas, { role: "slider", tabindex: 0, "aria-valuemin": 0, "aria-valuemax": width - 1, class: "choosable" }, []);
    const unitAt = ({ offsetX }) => Math.min(width - 1, Math.max(0, Math.floor((width * offsetX) / canvas.clientWidth)));
    canvas.addEventListener("pointermove", (event) => choose(unitAt(event)));
    canvas.addEventListener("pointerleave", () => choose(null));
    canvas.addEventListener("click", (event) => choose(unitAt(event), true));
    canvas.addEventListener("keydown", ({ key }) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[key];
      if (by) choose(Math.min(width - 1, Math.max(0, lit + by)));
      if (key === "Enter") choose(lit, true);
    });
  }
  let shown = [];
  const show = (values) => {
    shown = values;
    paintValues(canvas, values, signs(values), canvas.width);
  };
  const light = (unit) => {
    lit = unit ?? 0;
    mark.style.left = `${unit === null ? 0 : (100 * unit) / width}%`;
    mark.style.width = `${unit === null ? 100 : 100 / width}%`;
    if (choose) furnish(canvas, { "aria-valuenow": lit, "aria-valuetext": `${columns[lit]}: ${brief(shown[lit])}` }, []);
  };
  return { box: frame, show, light };
}
