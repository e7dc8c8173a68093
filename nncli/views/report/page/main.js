// The panels, and how the page starts. How it works is told at the top of state.js.

const PANELS = [inputsPanel, resultPanel, diagramPanel, neuronPanel, whatifPanel, planePanel, curvePanel, portraitPanel, stepsPanel, matricesPanel, rowsPanel, comparePanel, crossesPanel, chartsPanel, savePanel];

const KINDS = ["values", "weights", "rows", "choice", "pointed", "listed", "pinned", "size"];

function describe() {
  const shape = [
    `${counted(nInputs, "input")}`,
    ...network.layers.map(({ units, activation }) => `${grouped(units)} ${activation}`),
  ].join(" → ");
  const parameters = sum(network.layers.map(({ weights, biases }) => weights.length + biases.length));
  byId("about").textContent = `${shape}; ${counted(parameters, "parameter")}, ${network.dtype}`;
}

/** Let what is wider than its panel, or very long, be scrolled from the keyboard too. */
function* reachScrollers() {
  for (const box of document.querySelectorAll(".scroll")) {
    yield;
    const sideways = box.scrollWidth > box.clientWidth;
    if (sideways || box.scrollHeight > box.clientHeight)
      furnish(box, { tabindex: 0, role: "group", "aria-label": sideways ? "Scrolls sideways" : "Scrolls" }, []);
    else for (const name of ["tabindex", "role", "aria-label"]) box.removeAttribute(name);
  }
}

function start() {
  describe();
  byId("signs").hidden = classes.length < 3;
  state.row = firstRow();
  state.x = rowOf(state.row);
  state.trace = forward(state.x);
  chooseShown();
  readInk();
  for (const panel of PANELS) panel.build?.();
  followLink();
  change({}, ...KINDS);
  addEventListener("hashchange", followLink);
  let width = innerWidth;
  addEventListener("resize", () => {
    if (innerWidth === width) return; // a phone's address bar changes the height alone
    width = innerWidth;
    change({}, "size");
  });
  document.documentElement.dataset.ready = "";
}

start();
globalThis.nncli = { network, state, forward: (row) => forward(Float64Array.from(row)) }; // for the curious, in the console
