// How the page works.
//
// There is one state, and one way to change it: `change({row: 3}, "values")` writes into `state`, computes what
// follows from it, and calls `render(state, what)` of every panel in PANELS (main.js), in that order. `what` is a
// Set of the kinds of changes:
//
//   values   the trace is another one: another row, a moved input, a changed weight. state.trace[layer] is {x, z, a}
//   weights  weights or biases are others (never without values); state.edits tells which
//   rows     what is counted over all rows is another one: seenRows, state.score. Comes later than weights, in slices
//   choice   another neuron is chosen: state.layer, state.unit; state.step is the step of "step by step", or null
//   pointed  something else is pointed at: state.pointed, a {layer, unit}, and state.term, an input of the chosen one
//   pinned   another row is pinned, or none: state.pinned, a {row, x, trace}
//   listed   other rows are listed: state.pair, a cell {label, best} of the confusion matrix
//   shown    other units are on show (shown.js)
//   pictures what the neurons say over the inputs is computed anew (pictures.js)
//   settled  nothing has been moved or changed for a moment
//   size     the window has another width
//
// At the start every panel's `build()` is called once, then all are rendered with all kinds. A panel is one file with
// `const somePanel = { build() {}, render(state, what) {} }` (both may be missing), its <section class="panel"> in
// page.html, its line in PANELS and one in SCRIPTS (__init__.py). All files share one scope. Panels never call each
// other's render; they change the state. What takes longer than some milliseconds is `later("name", function* …)`.
//
// The page holds these files without comments and with short names (squeeze.py). So that they mean the same, no
// variable is reached by its name as a text, and there is no empty statement.

const state = {
  row: 0,
  x: rowOf(0), // the inputs
  moved: false, // whether they are others than the row's
  trace: [],
  layer: 0,
  unit: 0,
  step: null,
  looking: false, // whether the big picture is about the chosen neuron
  astray: "", // the address names a neuron that is not there
  pointed: null,
  term: null,
  edits: new Map(), // "layer.input.unit" of a weight, "layer.unit" of a bias -> {layer, input, unit, from, to}
  pinned: null,
  pair: null,
  firstScore: null,
  score: null, // accuracy and loss over the page's rows
};

/** Change the state and show what depends on it. */
function change(changes, ...kinds) {
  Object.assign(state, changes);
  const what = new Set(kinds);
  if (what.has("values")) state.trace = forward(state.x);
  const begun = ["choice", "size"].some((kind) => what.has(kind));
  if (!begun && what.has("values") && (state.moved || what.has("weights"))) settle();
  else if ((begun || what.has("values") || (what.has("settled") && !isEditing())) && chooseShown()) what.add("shown");
  for (const panel of PANELS) panel.render?.(state, what);
  later("reach", reachScrollers); // it has to wait for the layout
}

let settling;

/** Say once that nothing has moved for a while: then finer pictures are worth it, and other units are shown. */
function settle() {
  clearTimeout(settling);
  settling = setTimeout(() => change({}, "settled"), 250);
}

/** Take another row of the data, as it is. */
function setRow(row) {
  change({ row, x: rowOf(row), moved: false }, "values");
}

/** Move one input. */
function setInput(index, value) {
  state.x[index] = value;
  change({ moved: true }, "values");
}

/** Move all inputs. */
function setInputs(values) {
  change({ x: Float64Array.from(values), moved: true }, "values");
}

/** Choose a neuron, and perhaps a step of its way, and name it in the address: #1.2 is layers[1], unit 2. */
function select(layer, unit, step = null) {
  writeLink(`#${layer}.${unit}${step === null ? "" : `@${step}`}`);
  if (layer === state.layer && unit === state.unit && step === state.step && state.looking && !state.astray) return;
  change({ layer, unit, step, astray: "", looking: true }, "choice");
}

/** Whether two {layer, unit} are the same neuron or input, or both are none. */
const isSame = (one, two) => one?.layer === two?.layer && one?.unit === two?.unit;

/** Point at a neuron, or at an input of the chosen one, or at nothing. */
function point(pointed, term = null) {
  if (!isSame(pointed, state.pointed) || term !== state.term) change({ pointed, term }, "pointed");
}

function writeLink(link) {
  if (location.hash === link) return;
  try {
    history.replaceState(null, "", link);
  } catch {
    // Browsers refuse after some hundred changes in a row; the page works on with an older address.
  }
}

/** Choose the neuron and the step that the address names, if there is such a one. */
function followLink() {
  const [, layer, unit, step] = (/^#(\d+)\.(\d+)(?:@(\d+))?$/.exec(location.hash) ?? []).map((text) =>
    text === undefined ? null : Number(text),
  );
  if (layer === undefined) return;
  if (unit < network.layers[layer]?.units) select(layer, unit, step < STEPS.length ? step : null);
  else change({ astray: `${layer}.${unit}` }, "choice");
}

const SLICE = 10; // milliseconds of work at a time
const tasks = new Map(); // name -> {work, next}

/**
 * Do long work in slices between events. `make` is a generator function that yields often. Work of the same name
 * that is under way is ended first and begun anew, so that continuous changes still show; `fresh` drops it instead.
 */
function later(name, make, fresh = false) {
  const running = tasks.get(name);
  if (running && !fresh) {
    running.next = make;
    return;
  }
  if (running) {
    Object.assign(running, { work: make(), next: null });
    return;
  }
  tasks.set(name, { work: make(), next: null });
  if (tasks.size === 1) setTimeout(workOn);
}

/** Do all work that is under way now. */
function finishWork() {
  for (const [name, task] of tasks) {
    tasks.delete(name);
    for (const work of [task.work, task.next?.()]) if (work) [...work];
  }
}

/** Give up work that is under way. */
const dropWork = (name) => tasks.delete(name);

function workOn() {
  const until = performance.now() + SLICE;
  for (const [name, task] of tasks) {
    if (performance.now() >= until) break;
    let done = false;
    while (!done && performance.now() < until) done = task.work.next().done;
    if (tasks.get(name) !== task) continue; // it was given up by what it did itself
    tasks.delete(name);
    if (done && !task.next) continue;
    if (done) Object.assign(task, { work: task.next(), next: null });
    tasks.set(name, task); // behind the others, so that all of them get on
  }
  if (tasks.size) setTimeout(workOn);
}
