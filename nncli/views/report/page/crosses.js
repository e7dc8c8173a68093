// Crosses on the map: the rows that the network gets wrong.

const crosses = draw("g", { class: "crosses" });

const crossesPanel = {
  build: () => nInputs === 2 && overlay.append(crosses),
  render(_, what) {
    if (nInputs !== 2 || !what.has("rows")) return;
    const wrong = seenRows.flatMap((_, row) => (judged(row).wrong ? [row] : []));
    crosses.replaceChildren(
      ...wrong.map((row) => {
        const [x, y] = [across(features[2 * row], 0), 100 - across(features[2 * row + 1], 1)];
        return draw("path", { d: "M-1.6-1.6L1.6 1.6M-1.6 1.6L1.6-1.6", transform: `translate(${x.toFixed(2)} ${y.toFixed(2)})` });
      }),
    );
    byId("wrong-note").textContent = wrong.length ? `✗ ${counted(wrong.length, "row")} that it gets wrong` : "";
  },
};
