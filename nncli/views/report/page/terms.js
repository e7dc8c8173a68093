// The chosen neuron's weighted sum as a table: input × weight = product. What can be changed is a number box.

const EAGER = 40; // lines whose boxes are made at once; those of a longer table follow in slices

let built = ""; // what the table was made for
let lines = []; // {i, row, value, scaled, weight, product}: an element each
let model; // of a line
let foot = {}; // {rest, sum, bias, z}

/** Return the inputs of the chosen neuron that the table lists. */
const termsOnShow = () => (everyTerm.checked && !onPaper() ? [...state.trace[state.layer].x.keys()] : shown[state.layer]);

/** Show the sum of the chosen neuron, in the table that is there where it still fits. */
function showTerms() {
  const listed = termsOnShow();
  const key = `${state.layer}:${listed.join()}`; // all units of a layer have the same lines
  const others = key !== built;
  if (others && lines.length > 4 * EAGER) return putAway();
  if (others) buildTerms(listed, built.startsWith(`${state.layer}:`) ? listed.length : EAGER);
  built = key;
  fillTerms(listed.length);
  if (lines.length > EAGER) later("boxes", fillRest, others);
  else dropWork("boxes");
}

/** Hide a table of many boxes, which takes long to remove, and build the next one after the event. */
function putAway() {
  /** @type {HTMLElement} */ (byId("sum").firstElementChild).hidden = true;
  [lines, built] = [[], ""];
  later(
    "terms",
    function* () {
      yield;
      showTerms();
    },
    true,
  );
}

/** Fill the lines that nobody sees at once. */
function* fillRest() {
  for (const line of lines.slice(EAGER)) {
    yield;
    if (!line.row) makeRow(line);
    if (line.weight.localName === "data") openLine(line);
    fillLine(line);
  }
}

/** Build the table with so many of its lines; the others follow. */
function buildTerms(listed, count) {
  const { layer } = state;
  const isScaled = layer === 0 && network.mean;
  const cell = (element, part = "") => make("td", { class: `number ${part}` }, element);
  const left = state.trace[layer].x.length - listed.length;
  model = make("tr", {}, ...["value", ...(isScaled ? ["scaled"] : []), "weight", "product"].map((part) => cell(make("data"), part)));
  lines = listed.map((i) => ({ i }));
  foot = { rest: make("data"), sum: make("data"), bias: numberBox("bias", 0, "bias"), z: make("data") };
  const columns = isScaled ? 4 : 3;
  const last = (words, element) => [make("th", { scope: "row", colspan: columns }, words), cell(element)];
  const head = [layer ? `layers[${layer - 1}]` : "input", "value", ...(isScaled ? ["scaled"] : []), "× weight", "= product"];
  const sums = table("The weighted sum", head, [], [
    ...(left ? [last(`… ${grouped(left)} more`, foot.rest)] : []),
    last("sum", foot.sum),
    last("bias", foot.bias),
    last("z = sum + bias", foot.z),
  ]);
  byId("sum").replaceChildren(sums);
  lines.slice(0, count).forEach(makeRow);
  lines.slice(0, EAGER).forEach(openLine);
}

function makeRow(line) {
  const row = model.cloneNode(true);
  for (const { classList, firstChild } of row.children) line[classList[1]] = firstChild;
  row.dataset.term = line.i;
  row.prepend(header(inputName(state.layer, line.i), "row"));
  line.row = row;
  byId("sum").querySelector("tbody").append(row);
}

/** Turn a line's numbers that can be changed into boxes. */
function openLine(line) {
  const name = inputName(state.layer, line.i);
  const open = (part, kind, words) => {
    const box = numberBox(kind, line.i, words);
    line[part].replaceWith(box);
    line[part] = box;
  };
  if (state.layer === 0) open("value", "input", name);
  open("weight", "weight", `weight of ${name}`);
}

/** Write the numbers, all of a column with the same number of decimals. */
function fillTerms(count) {
  const { layer, unit } = state;
  const { x, z } = state.trace[layer];
  const { weights, biases, units } = network.layers[layer];
  const raw = layer === 0 ? state.x : x;
  const numbers = lines.map(({ i }) => {
    const weight = weights[i * units + unit];
    return { value: raw[i], scaled: x[i], weight, product: x[i] * weight };
  });
  let total = 0;
  for (let i = 0; i < x.length; i++) total += x[i] * weights[i * units + unit];
  const rest = total - sum(numbers.map(({ product }) => product));
  const tail = count < x.length ? [rest] : [];
  const write = {
    value: aligned(numbers.map(({ value }) => value)),
    scaled: aligned(numbers.map(({ scaled }) => scaled)),
    weight: aligned(numbers.map(({ weight }) => weight)),
    product: aligned([...numbers.map(({ product }) => product), ...tail, round(total), biases[unit], z[unit]]),
  };
  lines.forEach((line, at) => {
    line.write = write;
    line.numbers = numbers[at];
    if (at < EAGER) fillLine(line);
  });
  const last = { rest, sum: round(total), bias: biases[unit], z: z[unit] };
  for (const [part, value] of Object.entries(last)) setNumber(foot[part], value, write.product(value));
}

function fillLine({ write, numbers, ...line }) {
  for (const [part, value] of Object.entries(numbers)) if (line[part]) setNumber(line[part], value, write[part](value));
}

/** Write a number into an element that shows it rounded and keeps it whole; not into a box that is being used. */
function setNumber(element, value, text) {
  if (element.shown === text && Object.is(element.whole, value)) return;
  Object.assign(element, { shown: text, whole: value });
  if (element.localName === "input") {
    if (element !== document.activeElement) element.value = Number.isFinite(value) ? text : "";
    else if (Number(element.value) !== value) element.value = exact(value);
  } else {
    element.textContent = text;
    element.value = exact(value);
  }
}

/** Light the line of the edge that is pointed at. */
function showLit() {
  for (const { i, row } of lines) row?.classList.toggle("lit", i === state.term);
}

/** Let the table point at edges: with the pointer, and with the focus. */
function followTerms() {
  const box = byId("sum");
  const pointAt = ({ target }) => {
    const term = target.closest("tr")?.dataset.term;
    point(null, term === undefined ? null : Number(term));
  };
  for (const kind of ["pointerover", "focusin"]) box.addEventListener(kind, pointAt);
  for (const kind of ["pointerleave", "focusout"]) box.addEventListener(kind, () => point(null));
}
