// The chosen neuron in large, where there is no map: its weights as an image, or how the rows' values spread.

const portrait = make("canvas", { class: "portrait pixels", role: "img" });
const portraitBars = make("figure", {});
const portraitNote = make("p", { class: "hint muted" });

const portraitPanel = {
  build() {
    if (PLACES) return;
    byId("portrait").hidden = false;
    byId("portrait").append(portrait, portraitBars, portraitNote);
  },
  render(_, what) {
    if (!PLACES && ["values", "choice", "pointed", "rows", "pictures"].some((kind) => what.has(kind))) later("portrait", portraitLater);
  },
};

function* portraitLater() {
  yield;
  showPortrait();
}

function showPortrait() {
  const { layer, unit } = state.pointed ?? state;
  byId("portrait-title").textContent = subjectName({ layer, unit });
  const isImage = isPicture && layer <= 0;
  portrait.hidden = !isImage;
  portraitBars.hidden = isImage || !nRows;
  if (isImage) paintPicture(portrait, layer, unit);
  let words;
  if (isPicture && layer === 0) words = `Its ${grouped(nInputs)} weights as a picture of ${SIDE} by ${SIDE}: blue above zero, orange below.`;
  else if (isPicture && layer < 0) words = "The row as a picture, and where this input is in it.";
  else if (!nRows) words = "There are no rows to count.";
  else {
    const { bins, zeros, count, low, width } = spreadOf(layer, unit, BINS);
    const none = zeros ? ` Exactly 0, and in no bar: ${grouped(zeros)}.` : "";
    words = `Its values over ${counted(count, "row")}; the highest bar: ${counted(largest(bins), "row")}.${none} The mark below is this row's.`;
    const value = layer < 0 ? state.x[unit] : state.trace[layer].a[unit];
    const group = draw("g", {}, ...marksBelow([value], low, width));
    const fill = isClass(layer) ? colourOf(unit) : null;
    portraitBars.replaceChildren(...barPicture({ bins, from: low, width, group, words, fill, high: 130 }));
  }
  portraitNote.textContent = words;
  portrait.setAttribute("aria-label", words);
}
