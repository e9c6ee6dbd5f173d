// "@" in a note lists whom it may name. Focus stays in the text; aria-activedescendant moves. Never while an input method composes.
import { ask, show } from "./ask.js";
import { field, form, modeOf } from "./composer.js";

const WAIT_MS = 120;
const AT = /(?:^|[\s(])@([^\s@]{0,30}(?: [^\s@]{1,20})?)$/u;
let timer = 0;
let request = null;

const box = () => document.getElementById("at-list");
const options = () => [...box().querySelectorAll("[role=option]")];
const active = () => box().querySelector('[aria-selected="true"]');

function asked() {
  if (!form() || modeOf() !== "note") return null;
  return AT.exec(field().value.slice(0, field().selectionStart))?.[1] ?? null;
}

async function search() {
  const words = asked();
  if (words === null) return hide();
  request?.abort();
  request = new AbortController();
  const url = new URL(form().dataset.mentionUrl, location.href);
  url.searchParams.set("q", words);
  try {
    show(box(), await ask(url, { signal: request.signal }));
  } catch {
    return hide();
  }
  box().hidden = options().length === 0;
  return select(options()[0]);
}

function select(option) {
  active()?.setAttribute("aria-selected", "false");
  if (!option) return field().removeAttribute("aria-activedescendant");
  option.setAttribute("aria-selected", "true");
  field().setAttribute("aria-activedescendant", option.id);
  return option.scrollIntoView({ block: "nearest" });
}

function hide() {
  if (!box()) return;
  box().hidden = true;
  field()?.removeAttribute("aria-activedescendant");
}

function choose(option) {
  const text = field();
  const end = text.selectionStart;
  const from = text.value.slice(0, end).lastIndexOf("@");
  text.setRangeText(`@${option.dataset.name} `, from, end, "end");
  hide();
  text.focus();
  text.dispatchEvent(new Event("input", { bubbles: true }));
}

function onKeydown(event) {
  if (event.target !== field() || !box() || box().hidden || event.isComposing) return;
  const steps = { ArrowDown: 1, ArrowUp: -1 };
  const all = options();
  if (event.key in steps) {
    select(all.at((all.indexOf(active()) + steps[event.key] + all.length) % all.length));
  } else if (["Enter", "Tab"].includes(event.key) && active() && !event.ctrlKey && !event.metaKey) {
    choose(active());
  } else if (event.key === "Escape") {
    hide();
  } else {
    return;
  }
  event.preventDefault();
  event.stopImmediatePropagation();
}

function onClick(event) {
  const option = event.target.closest("#at-list [role=option]");
  if (option) return choose(option);
  if (event.target.closest("[data-mention]")) {
    const text = field();
    const gap = /\S$/.test(text.value.slice(0, text.selectionStart)) ? " @" : "@";
    text.setRangeText(gap, text.selectionStart, text.selectionEnd, "end");
    text.focus();
    return search();
  }
  return event.target === field() ? search() : hide();
}

document.addEventListener("keydown", onKeydown, true);
document.addEventListener("click", onClick);
document.addEventListener("input", (event) => {
  if (event.target !== field() || event.isComposing) return;
  clearTimeout(timer);
  timer = setTimeout(search, WAIT_MS);
});
