// The queue: opens tickets beside itself, follows what changes without moving what one points at, and is walked by keys.
import { ask } from "./ask.js";
import { mergeList, parse, removeMissing } from "./merge.js";
import { say } from "./words.js";

const GATHER_MS = 600;
const SKELETON_MS = 200;
// Facts that may bring tickets into a view, take them out, or move a count.
const KINDS = `ticket.opened ticket.reopened ticket.assigned ticket.released ticket.team_changed ticket.status_changed
ticket.priority_changed ticket.tagged ticket.type_changed ticket.snoozed ticket.woken ticket.merged ticket.unmerged
ticket.split ticket.marked_spam ticket.unmarked_spam message.received message.queued message.cancelled note.added
live:resync bulk:done presence`.split(/\s+/);
let timer = 0;
let fresh = null; // a copy of the list that waits until nobody points at it
let byKey = false;
let skeletonTimer = 0;

const section = () => document.getElementById("queue");
const list = () => document.getElementById("queue-list");
const rows = () => [...(list()?.querySelectorAll(".row-t") ?? [])];
const current = () => list()?.querySelector('.row-t[aria-current="true"]');

function isIdle() {
  const box = list();
  return !box.matches(":hover") && !box.contains(document.activeElement) && box.scrollTop < 8;
}

async function check() {
  if (!section()) return;
  try {
    const page = parse(await ask(section().dataset.url, { target: "queue" }));
    showCounts(page);
    fresh = page.querySelector("#queue");
    if (list().hidden !== fresh.querySelector("#queue-list").hidden && isIdle()) return replace();
    swapChanged();
    if (isIdle()) settle();
    else tellNew();
  } catch {
    // the next poke asks again
  }
}

function showCounts(page) {
  for (const id of ["views-lists", "capacity"]) {
    const now = page.querySelector(`#${id}`);
    const old = document.getElementById(id);
    if (!now || !old || old.querySelector(":popover-open")) continue;
    const focused = old.contains(document.activeElement) ? document.activeElement.id : "";
    now.removeAttribute("hx-swap-oob");
    old.replaceWith(now);
    globalThis.htmx?.process(now);
    if (focused) document.getElementById(focused)?.focus({ preventScroll: true });
  }
  const count = page.querySelector("#queue .bar .count");
  if (count) section().querySelector(".bar .count").textContent = count.textContent;
}

// Rows that say something else now are swapped where they stand, also under the pointer: nothing moves.
function swapChanged() {
  for (const row of fresh.querySelectorAll("#queue-list > [data-ticket]")) {
    const old = document.getElementById(row.id);
    if (!old || content(old) === content(row)) continue;
    if (old.matches(":active")) soon(); // being pressed
    else swapRow(old, row.cloneNode(true));
  }
  markCurrent();
}

function swapRow(old, row) {
  const focused = old.contains(document.activeElement) ? document.activeElement.classList[0] : "";
  row.querySelector(".row-pick").checked = old.querySelector(".row-pick").checked;
  old.replaceWith(row);
  globalThis.htmx?.process(row);
  if (focused) row.querySelector(`.${focused}`)?.focus({ preventScroll: true });
}

// What a row says, without what the clock moves and which ticket is open.
function content(row) {
  const copy = row.cloneNode(true);
  copy.querySelectorAll("time, .sla").forEach((each) => each.replaceChildren());
  copy.querySelector(".row-t").removeAttribute("aria-current");
  return [row.hasAttribute("data-gone"), copy.innerHTML].join();
}

// From nothing to something, or back: the box itself is another one.
function replace() {
  const now = fresh;
  fresh = null;
  now.toggleAttribute("data-selecting", section().hasAttribute("data-selecting"));
  section().replaceWith(now);
  globalThis.htmx?.process(now);
  markCurrent();
}

function settle() {
  if (!fresh) return;
  const items = fresh.querySelector("#queue-list").children;
  const kept = [...items].filter(({ id }) => id !== "more-rows");
  const order = kept.map(({ id }) => id).filter((id) => document.getElementById(id));
  reorder(order);
  mergeList(list(), kept, { isSame: () => true }).forEach((item) => globalThis.htmx?.process(item));
  const mayRemove = (item) => item.id !== "more-rows" && !item.querySelector("[aria-current]");
  removeMissing(list(), kept, { mayRemove, isPart: kept.length < items.length });
  list().querySelectorAll("[data-gone]").forEach((row) => row.querySelector("[aria-current]") || row.remove());
  fresh = null;
  hideNew();
  markCurrent();
}

// Rows that both lists have take the order of the new one; moving is cheap where nothing moved.
function reorder(ids) {
  const there = [...list().children].filter(({ id }) => ids.includes(id)).map(({ id }) => id);
  if (there.join() === ids.join()) return;
  ids.map((id) => document.getElementById(id)).forEach((row) => list().append(row));
  const more = document.getElementById("more-rows");
  if (more) list().append(more);
}

function tellNew() {
  const number = [...fresh.querySelectorAll("#queue-list > [data-ticket]")].filter(({ id }) => !document.getElementById(id)).length;
  const button = document.getElementById("queue-new");
  if (!number || !button) return;
  button.hidden = false;
  button.querySelector("span").textContent = say(number === 1 ? "new_ticket" : "new_tickets", { number });
}

function hideNew() {
  const button = document.getElementById("queue-new");
  if (button) button.hidden = true;
}

function soon() {
  clearTimeout(timer);
  timer = setTimeout(check, GATHER_MS);
}

export function markCurrent(ticket = document.body.dataset.ticket) {
  rows().forEach((row) => {
    if (row.id === `open-${ticket}`) row.setAttribute("aria-current", "true");
    else row.removeAttribute("aria-current");
  });
}

function step(by) {
  const all = rows();
  if (!all.length) return;
  const at = all.indexOf(document.activeElement?.closest?.(".row-t") ?? current());
  const next = all[Math.min(all.length - 1, Math.max(0, at + by))];
  next.focus();
  next.scrollIntoView({ block: "nearest" });
}

function nextUnread(event) {
  const all = rows();
  const at = all.indexOf(current());
  const wanted = [...all.slice(at + 1), ...all.slice(0, Math.max(0, at))].find((row) => row.hasAttribute("data-unread"));
  if (!wanted) return;
  event.preventDefault();
  byKey = true;
  wanted.click();
}

function backToList(event) {
  if (section()?.hasAttribute("data-selecting")) return undefined; // bulk.js leaves that first
  event.preventDefault();
  document.body.dataset.pane = "queue";
  return (current() ?? rows()[0] ?? document.getElementById("queue-title"))?.focus();
}

function onBack(event) {
  const link = event.target.closest("[data-back]");
  if (!link || event.ctrlKey || event.metaKey || !section()) return;
  event.preventDefault();
  history.pushState({ ...history.state, pane: "queue" }, "", link.href);
  document.body.dataset.pane = "queue";
  current()?.focus({ preventScroll: true });
}

function onClick(event) {
  const row = event.target.closest(".row-t");
  if (row) byKey = byKey || event.detail === 0;
  if (event.target.closest("#queue-new")) {
    list().scrollTop = 0;
    settle();
  }
  onBack(event);
}

function onBeforeRequest({ detail }) {
  if (detail.target?.id !== "conversation") return;
  document.body.dispatchEvent(new CustomEvent("ticket:leaving"));
  const id = detail.elt.closest?.("[data-ticket]")?.dataset.ticket;
  if (id) markCurrent(id);
  clearTimeout(skeletonTimer);
  skeletonTimer = setTimeout(() => {
    const skeleton = document.getElementById("skeleton");
    if (detail.target.isConnected && skeleton) detail.target.replaceChildren(skeleton.content.cloneNode(true));
  }, SKELETON_MS);
}

function onFailed({ detail }) {
  if (detail.target?.id !== "conversation" || (detail.successful && detail.xhr.status < 400)) return;
  clearTimeout(skeletonTimer);
  const failed = document.getElementById("load-failed")?.content.cloneNode(true);
  if (!failed || detail.successful) return;
  failed.querySelector("a").href = detail.pathInfo?.requestPath ?? location.href;
  detail.target.replaceChildren(failed);
  globalThis.htmx?.process(detail.target);
}

// The queue of a page that was opened for its ticket comes by itself; nobody asked to see it.
const isLate = ({ requestConfig, target }) => (requestConfig?.elt ?? target)?.hasAttribute?.("aria-busy");

function onSwapped({ detail }) {
  if (detail.target?.id === "queue" || detail.elt?.id === "queue") {
    if (!isLate(detail)) document.body.dataset.pane = "queue";
    fresh = null;
    markCurrent();
  }
  if (detail.target?.id !== "conversation") return;
  clearTimeout(skeletonTimer);
  const ticket = document.getElementById("conversation")?.dataset.ticket;
  if (!ticket) return;
  document.body.dataset.ticket = ticket;
  document.body.dataset.pane = "conversation";
  markCurrent(ticket);
  if (byKey) document.getElementById("subject")?.focus({ preventScroll: true });
  byKey = false;
  document.body.dispatchEvent(new CustomEvent("ticket:shown", { detail: { ticket } }));
}

function settleWhenLeft() {
  setTimeout(() => {
    if (!list() || !isIdle()) return;
    if (fresh) settle();
    else list().querySelectorAll("[data-gone]").forEach((row) => row.querySelector("[aria-current]") || row.remove());
  }, 150);
}


KINDS.forEach((kind) => document.body.addEventListener(kind, soon));
document.addEventListener("click", onClick);
document.addEventListener("htmx:beforeRequest", onBeforeRequest);
document.addEventListener("htmx:afterRequest", onFailed);
document.addEventListener("htmx:afterSwap", onSwapped);
document.addEventListener("pointerout", (event) => event.target.closest?.("#queue-list") && settleWhenLeft());
document.addEventListener("focusout", (event) => event.target.closest?.("#queue-list") && settleWhenLeft());
document.body.addEventListener("key:j", (event) => (event.preventDefault(), step(1)));
document.body.addEventListener("key:k", (event) => (event.preventDefault(), step(-1)));
document.body.addEventListener("key:n", nextUnread);
document.body.addEventListener("key:Escape", backToList);
document.body.addEventListener("key:1", () => (current() ?? rows()[0] ?? list())?.focus());
document.body.addEventListener("key:2", () => document.getElementById("subject")?.focus());
document.body.addEventListener("key:3", () => {
  const details = document.getElementById("context");
  if (details?.checkVisibility()) details.focus();
  else document.querySelector('[data-drawer-open="context"]')?.click();
});
document.body.addEventListener("queue:restored", () => {
  markCurrent();
  check();
});
