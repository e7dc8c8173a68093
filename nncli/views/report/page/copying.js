// Text to take away: on the clipboard, and on show below the buttons.

const SHOWN_TEXT = 20_000; // characters; more are copied, but not shown

/** Return a button that copies what `lines` gives; it may be much, so it is gathered between events. */
function copyButton(words, lines) {
  const button = make("button", { type: "button" }, words);
  button.addEventListener("click", () =>
    later(
      "copy",
      function* () {
        const gathered = [];
        for (const line of lines()) {
          gathered.push(line);
          yield;
        }
        copy(words, `${gathered.join("\n")}\n`);
      },
      true,
    ),
  );
  return button;
}

/** Put a text on the clipboard; where the browser does not let us, it can be taken from the page. */
async function copy(words, text) {
  const box = /** @type {HTMLTextAreaElement} */ (byId("copied"));
  let said = `Copied as ${words}.`;
  try {
    await navigator.clipboard.writeText(text);
  } catch {
    said = "The browser did not let the page copy; select the text and copy it.";
  }
  byId("copied-note").textContent = said;
  box.hidden = text.length > SHOWN_TEXT && said.startsWith("Copied");
  box.value = text;
  box.rows = Math.min(12, text.split("\n").length);
}
