// Forms that open over the page: a[data-in-dialog] is a link to a page with the same form.
import { ask, show } from "./ask.js";
import { open } from "./dialogs.js";

const ID = "ticket-dialog";

async function fetchForm(link) {
  try {
    show(document.getElementById(ID), await ask(link.href));
    open(ID);
    const fields = [...document.querySelectorAll(`#${ID} :is(input:not([type=hidden]), textarea, select)`)];
    (fields.find(({ autofocus }) => autofocus) ?? fields[0])?.focus();
  } catch {
    location.assign(link.href);
  }
}

// Narrow a list to what is typed; Enter takes the first that is left.
function narrow(field) {
  const wanted = fold(field.value);
  document.querySelectorAll(`${field.dataset.narrow} li`).forEach((item) => {
    item.hidden = !fold(item.textContent).includes(wanted);
  });
}

function fold(text) {
  return text.normalize("NFD").replace(/\p{M}/gu, "").replace(/đ/gi, "d").toLocaleLowerCase().trim();
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[data-in-dialog], a[data-new-ticket]");
  if (!link || event.ctrlKey || event.metaKey || event.shiftKey) return;
  event.preventDefault();
  fetchForm(link);
});
document.addEventListener("input", (event) => event.target.matches("[data-narrow]") && narrow(event.target));
document.addEventListener("keydown", (event) => {
  if (!event.target.matches?.("[data-narrow]") || event.key !== "Enter" || event.isComposing) return;
  event.preventDefault();
  document.querySelector(`${event.target.dataset.narrow} li:not([hidden]) button`)?.click();
});
document.addEventListener("htmx:afterSwap", ({ detail }) => {
  const menu = detail.target?.closest?.("[popover]:popover-open");
  menu?.querySelector("[data-narrow]")?.focus();
});
document.body.addEventListener("dialog:done", () => document.getElementById(ID)?.close());
