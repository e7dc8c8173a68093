// What if: weights, biases and inputs in number boxes. Everything follows; it can be taken back, and written as a
// command line.

const changesNote = make("span", { role: "status" });
const command = make("textarea", { id: "command", readonly: true, rows: 2, spellcheck: "false", "aria-label": "The command line", hidden: true });
let before = ""; // what Escape gives back

const whatifPanel = {
  build() {
    const button = (words, act) => {
      const made = make("button", { type: "button" }, words);
      made.addEventListener("click", act);
      return made;
    };
    byId("changes").append(changesNote, " · ", button("undo", undo), " · ", button("copy as --set", copyCommand));
    byId("changes").after(command);
    const box = byId("sum");
    box.addEventListener("focusin", ({ target }) => isBox(target) && enterBox(target));
    box.addEventListener("input", ({ target }) => isBox(target) && takeBox(target));
    box.addEventListener("focusout", ({ target }) => isBox(target) && leaveBox(target));
    box.addEventListener("keydown", giveBack);
    later("count", countRows);
  },
  render(_, what) {
    if (what.has("weights") && !what.has("size")) later("count", countRows);
    if (what.has("values")) showChanges();
    if (what.has("rows")) showScore();
  },
};

/** Return a box for a number of the chosen neuron: of an input, a weight or the bias. */
function numberBox(kind, i, words) {
  return make("input", { type: "number", step: "any", class: "what", "data-kind": kind, "data-at": i, "aria-label": words });
}

/** While somebody is at a box its table stays as it is. */
const isEditing = () => isBox(document.activeElement);
const isBox = (element) => element.classList.contains("what");

/** Return a step that changes a number in its second digit. */
const cleanStep = (value) => 10 ** Math.max(-9, Math.floor(Math.log10(Math.abs(value) || 1)) - 1);

function enterBox(box) {
  box.value = exact(box.whole);
  before = box.value;
  box.step = cleanStep(box.whole).toPrecision(1);
}

function leaveBox(box) {
  box.step = "any";
  box.value = box.shown;
  settle();
}

/** Take what is in a box, if it is a number. */
function takeBox(box) {
  const value = box.valueAsNumber;
  if (!Number.isFinite(value)) return;
  const { layer, unit } = state;
  const { units } = network.layers[layer];
  const { kind, at } = box.dataset;
  if (kind === "input") setInput(Number(at), value);
  else if (kind === "bias") setParameter({ layer, unit, name: "biases", at: unit, path: `${unit}` }, value);
  else setParameter({ layer, unit, name: "weights", at: at * units + unit, path: `${unit}.${at}` }, value);
  box.step = cleanStep(value).toPrecision(1);
}

/** Escape gives back what was in the box. */
function giveBack(event) {
  if (event.key !== "Escape" || !isBox(event.target)) return;
  event.preventDefault();
  event.target.value = before;
  takeBox(event.target);
}

/** Change a weight or a bias; state.edits knows what it was. */
function setParameter(place, value) {
  const key = `layers.${place.layer}.${place.name}.${place.path}`;
  const array = network.layers[place.layer][place.name];
  const from = state.edits.get(key)?.from ?? array[place.at];
  array[place.at] = value;
  if (array[place.at] === from) state.edits.delete(key);
  else state.edits.set(key, { ...place, from, to: array[place.at] });
  changed();
}

function changed() {
  change({}, "values", "weights");
}

/** Give back every change. */
function undo() {
  for (const { layer, name, at, from } of state.edits.values()) network.layers[layer][name][at] = from;
  state.edits.clear();
  Object.assign(state, { x: rowOf(state.row), moved: false });
  built = ""; // also what is in a box
  changed();
  byId("arithmetic").focus({ preventScroll: true });
}

const movedInputs = () => (state.moved ? rowOf(state.row).filter((value, i) => value !== state.x[i]).length : 0);

function showChanges() {
  const count = state.edits.size + movedInputs();
  byId("changes").hidden = count === 0;
  changesNote.textContent = counted(count, "change");
  command.hidden = true;
}

async function copyCommand() {
  command.value = commandLine("run", isPiped(movedInputs() > 0));
  command.hidden = false;
  command.select();
  try {
    await navigator.clipboard.writeText(command.value);
  } catch {
    // The browser does not let the page; the text is selected.
  }
}

/** Run all rows of the page again, and count what they say of the network. */
function* countRows() {
  for (let row = 0; row < seenRows.length; row++) {
    const trace = forward(rowOf(row));
    seenRows[row] = trace.map(({ a }) => a);
    seenSums[row] = trace.at(-1).z;
    yield;
  }
  const score = scoreRows();
  change({ score, firstScore: state.firstScore ?? score }, "rows");
}

/** Return {accuracy, loss} of the rows that have a label: cross-entropy, or for plain values the mean squared error. */
function scoreRows() {
  const { labels } = page.rows;
  if (!labels) return null;
  const last = network.layers.at(-1);
  let [hits, loss, count] = [0, 0, 0];
  seenRows.forEach((row, at) => {
    const a = row.at(-1);
    const truth = classes.length ? classes.indexOf(labels[at]) : Number(labels[at]);
    if (classes.length ? truth < 0 : a.length > 1 || labels[at] === "" || !Number.isFinite(truth)) return;
    count++;
    if (!classes.length) loss += (a[0] - truth) ** 2;
    else {
      hits += Number(predicted(a) === truth);
      const z = last.activation === "log_softmax" ? a : seenSums[at];
      loss += network.kind === "binary" ? softplus(truth ? -z[0] : z[0]) : -logSoftmax(z)[truth];
    }
  });
  return count ? { accuracy: classes.length ? hits / count : null, loss: loss / count, count } : null;
}

/** Show accuracy and loss over the page's rows, and what they were. */
function showScore() {
  const { score, firstScore } = state;
  byId("score").hidden = !score;
  if (!score) return;
  const part = (words, value, was) => {
    const text = value.toFixed(4);
    return [`${words} `, number(value, text), ...(was.toFixed(4) === text ? [] : [` (was ${was.toFixed(4)})`])];
  };
  const loss = classes.length ? "loss" : "mean squared error";
  byId("score").replaceChildren(
    `Over ${rowsInWords(score.count)}: `,
    ...(score.accuracy === null ? [] : [...part("accuracy", score.accuracy, firstScore.accuracy), " · "]),
    ...part(loss, score.loss, firstScore.loss),
  );
}
