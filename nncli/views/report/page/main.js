// The page's one state, and its ways to change.

const state = { row: 0, x: rowOf(0), trace: forward(rowOf(0)), layer: 0, unit: 0, moved: false, astray: "" };

/** Take another row of the data, as it is. */
function setRow(row) {
  Object.assign(state, { row, x: rowOf(row), moved: false });
  refresh();
}

/** Move one input. */
function setInput(index, value) {
  state.x[index] = value;
  state.moved = true;
  refresh();
}

/** Move all inputs. */
function setInputs(values) {
  Object.assign(state, { x: Float64Array.from(values), moved: true });
  refresh();
}

/** Run the network and show everything that depends on the row. */
function refresh() {
  state.trace = forward(state.x);
  showInputs();
  showResult();
  showDiagram();
  showNeuron();
  showPlane();
  showTicks();
  showSummary();
  reachScrollers();
}

/** Choose a neuron, and name it in the address: #1.2 is layers[1], unit 2. */
function select(layer, unit) {
  writeLink(`#${layer}.${unit}`);
  if (layer === state.layer && unit === state.unit && !state.astray) return;
  Object.assign(state, { layer, unit, astray: "" });
  showDiagram();
  showNeuron();
  reachScrollers();
}

function writeLink(link) {
  if (location.hash === link) return;
  try {
    history.replaceState(null, "", link);
  } catch {
    // Browsers refuse after some hundred changes in a row; the page works on with an older address.
  }
}

/** Choose the neuron that the address names, if there is such a one. */
function followLink() {
  const [, layer, unit] = (/^#(\d+)\.(\d+)$/.exec(location.hash) ?? []).map(Number);
  if (layer === undefined) return;
  if (unit < network.layers[layer]?.units) select(layer, unit);
  else {
    state.astray = `${layer}.${unit}`;
    showNeuron();
  }
}

function describe() {
  const shape = [
    `${counted(nInputs, "input")}`,
    ...network.layers.map(({ units, activation }) => `${grouped(units)} ${activation}`),
  ].join(" → ");
  const parameters = sum(network.layers.map(({ weights, biases }) => weights.length + biases.length));
  byId("about").textContent = `${shape}; ${counted(parameters, "parameter")}, ${network.dtype}`;
}

/** Let what is wider than its panel be scrolled from the keyboard too. */
function reachScrollers() {
  for (const box of document.querySelectorAll(".scroll")) {
    if (box.scrollWidth > box.clientWidth)
      furnish(box, { tabindex: 0, role: "group", "aria-label": "Scrolls sideways" }, []);
    else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

function start() {
  describe();
  buildInputs();
  buildNeuron();
  buildHistograms();
  buildSummary();
  buildMetrics();
  buildPlane();
  followLink();
  buildDiagram();
  refresh();
  addEventListener("hashchange", followLink);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's address bar changes the height alone
    buildDiagram();
    reachScrollers();
    width = innerWidth;
  });
  document.documentElement.dataset.ready = "";
}

start();
globalThis.nncli = { network, forward: (row) => forward(Float64Array.from(row)) }; // for the curious, in the console
