// <button popovertarget="ID"> with <div class="dropdown-menu" popover role="menu" id="ID"> of .dropdown-item elements.
// The browser opens and closes it, also without this script; here it is placed beside its button and gets arrow keys.
const GAP = 4;
const EDGE = 8;

function opener(menu) {
  return document.querySelector(`[popovertarget="${CSS.escape(menu.id)}"]`);
}

function items(menu) {
  return [...menu.querySelectorAll(".dropdown-item:not([disabled], [aria-disabled='true'])")];
}

// Under the button and in line with it, or above when there is no room; data-align="end" lines up the far edges.
function place(menu, button) {
  const from = button.getBoundingClientRect();
  const size = menu.getBoundingClientRect();
  const rightToLeft = getComputedStyle(button).direction === "rtl";
  const alignRight = (menu.dataset.align === "end") !== rightToLeft;
  const left = alignRight ? from.right - size.width : from.left;
  const below = from.bottom + GAP;
  const fitsBelow = below + size.height <= innerHeight - EDGE;
  const top = fitsBelow ? below : Math.max(EDGE, from.top - GAP - size.height);
  menu.style.left = `${Math.min(Math.max(EDGE, left), innerWidth - size.width - EDGE)}px`;
  menu.style.top = `${top}px`;
}

function onToggle(event) {
  const menu = event.target;
  if (!menu.matches?.("[popover].dropdown-menu")) return;
  const button = opener(menu);
  const isOpen = event.newState === "open";
  button?.setAttribute("aria-expanded", String(isOpen));
  if (!isOpen) return;
  if (button) place(menu, button);
  const entries = items(menu);
  entries.forEach((entry) => entry.setAttribute("tabindex", "-1"));
  const field = menu.querySelector("input[type=search], input[type=text]");
  (field ?? menu.querySelector("[aria-checked='true']") ?? entries[0])?.focus({ preventScroll: true });
}

function onKeydown(event) {
  const menu = event.target.closest?.("[popover].dropdown-menu:popover-open");
  if (!menu || event.isComposing) return;
  const entries = items(menu);
  const at = entries.indexOf(document.activeElement);
  const moves = { ArrowDown: at + 1, ArrowUp: at < 0 ? -1 : at - 1, Home: 0, End: -1 };
  const typesText = event.target.matches("input, textarea");
  if (event.key in moves && !(typesText && ["Home", "End"].includes(event.key))) {
    event.preventDefault();
    entries.at(moves[event.key] % entries.length)?.focus();
  } else if (event.key === "Tab" && !typesText) {
    menu.hidePopover();
  } else if (event.key.length === 1 && !typesText && !event.ctrlKey && !event.metaKey && event.key !== " ") {
    focusByLetter(entries, at, event.key);
  }
}

function focusByLetter(entries, at, letter) {
  const order = [...entries.slice(at + 1), ...entries.slice(0, at + 1)];
  const wanted = letter.toLocaleLowerCase();
  order.find((entry) => entry.textContent.trim().toLocaleLowerCase().startsWith(wanted))?.focus();
}

document.addEventListener("toggle", onToggle, true);
document.addEventListener("keydown", onKeydown);
document.addEventListener("click", (event) => {
  const item = event.target.closest(".dropdown-item");
  const menu = item?.closest("[popover]");
  // Later: closing moves the focus away, and then htmx no longer knows which button its form was sent by.
  if (menu && !item.hasAttribute("data-keep-open")) setTimeout(() => menu.isConnected && menu.hidePopover());
});
addEventListener("resize", () => document.querySelector("[popover].dropdown-menu:popover-open")?.hidePopover());
