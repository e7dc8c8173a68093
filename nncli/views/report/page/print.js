// On paper: every panel whole on one sheet, light, and without what only a screen can do.

const SHEET = { width: 700, height: 940 }; // pixels that A4 and US Letter both have within 1 cm margins
const SMALLEST = 0.3; // a panel that would become smaller than that may go on over the page

const onPaper = () => document.documentElement.classList.contains("printing");

/** Draw everything anew, at once: nobody waits between two events for a sheet. */
function redraw() {
  readInk();
  change({}, "size", "pictures", "values", "choice");
  finishWork();
}

/** Lay the page out as the sheet has it, and shrink what is wider or higher. */
function layOutForPaper() {
  document.documentElement.classList.add("printing");
  redraw();
  for (const box of document.querySelectorAll(".scroll")) {
    const inner = /** @type {HTMLElement} */ (box.firstElementChild);
    if (inner && box.scrollWidth > box.clientWidth) inner.style.zoom = String(box.clientWidth / box.scrollWidth);
  }
  for (const panel of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".panel"))) {
    const share = SHEET.height / panel.offsetHeight;
    if (share < SMALLEST) panel.style.breakInside = "auto";
    else if (share < 1) panel.style.zoom = String(share);
  }
}

function layOutForScreen() {
  document.documentElement.classList.remove("printing");
  for (const part of /** @type {NodeListOf<HTMLElement>} */ (document.querySelectorAll(".panel, .scroll > *")))
    Object.assign(part.style, { zoom: "", breakInside: "" });
  redraw();
}

addEventListener("beforeprint", layOutForPaper);
addEventListener("afterprint", layOutForScreen);
