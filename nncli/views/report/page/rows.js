// The page's rows: which are wrong, which are least sure, and one pinned to compare others with.

const LISTED = 20; // rows on show at first
let listed = LISTED;

const ORDERS = classes.length
  ? { given: "as they come", wrong: "wrong first", unsure: "least sure" }
  : { given: "as they come", wrong: "largest error first" };
const orderChoice = make(
  "select",
  { id: "order" },
  ...Object.entries(ORDERS).map(([value, words]) => make("option", { value }, words)),
);
const pinButton = make("button", { type: "button", id: "pin" });
const moreRows = make("button", { type: "button" }, "Show more");
const anyPair = make("button", { type: "button" }, "Show all rows");

const rowsPanel = {
  build() {
    byId("rows-panel").hidden = !nRows;
    orderChoice.addEventListener("change", () => list(LISTED));
    moreRows.addEventListener("click", () => list(listed + 50));
    anyPair.addEventListener("click", () => change({ pair: null }, "listed"));
    pinButton.addEventListener("click", () => pin(state.pinned?.row === state.row ? null : state.row));
    byId("order-fields").append(field("Order", orderChoice), pinButton, anyPair);
    byId("listed").after(moreRows);
    rove(byId("listed"), "ArrowUp", "ArrowDown");
  },
  render(_, what) {
    if (what.has("size")) placeRows();
    if (what.has("weights") && state.pinned) state.pinned.trace = forward(state.pinned.x);
    if (what.has("rows") || what.has("listed")) list(LISTED);
    if (what.has("values") || what.has("pinned")) markRow();
  },
};

/** On a very wide screen the rows stand below the map. */
function placeRows() {
  const isWide = innerWidth >= 1920 && !onPaper();
  const place = isWide ? byId("side") : byId("lower");
  const panel = byId("rows-panel");
  if (panel.parentElement !== place) place.insertBefore(panel, isWide ? null : byId("metrics"));
}

/** Return what the network says of a row of the page: {row, label, best, sure, wrong, error}. */
function judged(row) {
  const a = seenRows[row].at(-1);
  const label = page.rows.labels?.[row] ?? null;
  const best = classes.length ? predicted(a) : -1;
  const error = classes.length || label === null || a.length > 1 ? 0 : Math.abs(a[0] - Number(label));
  return {
    row,
    label,
    best,
    error,
    sure: best < 0 ? 0 : probabilities(a)[best],
    wrong: classes.length > 0 && label !== null && classes[best] !== label,
  };
}

/** Return the rows of the page in an order, perhaps those of one true and one predicted class only. */
function rowOrder(order, pair = null) {
  const all = seenRows.map((_, row) => judged(row));
  const found = pair ? all.filter(({ label, best }) => label === pair.label && classes[best] === pair.best) : all;
  const by = { wrong: (row) => -(row.wrong ? 2 - row.sure : 0) - row.error, unsure: (row) => row.sure };
  return order === "given" ? found : found.sort((one, two) => by[order](one) - by[order](two) || one.row - two.row);
}

function list(count) {
  if (!nRows) return;
  listed = count;
  const { pair } = state;
  const found = rowOrder(orderChoice.value, pair);
  const wrong = found.filter((row) => row.wrong).length;
  const shown = found.slice(0, listed);
  byId("list-note").textContent = pair
    ? `True class ${cut(pair.label, 24)}, predicted ${cut(pair.best, 24)}: ${counted(found.length, "row")} of this page.`
    : `${capital(rowsInWords(seenRows.length))}${classes.length && page.rows.labels ? `, ${grouped(wrong)} of them wrong` : ""}.`;
  anyPair.hidden = !pair;
  moreRows.hidden = shown.length === found.length;
  const judges = page.rows.labels && network.layers.at(-1).units === 1;
  const head = ["row", ...(page.rows.labels ? [LABEL] : []), ...(classes.length ? ["prediction", "probability"] : ["output", ...(judges ? ["error"] : [])])];
  const write = aligned(shown.flatMap(({ row, error }) => [seenRows[row].at(-1)[0], error]));
  byId("listed").replaceChildren(table("Rows", head, shown.map((row) => rowCells(row, write, judges))));
  markRow();
}

function rowCells({ row, label, best, sure, wrong, error }, write, judges) {
  const button = make("button", { type: "button", class: "row", "data-row": row, "aria-label": `Row ${row}` }, String(row));
  button.addEventListener("click", () => setRow(row));
  const text = (words, kind) => make("td", { class: kind }, words);
  const cells = page.rows.labels ? [text(cut(shortLabel(label), 24), classes.length ? "name" : "number")] : [];
  if (!classes.length) return [button, ...cells, text(write(seenRows[row].at(-1)[0]), "number"), ...(judges ? [text(write(error), "number")] : [])];
  const said = best < 0 ? "none" : cut(classes[best], 24);
  const mark = wrong ? make("span", { class: "wrong" }, "\u00a0✗", make("span", { class: "unseen" }, " wrong")) : "";
  return [button, ...cells, make("td", { class: "name" }, said, mark), text(sure.toFixed(3), "number")];
}

/** Mark the row on show and the pinned one in the list, and say what the button does. */
function markRow() {
  const buttons = [...byId("listed").querySelectorAll("button")];
  for (const button of buttons) {
    const row = Number(button.dataset.row);
    furnish(button, { "aria-current": String(row === state.row) }, []);
    button.closest("tr").classList.toggle("pinned", row === state.pinned?.row);
  }
  roveTo(buttons, buttons.find((button) => Number(button.dataset.row) === state.row));
  const { pinned } = state;
  pinButton.textContent = pinned?.row === state.row ? `Unpin row ${state.row}` : `Pin row ${state.row}`;
  byId("pin-note").textContent = pinned
    ? `Row ${pinned.row} is pinned: its values stand in brackets beside those of the row on show.`
    : "";
}

/** Keep a row to compare others with; null gives it up. */
function pin(row) {
  const x = rowOf(row ?? 0);
  change({ pinned: row === null ? null : { row, x, trace: forward(x) } }, "pinned");
}

/** The pinned row where another is on show, else null. */
const compared = () => (state.pinned && (state.moved || state.row !== state.pinned.row) ? state.pinned : null);

/** List the rows of a cell of the confusion matrix, and go there. */
function openPair(label, best) {
  change({ pair: { label, best } }, "listed");
  byId("rows-panel").scrollIntoView({ block: "start" });
  byId("rows-title").focus({ preventScroll: true });
}
