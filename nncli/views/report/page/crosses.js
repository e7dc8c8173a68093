// Crosses on the map: the rows that the network gets wrong. Where they are many, small ones within the points.

const MANY_WRONG = 60;
const crosses = draw("g", { class: "crosses" });

const crossesPanel = {
  build: () => nInputs === 2 && overlay.append(crosses),
  render(_, what) {
    if (nInputs !== 2 || !what.has("rows")) return;
    const wrong = seenRows.flatMap((_, row) => (judged(row).wrong ? [row] : []));
    crosses.classList.toggle("many", wrong.length > MANY_WRONG);
    const arm = wrong.length > MANY_WRONG ? 1.5 * pointScale : 1.6;
    crosses.replaceChildren(
      ...wrong.map((row) => {
        const [x, y] = [across(features[2 * row], 0), 100 - across(features[2 * row + 1], 1)];
        return draw("path", { d: `M${[-arm, -arm, "L", arm, arm, "M", -arm, arm, "L", arm, -arm].join(" ")}`, transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` });
      }),
    );
    byId("wrong-note").textContent = wrong.length ? `✗ ${counted(wrong.length, "row")} that it gets wrong` : "";
  },
};
