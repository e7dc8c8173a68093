// The small picture in every neuron: over two inputs a map, over one a curve; of pixels the weights as an image;
// otherwise how the rows' values spread. Blue is above zero, orange below, outputs have their class's colour.

const SMALL = nInputs === 1 ? 64 : Math.round(Math.min(32, Math.max(12, Math.sqrt(1e8 / nWeights)))); // cells a side
const PLACES = nInputs === 1 ? SMALL : nInputs === 2 ? SMALL * SMALL : 0;
const drawnOver = PLACES ? [network.inputs, ...network.layers.map(({ units }) => units)] : [];

/** What each column says at each place: over[column][unit * PLACES + place]. */
const over = drawnOver.map((units) => new Float32Array(PLACES * (Array.isArray(units) ? units.length : units)));

let isOver = false; // whether it is computed

/** Return the inputs at a place of a map of n cells a side, or of a curve of n places. */
function inputsAt(place, n) {
  if (nInputs === 1) return Float64Array.of(back((100 * place) / (n - 1), 0));
  return Float64Array.of(
    back((100 * ((place % n) + 0.5)) / n, 0),
    back(100 - (100 * (Math.floor(place / n) + 0.5)) / n, 1),
  );
}

const across = (x, i) => (100 * (x - ranges[i][0])) / (ranges[i][1] - ranges[i][0]);
const back = (share, i) => ranges[i][0] + (share / 100) * (ranges[i][1] - ranges[i][0]);

/** Compute what every neuron says at every place. */
function* computeOver() {
  const last = network.layers.length;
  for (let place = 0; place < PLACES; place++) {
    const x = inputsAt(place, SMALL);
    const trace = forward(x);
    over.forEach((values, column) => {
      const from = column === 0 ? x : column === last && classes.length ? sharesOf(trace.at(-1).a) : trace[column - 1].a;
      for (let unit = 0; unit < from.length; unit++) values[unit * PLACES + place] = from[unit];
    });
    yield;
  }
  isOver = true;
  change({}, "pictures");
}

/** Whether a layer's units are the classes. */
const isClass = (layer) => layer === network.layers.length - 1 && classes.length > 0 && network.kind !== "binary";

/** Return what an output's picture shows of the last layer: a class's share; of a single unit the second class's. */
const sharesOf = (a) => (network.kind === "binary" ? a : probabilities(a));

let ink = {}; // the theme's colours as [red, green, blue]

function readInk() {
  const style = getComputedStyle(document.documentElement);
  const read = (name) => rgb(style.getPropertyValue(`--${name}`).trim());
  for (const name of ["panel", "positive", "negative", "ink", "muted"]) ink[name] = read(name);
  ink.classes = Array.from({ length: COLOURS }, (_, i) => read(`class-${i}`));
}

const rgb = (hex) => [1, 3, 5].map((at) => parseInt(hex.slice(at, at + 2), 16));
const mix = (one, two, share) => one.map((value, i) => value + share * (two[i] - value));

/** Return a function from values to colours, the largest of some having the strongest. */
function signs(values) {
  const most = largestSize(values);
  return (value) => signed(value, most);
}

/** Return a value's colour: more of blue or orange, the further from zero. */
const signed = (value, most) =>
  Number.isFinite(value) ? mix(ink.panel, value < 0 ? ink.negative : ink.positive, (0.9 * Math.abs(value)) / most) : ink.panel;

/** Return a function from a neuron's value to its colour. */
function colouring(layer, unit, values) {
  if (layer === network.layers.length - 1 && classes.length) {
    if (network.kind !== "binary") return (share) => mix(ink.panel, inkOf(unit), 0.9 * share || 0);
    return (share) => mix(ink.panel, inkOf(share < 0.5 ? 0 : 1), 1.8 * Math.abs(share - 0.5) || 0);
  }
  return signs(values);
}

/** Paint a value per pixel. */
function paintValues(canvas, values, colour, side = Math.sqrt(values.length)) {
  Object.assign(canvas, { width: side, height: values.length / side });
  const image = new ImageData(canvas.width, canvas.height);
  values.forEach((value, at) => image.data.set([...colour(value, at), 255], 4 * at));
  canvas.getContext("2d").putImageData(image, 0, 0);
}

/** Paint a neuron's small picture. */
function paintPicture(canvas, layer, unit) {
  const column = layer + 1;
  if (PLACES) {
    const values = over[column].subarray(unit * PLACES, (unit + 1) * PLACES);
    if (nInputs === 2) paintValues(canvas, values, colouring(layer, unit, values));
    else paintCurve(canvas, values);
  } else if (isPicture && layer === 0) paintValues(canvas, ...weightImage(unit));
  else if (isPicture && layer < 0) paintPixel(canvas, unit);
  else paintSpread(canvas, layer, unit);
}

/** Return a first layer's unit as an image: its weights and their colouring. */
function weightImage(unit) {
  const { weights, units } = network.layers[0];
  const values = Float32Array.from({ length: nInputs }, (_, i) => weights[i * units + unit]);
  return [values, signs(values), SIDE];
}

/** Paint the row's picture and where one pixel is in it. */
function paintPixel(canvas, unit) {
  paintValues(canvas, state.x, grey, SIDE);
  const pen = canvas.getContext("2d");
  pen.strokeStyle = css(ink.negative);
  pen.lineWidth = 2;
  pen.strokeRect((unit % SIDE) - 1.5, Math.floor(unit / SIDE) - 1.5, 4, 4);
}

const css = (colour) => `rgb(${colour.map(Math.round).join(" ")})`;
const FINE = 64; // units a side of what is drawn with lines

/** Begin to draw on an empty canvas. */
function clean(canvas) {
  Object.assign(canvas, { width: FINE, height: FINE });
  const pen = canvas.getContext("2d");
  pen.fillStyle = css(ink.panel);
  pen.fillRect(0, 0, FINE, FINE);
  return pen;
}

/** Paint a curve, filled down to zero by its sign. */
function paintCurve(canvas, values) {
  const pen = clean(canvas);
  const finite = values.filter(Number.isFinite);
  const [low, high] = [Math.min(0, ...finite), Math.max(0, ...finite)];
  const y = (value) => FINE - 4 - ((FINE - 8) * (value - low)) / (high - low || 1);
  const width = FINE / values.length;
  values.forEach((value, at) => {
    if (!Number.isFinite(value)) return;
    const colour = value < 0 ? ink.negative : ink.positive;
    pen.fillStyle = css(mix(ink.panel, colour, 0.35));
    pen.fillRect(at * width, Math.min(y(0), y(value)), width + 0.5, Math.abs(y(value) - y(0)));
    pen.fillStyle = css(colour);
    pen.fillRect(at * width, y(value) - 2, width + 0.5, 4);
  });
  pen.fillStyle = css(ink.muted);
  pen.fillRect(0, y(0), FINE, 1);
}

/** Return a histogram of a neuron's or an input's values over the rows, with zero between two bars: {bins, low, width}. */
function spreadOf(layer, unit, n) {
  const values = (
    layer < 0 ? Array.from({ length: nRows }, (_, row) => features[row * nInputs + unit]) : seenRows.map((row) => row[layer][unit])
  ).filter(Number.isFinite);
  let [low, high] = [Math.min(0, ...values), Math.max(0, ...values)];
  const below = low < 0 ? Math.min(n - 1, Math.max(high > 0 ? 1 : n - 1, Math.round((n * -low) / (high - low)))) : 0;
  const width = Math.max(below ? -low / below : 0, high / (n - below)) || 1;
  low = -below * width;
  const bins = new Array(n).fill(0);
  let zeros = 0;
  for (const value of values) {
    if (value === 0) zeros++;
    else bins[Math.min(n - 1, Math.max(0, Math.floor((value - low) / width)))]++;
  }
  return { bins, low, width, zeros, count: values.length };
}

/** Paint how the rows' values spread, and where this row's is. */
function paintSpread(canvas, layer, unit) {
  const n = 12;
  const own = isClass(layer) ? inkOf(unit) : null;
  const pen = clean(canvas);
  const { bins, low, width, zeros } = spreadOf(layer, unit, n);
  const most = Math.max(1, ...bins);
  bins.forEach((count, i) => {
    const height = count && Math.max(2, ((FINE - 12) * count) / most);
    pen.fillStyle = css(own ?? (low + (i + 0.5) * width < 0 ? ink.negative : ink.positive));
    pen.fillRect((i * FINE) / n, FINE - 8 - height, FINE / n - 1, height);
  });
  pen.fillStyle = css(ink.muted);
  pen.fillRect((FINE * -low) / (width * n) - 0.5, 0, zeros ? 2 : 1, FINE - 8);
  const value = layer < 0 ? state.x[unit] : state.trace[layer].a[unit];
  pen.fillStyle = css(ink.ink);
  pen.fillRect(Math.min(FINE - 4, Math.max(0, (FINE * (value - low)) / (width * n) - 2)), FINE - 8, 4, 8);
}
