// The row that goes in: chosen from the data, or moved by hand. And what comes out.

const SLIDERS = 16; // with more inputs, one slider for an input of choice
let chosenInput = 0;

const rowNumber = make("input", { type: "number", min: 0, max: nRows - 1, step: 1, id: "row" });
const reset = make("button", { type: "button" }, "Undo moves");
const rowNote = make("p", { class: "muted hint" });
const controls = []; // {index(), range, number} for each slider on show

function buildInputs() {
  if (nRows) {
    const step = (words, by) => {
      const button = make("button", { type: "button", "aria-label": words }, by < 0 ? "‹" : "›");
      button.addEventListener("click", () => setRow(Math.min(nRows - 1, Math.max(0, state.row + by))));
      return button;
    };
    rowNumber.addEventListener("change", () => {
      const asked = Math.trunc(Number(rowNumber.value));
      setRow(Math.min(nRows - 1, Math.max(0, Number.isNaN(asked) ? state.row : asked)));
    });
    byId("rows").append(
      make("div", { class: "fields" }, field("Row", rowNumber), step("Previous row", -1), step("Next row", 1), reset),
    );
  } else {
    byId("rows").append(make("div", { class: "fields" }, reset));
  }
  reset.addEventListener("click", () => setRow(state.row));
  byId("rows").append(rowNote);
  if (nInputs <= SLIDERS) network.inputs.forEach((_, i) => addSlider(() => i, make("span", {})));
  else addChosenSlider();
  buildPicture();
}

/** Add one slider with a select before it that says which input it moves. */
function addChosenSlider() {
  const choice = make(
    "select",
    { id: "input" },
    ...network.inputs.map((name, i) => make("option", { value: i }, name)),
  );
  choice.addEventListener("change", () => chooseInput(Number(choice.value)));
  byId("sliders").append(make("div", { class: "fields" }, field(`One of the ${grouped(nInputs)} inputs`, choice)));
  addSlider(() => chosenInput, make("span", { id: "input-name" }));
}

/** Put an input under the one slider. */
function chooseInput(index) {
  chosenInput = index;
  /** @type {HTMLSelectElement} */ (document.querySelector("#input")).value = String(index);
  showInputs();
}

/** Add a slider and a number box that move one input. */
function addSlider(index, name) {
  const range = make("input", { type: "range", step: "any" });
  const box = make("input", { type: "number", step: "any" });
  range.addEventListener("input", () => setInput(index(), range.valueAsNumber));
  box.addEventListener("change", () => {
    if (Number.isFinite(box.valueAsNumber)) setInput(index(), box.valueAsNumber);
    else showInputs();
  });
  controls.push({ index, name, range, box });
  byId("sliders").append(make("div", { class: "slider" }, make("label", {}, name, range), box));
}

function showInputs() {
  for (const { index, name, range, box } of controls) {
    const i = index();
    [range.min, range.max] = ranges[i];
    range.value = state.x[i];
    name.replaceChildren(given(network.inputs[i]));
    box.setAttribute("aria-label", `${network.inputs[i]}, exact value`);
    box.value = exact(state.x[i]);
  }
  showPicture();
  rowNumber.value = state.row;
  reset.disabled = !state.moved;
  rowNote.textContent = rowWords();
}

/** Say which row is shown. */
function rowWords() {
  if (!nRows) return "There is no data: the inputs start at 0.";
  const label = page.rows.labels ? `, its label is ${page.rows.labels[state.row]}` : "";
  const start = state.moved ? `Moved away from row ${state.row}${label}.` : `Row ${state.row}${label}.`;
  return `${start} This page holds ${rowsInWords(nRows)}.`;
}

const SCORES = 12; // of more outputs, the largest are shown
let announcing;

function showResult() {
  const { a } = state.trace.at(-1);
  const label = page.rows.labels && !state.moved ? page.rows.labels[state.row] : null;
  byId("verdict").replaceChildren(...(classes.length ? verdict(a, label) : []));
  byId("scores").replaceChildren(givesProbabilities ? classScores(a) : valueScores(a));
  clearTimeout(announcing); // a moving slider is announced once it rests
  announcing = setTimeout(() => (byId("announcement").textContent = resultWords(a)), 600);
}

function verdict(a, label) {
  const best = predicted(a);
  if (best < 0) return ["No prediction: the network's numbers overflow to NaN."];
  const words = ["Prediction: ", make("strong", { id: "prediction" }, classes[best])];
  if (label !== null) words.push(label === classes[best] ? " — as its label says." : ` — its label is ${label}.`);
  return words;
}

function classScores(a) {
  const shares = probabilities(a);
  const best = predicted(a);
  const order = shares.map((_, i) => i);
  if (order.length > SCORES) order.sort((i, j) => shares[j] - shares[i] || i - j).length = SCORES;
  const write = aligned(shares);
  const rows = order.map((i) => [
    make("span", { class: i === best ? "best" : null }, cut(classes[i], 32)),
    make("td", { class: "number" }, number(shares[i], write(shares[i]))),
    make("td", { class: "bar" }, bar(shares[i])),
  ]);
  return table(
    "Probabilities",
    ["class", "probability", make("span", { class: "unseen" }, "as a bar")],
    rows,
    shortened(classes.length),
  );
}

function valueScores(a) {
  const order = [...a.keys()].slice(0, SCORES);
  const write = aligned(a);
  const rows = order.map((i) => [
    network.outputs?.[i] ?? `output_${i}`,
    make("td", { class: "number" }, number(a[i], write(a[i]))),
  ]);
  return table("Outputs", ["output", "value"], rows, shortened(a.length));
}

const shortened = (count) => (count > SCORES ? [[`… ${grouped(count - SCORES)} more`]] : []);

function bar(share) {
  const width = Number.isFinite(share) ? `${100 * share}%` : 0;
  return draw("svg", { class: "share", "aria-hidden": "true" }, draw("rect", { width, height: "100%" }));
}

function resultWords(a) {
  if (!classes.length)
    return [...a]
      .slice(0, 3)
      .map((value, i) => `${network.outputs?.[i] ?? `output ${i}`} ${brief(value)}`)
      .join(", ");
  const best = predicted(a);
  const score = givesProbabilities ? "probability" : "output";
  return best < 0 ? "No prediction" : `Prediction ${classes[best]}, ${score} ${brief(scoreOf(a, best))}`;
}
