// Select mode: ticks on the rows, a range with Shift, and the bar that changes them all.
const section = () => document.getElementById("queue");
const bar = () => document.getElementById("bulk");
let last = null;

function boxes() {
  return [...(section()?.querySelectorAll(".row-pick") ?? [])];
}

function setMode(on) {
  section().toggleAttribute("data-selecting", on);
  section().querySelector("[data-select]")?.setAttribute("aria-pressed", String(on));
  if (!on) boxes().forEach((box) => (box.checked = false));
  count();
}

function count() {
  const number = boxes().filter(({ checked }) => checked).length;
  const label = bar()?.querySelector(".bulk-count");
  if (!label) return;
  label.dataset.none ??= label.textContent;
  label.textContent = number ? label.dataset.one.replace("%(number)s", number) : label.dataset.none;
  const all = bar().querySelector("[data-select-all]");
  all.checked = number > 0 && number === boxes().length;
  all.indeterminate = number > 0 && !all.checked;
}

function pick(box, isRange) {
  const all = boxes();
  if (isRange && last && all.includes(last)) {
    const [from, to] = [all.indexOf(last), all.indexOf(box)].sort((a, b) => a - b);
    all.slice(from, to + 1).forEach((each) => (each.checked = box.checked));
  }
  last = box;
  count();
}

function onClick(event) {
  const toggle = event.target.closest("[data-select]");
  if (toggle) {
    event.preventDefault();
    const row = document.activeElement?.closest?.("[data-ticket]");
    setMode(!section().hasAttribute("data-selecting"));
    const box = row?.querySelector(".row-pick");
    if (box && section().hasAttribute("data-selecting")) {
      box.checked = true;
      pick(box, false);
    }
  }
  const box = event.target.closest(".row-pick");
  if (box) pick(box, event.shiftKey);
  if (event.target.closest("[data-select-all]")) {
    boxes().forEach((each) => (each.checked = event.target.checked));
    count();
  }
}

// X on a row in select mode ticks it; elsewhere it switches the mode.
function onX(event) {
  const box = document.activeElement?.closest?.("#queue-list [data-ticket]")?.querySelector(".row-pick");
  if (!box || !section().hasAttribute("data-selecting") || event.key !== "x") return;
  event.preventDefault();
  event.stopImmediatePropagation();
  box.checked = !box.checked;
  pick(box, false);
}

document.addEventListener("click", onClick);
document.addEventListener("keydown", onX, true);
document.body.addEventListener("key:Escape", (event) => {
  if (!section()?.hasAttribute("data-selecting")) return;
  event.preventDefault();
  setMode(false);
});
document.body.addEventListener("bulk:done", () => {
  document.querySelector("dialog[open]")?.close();
  setMode(false);
});
