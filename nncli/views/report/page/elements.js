// Elements. Text only ever becomes text nodes and attribute values, so that a name from a
// spec or a data file can't become markup.

const byId = (id) => document.getElementById(id);

/** Return a new HTML element; attributes that are null, undefined or false are left out. */
function make(tag, attributes = {}, ...children) {
  return furnish(document.createElement(tag), attributes, children);
}

const SVG = document.querySelector("svg").namespaceURI;

/** Return a new SVG element. */
function draw(tag, attributes = {}, ...children) {
  return furnish(document.createElementNS(SVG, tag), attributes, children);
}

function furnish(element, attributes, children) {
  for (const [name, value] of Object.entries(attributes)) {
    if (value === null || value === undefined || value === false) continue;
    element.setAttribute(name, value === true ? "" : value);
  }
  element.append(...children);
  return element;
}

/** Return a table: each row a list of cells, the first one its header. */
function table(caption, head, rows, foot = []) {
  const line = (cells) => make("tr", {}, ...cells.map((cell, i) => (i === 0 ? header(cell, "row") : entry(cell))));
  return make(
    "table",
    {},
    make("caption", { class: "unseen" }, caption),
    make("thead", {}, make("tr", {}, ...head.map((cell) => header(cell, "col")))),
    make("tbody", {}, ...rows.map(line)),
    make("tfoot", {}, ...foot.map(line)),
  );
}

/** Return a header cell; a long name is cut, and whole where the pointer rests. */
function header(cell, scope) {
  if (cell instanceof HTMLTableCellElement) return cell;
  const words = typeof cell === "string" ? cell : cell.textContent;
  const kind = [...words].length < 15 && "short";
  return make(
    "th",
    { scope, class: kind, title: words.length > 32 && words },
    typeof cell === "string" ? cut(cell, 32) : cell,
  );
}

const entry = (cell) => (cell instanceof HTMLTableCellElement ? cell : make("td", {}, cell));

/** Return a number that shows a rounded text and keeps the whole value. */
function number(value, text = exact(value)) {
  return make("data", { value: exact(value) }, text);
}

const capital = (words) => words[0].toUpperCase() + words.slice(1);

/** Return a labelled control: the label's words before it. */
function field(words, control) {
  return make("label", { class: "field" }, make("span", {}, words), control);
}

/** Return a name that someone gave, apart from the words around it; cut, and whole where the pointer rests. */
function given(text, length = 60) {
  const short = cut(text, length);
  return make("span", { class: "given", title: short !== text && text }, short);
}

/** Return a name cut to a number of characters: in its middle, for names often differ at their ends. */
function cut(text, length) {
  if (text.length <= length && !WIDE.test(text)) return text;
  const letters = lettersOf(text);
  if (widthOf(letters) <= length) return text;
  const within = (some, room) => {
    let taken = 0;
    while (taken < some.length && widthOf(some.slice(0, taken + 1)) <= room) taken++;
    return some.slice(0, taken);
  };
  const end = within(letters.toReversed(), Math.floor((length - 1) / 2)).toReversed();
  const begin = within(letters, Math.max(1, length - 1 - widthOf(end)));
  return `${begin.join("")}…${end.join("")}`;
}

const segmenter = new Intl.Segmenter(); // an emoji of several signs stays whole
const lettersOf = (text) => Array.from(segmenter.segment(text), ({ segment }) => segment);
const WIDE = /[\u1100-\u115f\u2e80-\ua4cf\uac00-\ud7a3\uf900-\ufaff\ufe30-\ufe6f\uff01-\uff60]|\p{Extended_Pictographic}/u;

/** Return how many characters' room some letters take: a Chinese one or an emoji has that of two. */
const widthOf = (letters) => sum(letters.map((letter) => (WIDE.test(letter) ? 2 : 1)));

/** Let two arrow keys go from one button of a box to the next: for the tab key they are one stop. */
function rove(box, back, forth) {
  box.addEventListener("keydown", (event) => {
    const by = { [back]: -1, [forth]: 1 }[event.key];
    const buttons = [...box.querySelectorAll("button")];
    const next = by && buttons[buttons.indexOf(event.target) + by];
    if (!next) return;
    event.preventDefault();
    roveTo(buttons, next);
    next.focus();
  });
}

/** Make one of some buttons the stop of the tab key; without one, the first. */
function roveTo(buttons, chosen = buttons[0]) {
  for (const button of buttons) button.tabIndex = button === chosen ? 0 : -1;
}
