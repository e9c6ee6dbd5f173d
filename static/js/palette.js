// The palette: a combobox over GET data-url?q=…, whose answer is a list of .opt[role=option] (see palette/_results.html).
// Focus stays in the field; aria-activedescendant moves. An option is a link, or names a key of the keyboard map
// (data-press="e") or an element to click (data-click="#id").
import { press } from "./keyboard.js";
import { say } from "./words.js";

const WAIT_MS = 120;
const dialog = document.getElementById("palette");
const field = dialog?.querySelector("[role=combobox]");
const list = dialog?.querySelector("[role=listbox]");
const status = dialog?.querySelector("[role=status]");
let timer = 0;
let request = null;

function options() {
  return [...list.querySelectorAll("[role=option]")];
}

function active() {
  return list.querySelector('[aria-selected="true"]');
}

function select(option) {
  active()?.setAttribute("aria-selected", "false");
  if (!option) return field.removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  field.setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function move(step) {
  const all = options();
  if (all.length) select(all.at((all.indexOf(active()) + step + all.length) % all.length));
}

async function search() {
  request?.abort();
  request = new AbortController();
  const url = new URL(dialog.dataset.url, location.href);
  url.searchParams.set("q", field.value);
  if (document.body.dataset.ticket) url.searchParams.set("ticket", document.body.dataset.ticket);
  try {
    const response = await fetch(url, { signal: request.signal, headers: { "HX-Request": "true" } });
    show(response.ok ? await response.text() : "", response.ok);
  } catch (error) {
    if (error.name !== "AbortError") show("", false);
  }
}

function show(html, worked) {
  list.innerHTML = html; // our own server's partial, escaped there
  globalThis.htmx?.process(list);
  const all = options();
  select(all[0]);
  if (!worked) status.textContent = say("no_answer");
  else status.textContent = all.length ? say("results", { number: all.length }) : say("nothing_found");
  status.classList.toggle("vh", worked && all.length > 0);
}

function run(option) {
  dialog.close();
  if (option.dataset.press) press(option.dataset.press);
  else if (option.dataset.click) document.querySelector(option.dataset.click)?.click();
}

function onKeydown(event) {
  if (event.isComposing) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  if (event.key in steps) {
    event.preventDefault();
    move(steps[event.key]);
  } else if (event.key === "Enter") {
    event.preventDefault();
    active()?.click();
  }
}

function onClick(event) {
  const option = event.target.closest("[role=option]");
  if (option) run(option);
}

if (dialog) {
  field.addEventListener("keydown", onKeydown);
  field.addEventListener("input", (event) => {
    clearTimeout(timer);
    if (!event.isComposing) timer = setTimeout(search, WAIT_MS);
  });
  field.addEventListener("compositionend", search);
  list.addEventListener("click", onClick);
  dialog.addEventListener("dialog:open", () => {
    field.value = "";
    search();
  });
}
