// Without a connection, what is sent waits on this device and goes out in order when it is back. Each carries a name of its
// own (client_id), so sending it twice writes it once.
import { send } from "./ask.js";
import { icon } from "./icons.js";
import { writeLocal } from "./keep.js";
import { showToast } from "./toasts.js";
import { say } from "./words.js";

const KEY = `outbox:${document.body.dataset.me ?? ""}`;
let isReplaying = false;

export const isOffline = () => document.body.hasAttribute("data-offline") || !navigator.onLine;

function load() {
  try {
    return JSON.parse(localStorage.getItem(KEY)) ?? [];
  } catch {
    return [];
  }
}

function store(waiting) {
  if (waiting.length) localStorage.setItem(KEY, JSON.stringify(waiting));
  else localStorage.removeItem(KEY);
}

export function queue({ url, fields, ticket, mode, text }) {
  const pairs = [...fields].filter(([, value]) => typeof value === "string" && value !== undefined);
  store([...load(), { url, pairs, ticket, mode, text, id: fields.get("client_id") }]);
  showWaiting();
}

// What waits is shown where it will stand.
export function showWaiting() {
  const thread = document.getElementById("thread");
  const ticket = document.getElementById("conversation")?.dataset.ticket;
  if (!thread) return;
  thread.querySelectorAll("[data-waiting]").forEach((item) => item.remove());
  load().filter((each) => each.ticket === ticket).forEach((each) => thread.append(drawn(each)));
}

function drawn({ mode, text }) {
  const item = document.createElement("li");
  item.className = "entry";
  item.dataset.waiting = "1";
  item.dataset.state = "sending";
  item.dataset.dir = mode === "note" ? "in" : "out";
  const article = document.createElement("article");
  article.className = "msg";
  const bubble = document.createElement("div");
  bubble.className = mode === "note" ? "note" : "bubble";
  bubble.dir = "auto";
  bubble.textContent = text;
  const foot = document.createElement("footer");
  foot.className = "msg-foot";
  foot.append(icon("clock"), say("goes_out_when_back"));
  article.append(bubble, foot);
  item.append(article);
  return item;
}

export async function replay() {
  if (isReplaying || isOffline()) return;
  isReplaying = true;
  let sent = 0;
  try {
    for (let waiting = load(); waiting.length; waiting = load()) {
      if (!(await deliver(waiting[0]))) break;
      store(load().filter(({ id }) => id !== waiting[0].id));
      sent += 1;
    }
  } finally {
    isReplaying = false;
    showWaiting();
  }
  if (sent) showToast({ text: say(sent === 1 ? "back_one_sent" : "back_sent", { number: sent }), icon: "check" });
}

// True when it is done with: written, or refused and given back as a draft.
async function deliver(each) {
  const fields = new URLSearchParams(each.pairs);
  const answer = await send(each.url, fields).catch(() => null);
  if (!answer || answer.type === "opaqueredirect" || answer.status >= 500) return false;
  document.body.dispatchEvent(new CustomEvent(`ticket:${each.ticket}`, { detail: { kinds: [] } }));
  if (answer.status >= 400) {
    writeLocal(each.ticket, each.mode, each.text, Number.MAX_SAFE_INTEGER);
    showToast({ text: say("back_in_draft", { number: each.ticket }), icon: "alert-circle", seconds: 20 });
  }
  return true;
}

function showSendLabel() {
  const button = document.getElementById("send");
  if (!button) return;
  button.dataset.label ??= button.textContent;
  button.textContent = isOffline() ? button.dataset.whenBack : button.dataset.label;
}

document.body.addEventListener("live:lost", showSendLabel);
document.body.addEventListener("live:back", () => {
  showSendLabel();
  replay();
});
document.body.addEventListener("ticket:shown", showWaiting);
showWaiting();
setTimeout(replay, 3000); // what waited when the page was closed
