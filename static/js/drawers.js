// <button data-drawer-open="views" aria-controls="views">: on narrow screens the column is lifted over the sheet
// (body[data-drawer]); Esc or a press beside it closes, focus goes back. Where the details column has a place of its
// own, its button hides and shows it instead, and this device remembers.
const WIDE = matchMedia("(width >= 75rem)");
const KEEP = "details-column";
let returnTo = null;

function column() {
  return document.getElementById(document.body.dataset.drawer ?? "");
}

function open(name, button) {
  returnTo = button;
  document.body.dataset.drawer = name;
  button.setAttribute("aria-expanded", "true");
  const drawer = document.getElementById(name);
  if (!drawer.hasAttribute("tabindex")) drawer.tabIndex = -1;
  drawer.focus({ preventScroll: true });
}

export function close() {
  if (!document.body.dataset.drawer) return false;
  delete document.body.dataset.drawer;
  returnTo?.setAttribute("aria-expanded", "false");
  if (returnTo?.isConnected) returnTo.focus({ preventScroll: true });
  returnTo = null;
  return true;
}

function setDetails(shown) {
  if (shown) delete document.body.dataset.details;
  else document.body.dataset.details = "off";
  try {
    localStorage.setItem(KEEP, shown ? "on" : "off");
  } catch {
    // private window: it lasts until the page goes
  }
  showPressed();
}

function showPressed() {
  const shown = String(document.body.dataset.details !== "off");
  document.querySelectorAll('[data-drawer-open="context"]').forEach((button) => {
    if (WIDE.matches) button.setAttribute("aria-pressed", shown);
    else button.removeAttribute("aria-pressed");
  });
}

function onClick(event) {
  const button = event.target.closest("[data-drawer-open]");
  if (!button) return;
  const name = button.dataset.drawerOpen;
  if (name === "context" && WIDE.matches) setDetails(document.body.dataset.details === "off");
  else if (document.body.dataset.drawer === name) close();
  else open(name, button);
}

function onPointerDown(event) {
  const drawer = column();
  if (!drawer || drawer.contains(event.target) || event.target.closest("[data-drawer-open], dialog, [popover]")) return;
  event.preventDefault(); // the press closes the drawer and does nothing else
  close();
}

function onKeydown(event) {
  if (event.key !== "Escape" || event.isComposing || document.querySelector("dialog[open], :popover-open")) return;
  if (close()) event.stopImmediatePropagation();
}

try {
  if (localStorage.getItem(KEEP) === "off") document.body.dataset.details = "off";
} catch {
  // private window
}
showPressed();
WIDE.addEventListener("change", () => {
  close();
  showPressed();
});
document.addEventListener("click", onClick);
document.addEventListener("pointerdown", onPointerDown);
document.addEventListener("keydown", onKeydown, true);
document.addEventListener("htmx:afterSettle", showPressed);
