// The inputs as a square picture, where they look like one: nameless, and a square number of them.

const SIDE = Math.sqrt(nInputs);
const isPicture = Number.isInteger(SIDE) && SIDE >= 7 && !network.named_inputs;
const darkest = Math.min(0, -largest(features.map((value) => -value)));
const brightest = Math.max(0, largest(features)) || 1;
const pixels = make("canvas", { width: SIDE, height: SIDE, class: "picture", role: "img" });

function buildPicture() {
  if (!isPicture) return;
  pixels.setAttribute("aria-label", `The inputs as a picture of ${SIDE} by ${SIDE}`);
  pixels.addEventListener("click", ({ offsetX, offsetY }) => {
    const at = (offset, length) => Math.min(SIDE - 1, Math.max(0, Math.floor((SIDE * offset) / length)));
    chooseInput(at(offsetY, pixels.clientHeight) * SIDE + at(offsetX, pixels.clientWidth));
  });
  byId("sliders").append(
    pixels,
    make("p", { class: "muted hint" }, `All inputs, ${SIDE} to a line. Click one to move it.`),
  );
}

/** Paint each input between black and white, the least and the most of all rows; the chosen one in the accent's colour. */
function showPicture() {
  if (!isPicture) return;
  const image = new ImageData(SIDE, SIDE);
  state.x.forEach((value, i) => {
    image.data.set([...(i === chosenInput ? ink.negative : grey(value)), 255], 4 * i);
  });
  pixels.getContext("2d").putImageData(image, 0, 0);
}

/** Return a pixel's colour between black and white. */
const grey = (value) => new Array(3).fill((255 * (value - darkest)) / (brightest - darkest || 1));
