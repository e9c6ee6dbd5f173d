// The timeline: fetches what is new, keeps the place, tells what came while one reads above, and remembers what was read.
import { ask, send } from "./ask.js";
import { mergeList, parse, removeMissing } from "./merge.js";
import { showToast } from "./toasts.js";
import { say } from "./words.js";

const NEAR_END = 80;
const READ_AFTER_MS = 800;
const KEPT_HEIGHT = 4; // rounding
let listening = null;
let missed = 0;
let readTimer = 0;
let running = null;

const list = () => document.getElementById("thread");
const scroller = () => document.getElementById("thread-scroll");

export function ticketOnShow() {
  return document.getElementById("conversation")?.dataset.ticket ?? "";
}

// Column-reverse: the end is at zero, above it the numbers are negative.
function isAtEnd() {
  return Math.abs(scroller()?.scrollTop ?? 0) < NEAR_END;
}

export function newestMessage() {
  const ids = [...(list()?.querySelectorAll(".entry[id^='m-']") ?? [])].map(({ id }) => Number(id.slice(2)));
  return Math.max(0, Number(list()?.dataset.last ?? 0), ...ids.filter(Number.isFinite));
}

// Whether the newest entries were on the screen: only then has one seen them.
export function seesNewest() {
  return isAtEnd() && document.visibilityState === "visible";
}

export async function refresh() {
  const box = scroller();
  if (!box) return;
  running?.abort();
  running = new AbortController();
  const url = new URL(box.dataset.url, location.href);
  url.searchParams.set("read_to", list().dataset.readTo ?? "0");
  try {
    const fresh = parse(await ask(url, { signal: running.signal }));
    if (box.isConnected) apply([...fresh.children]);
  } catch (error) {
    if (error.name !== "AbortError") console.warn("timeline not fetched");
  }
}

function apply(fresh) {
  const thread = list();
  const wasAtEnd = isAtEnd();
  const before = newestMessage();
  const items = fresh.filter(({ id }) => id !== "older");
  const waiting = [...thread.querySelectorAll("[data-waiting]")];
  const added = mergeList(thread, items);
  removeMissing(thread, items, { mayRemove: (item) => !item.dataset.waiting });
  waiting.forEach((item) => thread.append(item));
  added.forEach((item) => globalThis.htmx?.process(item));
  const newOnes = added.filter(({ id }) => id.startsWith("m-") && Number(id.slice(2)) > before);
  if (!newOnes.length) return;
  document.body.dispatchEvent(new CustomEvent("thread:new", { detail: { ids: newOnes.map(({ id }) => id) } }));
  if (wasAtEnd) toEnd();
  else tellMissed(newOnes.length);
  rememberRead();
}

export function toEnd() {
  const box = scroller();
  if (box) box.scrollTop = 0;
  missed = 0;
  showMissed();
}

function tellMissed(number) {
  missed += number;
  showMissed();
}

function showMissed() {
  const button = scroller()?.querySelector("[data-jump]");
  if (!button) return;
  button.parentElement.hidden = missed === 0;
  const { one, many } = button.dataset;
  button.querySelector("span").textContent = missed === 1 ? one : many.replace("%(number)s", missed);
}

function rememberRead() {
  clearTimeout(readTimer);
  readTimer = setTimeout(async () => {
    const box = scroller();
    const last = newestMessage();
    if (!box || !last || !seesNewest() || Number(box.dataset.told ?? 0) >= last) return;
    box.dataset.told = last;
    const ticket = ticketOnShow();
    const answer = await send(box.dataset.readUrl, new URLSearchParams({ last })).catch(() => null);
    if (!answer?.ok) return;
    showAsRead(ticket);
    document.body.dispatchEvent(new CustomEvent("notices:read"));
  }, READ_AFTER_MS);
}

function showAsRead(ticket) {
  const row = document.getElementById(`open-${ticket}`);
  row?.removeAttribute("data-unread");
  row?.querySelectorAll(":scope > .dot, :scope > .vh").forEach((mark) => mark.remove());
}

// "Goes out in 7 s" counts down by itself; what was to leave is looked at again.
function countDown() {
  for (const mark of document.querySelectorAll(".delivery[data-goes]")) {
    const seconds = Math.ceil((Date.parse(mark.dataset.goes) - Date.now()) / 1000);
    if (seconds > 60) continue;
    const words = mark.querySelector("span");
    if (seconds > 0) words.textContent = say("goes_out", { number: seconds });
    else {
      words.textContent = say("being_sent");
      mark.removeAttribute("data-goes");
      mark.closest(".msg-foot")?.querySelector("[data-undo-message]")?.remove();
      setTimeout(refresh, 2500);
    }
  }
}

function fit(frame) {
  const page = frame.contentDocument?.documentElement;
  if (page) frame.style.height = `${page.scrollHeight + KEPT_HEIGHT}px`;
}

function onClick(event) {
  if (event.target.closest("[data-jump]")) return toEnd();
  const images = event.target.closest("[data-show-images]");
  if (images) {
    event.preventDefault();
    images.closest(".bubble").querySelector("iframe").src = images.href;
    images.closest(".mail-images").remove();
  }
  const copy = event.target.closest("[data-copy]");
  if (copy && navigator.clipboard) {
    event.preventDefault();
    navigator.clipboard.writeText(copy.dataset.copy);
    showToast({ text: say("copied", { text: copy.dataset.copy }), icon: "copy" });
  }
  return undefined;
}

// One ticket is on show at a time: listen to its pokes only.
export function start() {
  const ticket = ticketOnShow();
  if (listening) document.body.removeEventListener(listening, refresh);
  listening = ticket ? `ticket:${ticket}` : null;
  if (!listening) return;
  missed = 0;
  document.body.addEventListener(listening, refresh);
  document.querySelectorAll("iframe[data-frame]").forEach((frame) => frame.contentDocument?.readyState === "complete" && fit(frame));
  scroller().addEventListener("scroll", onScroll, { passive: true });
  rememberRead();
}

function onScroll() {
  if (!isAtEnd()) return;
  if (missed) toEnd();
  rememberRead();
}

document.addEventListener("click", onClick);
document.addEventListener("load", (event) => event.target.matches?.("iframe[data-frame]") && fit(event.target), true);
document.addEventListener("visibilitychange", rememberRead);
document.body.addEventListener("live:resync", refresh);
setInterval(countDown, 1000);
