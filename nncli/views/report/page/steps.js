// One neuron's arithmetic step by step: the address #1.2@3 is step 3 of unit 2 of layers[1].

const STEPS = ["inputs", "products", "sum", "bias", "activation"];
const PACE = 800; // milliseconds a step while it plays

const stillness = matchMedia("(prefers-reduced-motion: reduce)");
const stepButton = make("button", { type: "button", "aria-pressed": "false" }, "Step by step");
const backButton = make("button", { type: "button", "aria-label": "Step back" }, "‹");
const forthButton = make("button", { type: "button", "aria-label": "Next step" }, "›");
const playButton = make("button", { type: "button" }, "Play");
let playing;

const stepsPanel = {
  build() {
    stepButton.addEventListener("click", () => goTo(state.step === null ? 0 : null));
    backButton.addEventListener("click", () => stepBy(-1));
    forthButton.addEventListener("click", () => stepBy(1));
    playButton.addEventListener("click", () => play(!playing));
    const box = byId("stepper");
    box.prepend(stepButton, backButton, forthButton, playButton);
    document.addEventListener("keydown", (event) => {
      const by = { ArrowLeft: -1, ArrowRight: 1 }[event.key];
      const mine = box.contains(/** @type {Node} */ (event.target)) || event.target === document.body;
      if (!by || !mine || state.step === null) return;
      event.preventDefault();
      stepBy(by);
    });
  },
  render(_, what) {
    if (what.has("choice") || what.has("values")) showStep();
    if (what.has("choice") && state.step === 1 && !stillness.matches) later("fly", fly, true);
  },
};

/** Go to a step of the chosen neuron; null ends the steps. */
function goTo(step) {
  if (step === null) play(false);
  select(state.layer, state.unit, step);
}

/** Return the place that comes a step before or after one: [layer, unit, step], or null at either end. */
function nextStep(layer, unit, step, by) {
  const there = step + by;
  if (there >= 0 && there < STEPS.length) return [layer, unit, there];
  const to = layer + Math.sign(by);
  if (!network.layers[to]) return null;
  return [to, partner(layer, unit, to), by > 0 ? 0 : STEPS.length - 1];
}

/** Return the unit of the layer after or before this one that has most to do with a unit; of the last layer, the winner. */
function partner(layer, unit, to) {
  const { weights, units } = network.layers[Math.max(layer, to)];
  const best = to === network.layers.length - 1 && units > 1 ? predicted(state.trace[to].a) : -1;
  if (best >= 0) return best;
  const { a } = state.trace[Math.min(layer, to)];
  const strength = Array.from({ length: network.layers[to].units }, (_, other) =>
    Math.abs(to > layer ? a[unit] * weights[unit * units + other] : a[other] * weights[other * units + unit]),
  );
  return Math.max(0, strength.indexOf(largest(strength)));
}

function stepBy(by) {
  const next = nextStep(state.layer, state.unit, state.step ?? 0, by);
  if (next) select(...next);
  else play(false);
}

/** Let what the inputs bring run along the chosen neuron's edges. */
function* fly() {
  yield;
  for (const { hit } of spoken.values()) {
    const way = draw("animateMotion", { path: hit.getAttribute("d"), dur: "0.7s", begin: "indefinite", fill: "freeze" });
    const dot = draw("circle", { class: "flying", r: 4 }, way);
    way.addEventListener("endEvent", () => dot.remove());
    byId("speech").append(dot);
    way.beginElement();
  }
}

function play(on) {
  clearInterval(playing);
  playing = on ? setInterval(() => stepBy(1), PACE) : undefined;
  playButton.textContent = on ? "Pause" : "Play";
  if (on) stepBy(1);
}

/** Show as much of the arithmetic as the step has reached, and say it. */
function showStep() {
  const { layer, unit, step } = state;
  const on = step !== null;
  for (const id of ["network", "arithmetic"]) {
    if (on) byId(id).dataset.step = step;
    else delete byId(id).dataset.step;
  }
  furnish(stepButton, { "aria-pressed": String(on) }, []);
  for (const button of [backButton, forthButton, playButton]) button.hidden = !on;
  if (on) {
    backButton.disabled = !nextStep(layer, unit, step, -1);
    forthButton.disabled = !nextStep(layer, unit, step, 1);
  }
  byId("step").textContent = on ? `${step} ${STEPS[step]}: ${stepWords(layer, unit, step)}` : "";
}

/** Return a step in words and numbers. */
function stepWords(layer, unit, step) {
  const { x, z, a } = state.trace[layer];
  const { weights, biases, units, activation } = network.layers[layer];
  const products = Array.from(x, (value, i) => value * weights[i * units + unit]);
  const total = round(sum(products));
  const order = mostOf(products);
  const each = (word) => `${order.map(word).join(", ")}${order.length < x.length ? ", …" : ""}`;
  const after = layer < network.layers.length - 1 ? "; it goes on to the next layer" : "";
  return [
    () => each((i) => `${cut(inputName(layer, i), 16)} = ${brief(x[i])}`),
    () => each((i) => `${brief(x[i])} × ${brief(weights[i * units + unit])} = ${brief(products[i])}`),
    () => `${counted(x.length, "product")} make ${brief(total)}`,
    () => `${brief(total)} + ${brief(biases[unit])} = ${brief(z[unit])}, which is z`,
    () => `${activation} of ${brief(z[unit])} is ${brief(a[unit])}${after}`,
  ][step]();
}

/** Return the places of the largest few of some numbers, in order. */
function mostOf(values, count = 4) {
  const order = [...values.keys()].sort((i, j) => Math.abs(values[j]) - Math.abs(values[i]) || i - j);
  return order.slice(0, count).sort((i, j) => i - j);
}
