// The picture of the network as an SVG file of its own: what the style sheet says is written into it.

const LOOKS = [
  ...["fill", "fill-opacity", "stroke", "stroke-width", "stroke-dasharray", "stroke-opacity", "opacity", "display"],
  ...["font-family", "font-size", "font-weight", "text-anchor", "paint-order", "visibility", "image-rendering"],
];

/** Return an SVG element as a file's text, without scripts, links or what only the page understands. */
function* standalone(svg) {
  const own = svg.cloneNode(true);
  const copies = [own, ...own.querySelectorAll("*")];
  for (const [at, element] of [svg, ...svg.querySelectorAll("*")].entries()) {
    yield;
    const copy = copies[at];
    for (const { name } of [...copy.attributes])
      if (/^(class|id|role|tabindex|style|aria-.*|data-.*)$/.test(name)) copy.removeAttribute(name);
    const looks = getComputedStyle(element);
    for (const name of LOOKS) copy.setAttribute(name, looks.getPropertyValue(name));
    if (element instanceof HTMLCanvasElement) {
      const place = ["x", "y", "width", "height"].map((name) => [name, element.parentElement.getAttribute(name)]);
      copy.parentElement.replaceWith(draw("image", { ...Object.fromEntries(place), href: element.toDataURL() }));
    }
  }
  const ground = getComputedStyle(document.documentElement).getPropertyValue("--panel").trim();
  own.prepend(draw("rect", { width: "100%", height: "100%", fill: ground }));
  return new XMLSerializer().serializeToString(own).replace(/[^\t\n\r\x20-\ud7ff\ue000-\ufffd\u{10000}-\u{10ffff}]/gu, "");
}

function* savePicture() {
  const text = yield* standalone(byId("diagram").querySelector("svg"));
  const href = URL.createObjectURL(new Blob([text], { type: "image/svg+xml" }));
  make("a", { href, download: `${document.title}.svg` }).click();
  setTimeout(() => URL.revokeObjectURL(href), 1000);
}

const savePanel = { build: () => byId("save").addEventListener("click", () => later("save", savePicture, true)) };
