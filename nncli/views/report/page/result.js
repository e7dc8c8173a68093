// What comes out: the prediction and its probabilities, or the outputs' values.

const resultPanel = { render: (_, what) => what.has("values") && showResult() };

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
    make("td", { class: "bar" }, bar(shares[i], colourOf(i))),
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
    valueName(i),
    make("td", { class: "number" }, number(a[i], write(a[i]))),
  ]);
  return table("Outputs", ["output", "value"], rows, shortened(a.length));
}

const shortened = (count) => (count > SCORES ? [[`… ${grouped(count - SCORES)} more`]] : []);

function bar(share, fill) {
  const width = Number.isFinite(share) ? `${100 * share}%` : 0;
  return draw("svg", { class: "share", "aria-hidden": "true" }, draw("rect", { width, height: "100%", fill }));
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
