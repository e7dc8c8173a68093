// Which classes are taken for which: a matrix, or of many classes the largest confusions. A cell opens its rows.

const MOST_CONFUSED = 40; // classes of a confusion matrix that one can still read
const LARGEST = 20; // confusions that are listed of more classes

const countCell = (count, label, best) => {
  const cell = make("td", { class: label === best ? "number marked" : "number" });
  if (!count) cell.append("0");
  else {
    const words = `${counted(count, "row")}: true class ${label}, predicted ${best}`;
    const button = make("button", { type: "button", class: "count", "aria-label": words }, grouped(count));
    button.addEventListener("click", () => openPair(label, best));
    cell.append(button);
  }
  return cell;
};

/** Return the wrong pairs of classes by their number of rows: [true class, predicted class, rows]. */
function largestConfusions(confusion) {
  return confusion
    .flatMap((line, i) => line.flatMap((count, j) => (count && i !== j ? [[i, j, count]] : [])))
    .sort((one, two) => two[2] - one[2]);
}

function confusionTable(names, confusion) {
  const [content, words] = names.length > MOST_CONFUSED ? pairs(names, confusion) : cellsOf(names, confusion);
  const box = make("div", { class: "scroll" }, content);
  rove(box, "ArrowLeft", "ArrowRight");
  rove(box, "ArrowUp", "ArrowDown");
  roveTo([...box.querySelectorAll("button")]);
  return make("div", {}, make("h3", {}, "Confusion"), make("p", { class: "hint muted" }, words), box);
}

function cellsOf(names, confusion) {
  const lines = names.map((name, i) => [name, ...confusion[i].map((count, j) => countCell(count, name, names[j]))]);
  return [
    table("Confusion matrix", ["true \\ predicted", ...names], lines),
    "A row for each true class, a column for each predicted one. A number opens its rows.",
  ];
}

function pairs(names, confusion) {
  const all = largestConfusions(confusion);
  const lines = all
    .slice(0, LARGEST)
    .map(([i, j, count]) => [names[i], make("td", { class: "name" }, cut(names[j], 32)), countCell(count, names[i], names[j])]);
  const first = all.length > LARGEST ? `The ${LARGEST} largest of ${grouped(all.length)} confusions.` : "";
  return [table("Largest confusions", ["true", "predicted", "rows"], lines), `${first} A number opens its rows.`.trim()];
}
