// Toasts stand in #toasts: put there by the server (components/_toast.html) or by showToast().
// Each stays 7 seconds (data-seconds says otherwise), waits while pointer or focus is on it; two at most.
import { icon } from "./icons.js";
import { say } from "./words.js";

const SECONDS = 7;
const MOST = 2;
const TICK_MS = 250;
const box = document.getElementById("toasts");

// Show a sentence; with `undo` (a function) it gets an Undo button. Returns the toast.
export function showToast({ text, icon: glyph = "info-circle", undo = null, seconds = SECONDS }) {
  if (!box) return null;
  const toast = document.createElement("div");
  toast.className = "toast-x";
  toast.dataset.seconds = seconds;
  const words = document.createElement("span");
  words.textContent = text;
  toast.append(icon(glyph), words, undo ? undoButton(toast, undo) : closeButton());
  box.append(toast);
  return toast;
}

function undoButton(toast, undo) {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.textContent = say("undo");
  button.addEventListener("click", () => {
    toast.remove();
    undo();
  });
  return button;
}

function closeButton() {
  const button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm btn-icon";
  button.dataset.dismiss = "";
  button.setAttribute("aria-label", say("close"));
  button.append(icon("x"));
  return button;
}

function start(toast) {
  const whole = Number(toast.dataset.seconds || SECONDS) * 1000;
  let left = whole;
  const ring = toast.querySelector(".ring-left");
  const timer = setInterval(() => {
    if (!toast.isConnected) return clearInterval(timer);
    if (toast.matches(":hover, :focus-within") || document.hidden) return undefined;
    left -= TICK_MS;
    ring?.setAttribute("stroke-dasharray", `${Math.max(0, (100 * left) / whole)} 100`);
    return left <= 0 ? dismiss(toast) : undefined;
  }, TICK_MS);
}

function dismiss(toast) {
  if (toast.contains(document.activeElement)) document.activeElement.blur();
  toast.remove();
}

function onAdded(records) {
  for (const record of records) {
    for (const node of record.addedNodes) if (node.nodeType === Node.ELEMENT_NODE) start(node);
  }
  while (box.children.length > MOST) box.firstElementChild.remove();
}

if (box) {
  [...box.children].forEach(start);
  new MutationObserver(onAdded).observe(box, { childList: true });
  box.addEventListener("click", (event) => {
    if (event.target.closest("[data-dismiss]")) event.target.closest(".toast-x").remove();
  });
  // The form that asked may be gone when the answer comes, its header drawn anew meanwhile: then htmx finds no #toasts.
  document.body.addEventListener("htmx:oobErrorNoTarget", ({ detail: { target, content } }) => {
    if (target !== "#toasts") return;
    const toasts = [...content.children];
    box.append(...toasts);
    toasts.forEach((toast) => globalThis.htmx?.process(toast));
  });
  // An undo form posts by itself (htmx or plain); its toast has then said its piece.
  document.body.addEventListener("htmx:afterRequest", (event) => {
    if (box.contains(event.target)) event.target.closest(".toast-x")?.remove();
  });
}
