// Formatting for channels that carry it: the text area becomes an editor when asked for. The text area stays the base: it is
// what drafts keep and what goes out when there is no formatting.
import { say } from "./words.js";

let editor = null;

const box = () => document.getElementById("rich");
const button = () => document.querySelector("[data-rich]");
const field = () => document.getElementById("draft");

export function richHtml() {
  return editor && !box().hidden ? editor.html() : "";
}

export function setRich(text) {
  if (editor && !box().hidden) editor.set(text);
}

export function resetRich() {
  setRich("");
}

function canFormat() {
  return Boolean(document.getElementById("recipients")?.dataset.html);
}

// Shown only where the channel carries formatting, and never for notes.
export function offer(mode) {
  if (!button()) return;
  button().hidden = !canFormat() || mode === "note";
  if (mode === "note") close();
}

async function open() {
  const { makeEditor } = await import("./editor.js");
  box().hidden = false;
  field().hidden = true;
  editor = await makeEditor(box(), {
    text: field().value,
    label: say("message"),
    onChange: (text) => {
      field().value = text;
      field().dispatchEvent(new Event("input", { bubbles: true }));
    },
  });
  button().setAttribute("aria-pressed", "true");
  editor.focus();
}

function close() {
  if (!editor) return;
  editor.destroy();
  editor = null;
  box().hidden = true;
  field().hidden = false;
  button()?.setAttribute("aria-pressed", "false");
}

document.addEventListener("click", (event) => {
  if (!event.target.closest("[data-rich]")) return;
  if (editor) close();
  else open();
});
document.body.addEventListener("recipients:changed", () => {
  offer(document.querySelector('#composer-form [name="mode"]:checked')?.value);
});
document.body.addEventListener("composer:mode", ({ detail }) => offer(detail.mode));
document.body.addEventListener("ticket:leaving", () => {
  editor?.destroy();
  editor = null;
});
