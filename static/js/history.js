// Back and forward within the workspace: what stood there comes back without a reload, with its place in the list.
// The browser's history only knows which list and which ticket; lists are kept in this page's memory, so that nothing of
// the customers stays behind when it is closed. Tickets are fetched anew: others may have worked on them.
const KEPT_LISTS = 6;
const lists = new Map(); // address of a list -> {html, top}
let blank = null; // the sheet without a ticket, when the page began with one
let going = 0; // how many steps are under way: only the last of them arrives
let step = 0;

const queue = () => document.getElementById("queue");
const list = () => document.getElementById("queue-list");
const sheet = () => document.getElementById("conversation");
const shown = () => ({ queue: queue().dataset.url, ticket: sheet().dataset.ticket ?? "" });

function remember() {
  if (!queue() || going) return;
  history.replaceState({ ...history.state, ...shown() }, "");
}

function keepList() {
  if (!queue()) return;
  const { url } = queue().dataset;
  lists.delete(url);
  lists.set(url, { html: queue().outerHTML, top: list()?.scrollTop ?? 0 });
  if (lists.size > KEPT_LISTS) lists.delete(lists.keys().next().value);
}

async function go(event) {
  const { state } = event;
  if (!queue() || !state?.queue) return; // another page's, or a jump within this one
  event.stopImmediatePropagation(); // htmx would load the whole page
  going += 1;
  step += 1;
  try {
    await show(state, step);
  } finally {
    going -= 1;
  }
}

async function show(state, mine) {
  if (shown().queue !== state.queue) await showList(state.queue);
  if (mine === step && shown().ticket !== state.ticket) await showTicket(state);
  if (mine !== step) return;
  document.body.dataset.pane = /\/tickets\/\d+\//.test(location.pathname) ? "conversation" : "queue";
  document.body.dispatchEvent(new CustomEvent("queue:restored"));
}

async function showList(url) {
  keepList();
  const kept = lists.get(url);
  if (!kept) return globalThis.htmx.ajax("GET", url, { target: "#queue", swap: "outerHTML" });
  globalThis.htmx.swap(queue(), kept.html, { swapStyle: "outerHTML", settleDelay: 0 });
  if (list()) list().scrollTop = kept.top;
  return undefined;
}

async function showTicket({ queue: url, ticket }) {
  const page = `${new URL(url, location.href).pathname}tickets/${ticket}/${location.search}`;
  if (ticket) return globalThis.htmx.ajax("GET", page, { target: "#conversation", swap: "outerHTML" });
  if (!blank) return location.reload();
  document.body.dispatchEvent(new CustomEvent("ticket:leaving"));
  globalThis.htmx.swap(sheet(), blank.html, { swapStyle: "outerHTML", settleDelay: 0 });
  document.getElementById("context").replaceChildren();
  document.getElementById("context").hidden = true;
  document.title = blank.title;
  delete document.body.dataset.ticket;
  return undefined;
}

function start() {
  if (!queue()) return;
  if (!sheet().dataset.ticket) blank = { html: sheet().outerHTML, title: document.title };
  remember();
}

document.addEventListener("htmx:beforeSwap", ({ detail }) => detail.target?.id === "queue" && !detail.target.hasAttribute("aria-busy") && keepList());
document.addEventListener("htmx:afterSwap", ({ detail }) => ["queue", "conversation"].includes(detail.target?.id) && remember());
document.addEventListener("htmx:beforeHistoryUpdate", remember); // htmx has just written over what the place knew
addEventListener("popstate", go, { capture: true });
start();
