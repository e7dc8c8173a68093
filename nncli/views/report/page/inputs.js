// The row that goes in: chosen from the data, or moved by hand.

const SLIDERS = 16; // with more inputs, one slider for an input of choice
let chosenInput = 0;

const rowNumber = make("input", { type: "number", min: 0, max: nRows - 1, step: 1, id: "row" });
const reset = make("button", { type: "button" }, "Undo moves");
const rowNote = make("p", { class: "muted hint" });
const controls = []; // {index(), name, range, box} for each slider on show

const inputsPanel = { build: buildInputs, render: (_, what) => what.has("values") && showInputs() };

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
    const step = cleanStep((ranges[i][1] - ranges[i][0]) / 10);
    range.step = step.toPrecision(1);
    [range.min, range.max] = ranges[i].map((end) => Math.round(end / step) * step);
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
  const label = page.rows.labels ? `, its ${LABEL} is ${shortLabel(page.rows.labels[state.row])}` : "";
  const start = state.moved ? `Moved away from row ${state.row}${label}.` : `Row ${state.row}${label}.`;
  return `${start} This page holds ${rowsInWords(nRows)}.`;
}
