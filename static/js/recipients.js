// To whom a reply goes: the part above the text is fetched when one wants to choose, and proposes anew whom to copy when
// the customer has written.
import { ask } from "./ask.js";

let listening = null;

const part = () => document.getElementById("recipients");
const url = () => part()?.querySelector("[hx-get]")?.getAttribute("hx-get");

function fields() {
  const found = [...part().querySelectorAll("input, select")].filter(({ name }) => name);
  return found.map(({ name, value }) => [name, value]);
}

// Fetch the part as it is for these fields; what is being typed there is left alone.
export async function show(pairs = fields()) {
  const there = part();
  if (!there || there.contains(document.activeElement)) return;
  const query = new URLSearchParams([...pairs, ...(there.hasAttribute("data-open") ? [] : [["closed", "1"]])]);
  try {
    const html = await ask(`${url()}?${query}`, { target: "recipients" });
    if (part() === there) globalThis.htmx.swap(there, html, { swapStyle: "outerHTML" });
  } catch {
    // what stands there still holds
  }
}

function onNews({ detail }) {
  if (detail?.kinds?.includes("message.received")) show();
}

function start(event) {
  if (listening) document.body.removeEventListener(listening, onNews);
  const ticket = event?.detail?.ticket ?? document.body.dataset.ticket;
  listening = ticket ? `ticket:${ticket}` : null;
  if (listening) document.body.addEventListener(listening, onNews);
}

document.body.addEventListener("ticket:shown", start);
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  if (detail.elt?.id !== "recipients" && detail.target?.id !== "recipients") return;
  const opener = detail.requestConfig?.elt?.id;
  const next = document.getElementById(opener === "to-change" ? "reply-identity" : opener);
  next?.focus();
  if (opener === "to-change") return; // opening the part chooses nothing
  document.body.dispatchEvent(new CustomEvent("recipients:changed"));
});
start();
