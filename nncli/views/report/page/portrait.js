// The chosen neuron in large, where there is no map: its weights as an image, or how the rows' values spread.

const portrait = make("canvas", { class: "portrait", role: "img" });
const portraitNote = make("p", { class: "hint muted" });

const portraitPanel = {
  build() {
    if (PLACES) return;
    byId("portrait").hidden = false;
    byId("portrait").append(portrait, portraitNote);
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
  paintPicture(portrait, layer, unit, 4);
  portrait.classList.toggle("pixels", isPicture && layer <= 0);
  let words;
  if (isPicture && layer === 0) words = `Its ${grouped(nInputs)} weights as a picture of ${SIDE} by ${SIDE}: blue above zero, orange below.`;
  else if (isPicture && layer < 0) words = "The row as a picture, and where this input is in it.";
  else if (!nRows) words = "There are no rows to count.";
  else {
    const { zeros, count, low, width } = spreadOf(layer, unit, 12);
    const write = spread(low, low + 12 * width);
    const none = zeros ? ` Exactly 0, and in no bar: ${grouped(zeros)}.` : "";
    words = `Its values over ${counted(count, "row")}, from ${write(low)} to ${write(low + 12 * width)}.${none} The mark below is this row's.`;
  }
  portraitNote.textContent = words;
  portrait.setAttribute("aria-label", words);
}
