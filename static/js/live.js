// Turns the socket's pokes into DOM events on <body>, for hx-trigger="ticket:42 from:body" and for modules.
// A poke says what changed, never its text. Pokes of one name are gathered for a moment: a burst costs one request and
// the last one is never lost (htmx's own throttle would drop it).
//
// To the server: {"follow": [...]}, {"unfollow": [...]} for elements with data-follow="ticket:42"; {"ping": 1} every
// 20 s, which also says that this tab is alive; {"viewing": 42} for #conversation[data-ticket]; and what a module asks by
// the event "live:say" (who types where). From it: {"topics": [...], "kinds": [...]}, {"pong": 1}.
import * as banner from "./banner.js";

const GATHER_MS = 250;
const PING_MS = 20000;
const PONG_MS = 8000;
const PATIENCE_MS = 3000; // without a socket for so long: say it
const LONGEST_WAIT_MS = 15000;
const SIGNED_OUT = 4401;

const gathered = new Map(); // event name -> kinds
let socket = null;
let followed = new Set();
let viewing = null; // the ticket on show, as the server was told
let attempts = 0;
let wasConnected = false;
let lostAt = null;
let timers = { ping: 0, pong: 0, retry: 0, patience: 0 };
let isLeaving = false;

function announce(name, kinds = []) {
  const waiting = gathered.get(name);
  if (waiting) {
    kinds.forEach((kind) => waiting.add(kind));
    return;
  }
  gathered.set(name, new Set(kinds));
  setTimeout(() => {
    const detail = { kinds: [...gathered.get(name)] };
    gathered.delete(name);
    document.body.dispatchEvent(new CustomEvent(name, { detail }));
  }, GATHER_MS);
}

function tell(name, detail = {}) {
  document.body.dispatchEvent(new CustomEvent(name, { detail }));
}

function send(message) {
  if (socket?.readyState === WebSocket.OPEN) socket.send(JSON.stringify(message));
}

// Follow exactly the tickets that the page shows now.
function followShown() {
  const shown = new Set([...document.querySelectorAll("[data-follow]")].map(({ dataset }) => dataset.follow));
  const follow = [...shown].filter((topic) => !followed.has(topic));
  const unfollow = [...followed].filter((topic) => !shown.has(topic));
  if (follow.length) send({ follow });
  if (unfollow.length) send({ unfollow });
  followed = shown;
  const ticket = Number(document.getElementById("conversation")?.dataset.ticket) || null;
  if (ticket !== viewing) send({ viewing: ticket });
  viewing = ticket;
}

function ping() {
  send({ ping: 1 });
  timers.pong = setTimeout(() => socket?.close(), PONG_MS); // half-open: nobody is there any more
}

function onMessage({ data }) {
  const { topics = [], kinds = [], pong } = JSON.parse(data);
  if (pong) clearTimeout(timers.pong);
  const isPresence = kinds.length > 0 && kinds.every((kind) => kind === "viewers"); // nothing of the ticket changed
  if (!isPresence) topics.forEach((topic) => announce(topic, kinds));
  kinds.forEach((kind) => announce(kind));
}

function onOpen() {
  attempts = 0;
  clearTimeout(timers.patience);
  followed = new Set();
  viewing = null;
  followShown();
  ping();
  timers.ping = setInterval(ping, PING_MS);
  document.body.removeAttribute("data-offline");
  banner.hide();
  if (wasConnected) {
    announce("live:resync"); // everything that listens fetches afresh
    tell("live:back", { since: lostAt });
  }
  wasConnected = true;
  lostAt = null;
}

function onClose({ code }) {
  stopTimers();
  if (isLeaving) return;
  const isNew = lostAt === null;
  lostAt ??= new Date();
  document.body.setAttribute("data-offline", ""); // presence and typing are unknown from now on
  if (isNew) {
    tell("live:lost", { since: lostAt });
    timers.patience = setTimeout(() => banner.showOffline(lostAt, connect), PATIENCE_MS);
  }
  if (code === SIGNED_OUT) endSession();
  else retryLater();
}

function stopTimers() {
  clearInterval(timers.ping);
  clearTimeout(timers.pong);
  clearTimeout(timers.retry);
}

function retryLater() {
  attempts += 1;
  const wait = Math.min(LONGEST_WAIT_MS, 1000 * 2 ** (attempts - 1)) * (0.75 + Math.random() / 2);
  banner.countDown(Date.now() + wait);
  timers.retry = setTimeout(connect, wait);
  if (attempts > 1) askWhetherSignedOut();
}

// A refused handshake looks like a lost network: ask over HTTP which it is.
async function askWhetherSignedOut() {
  try {
    const response = await fetch(location.href, { method: "HEAD", redirect: "manual" });
    if (response.type === "opaqueredirect") endSession();
  } catch {
    // no network: the retries go on
  }
}

function endSession() {
  stopTimers();
  clearTimeout(timers.patience);
  banner.showSignedOut(document.body.dataset.signIn);
}

function connect() {
  stopTimers();
  if (socket && socket.readyState <= WebSocket.OPEN) return;
  banner.showTrying();
  const scheme = location.protocol === "https:" ? "wss" : "ws";
  socket = new WebSocket(`${scheme}://${location.host}/ws/agent/`);
  socket.addEventListener("message", onMessage);
  socket.addEventListener("open", onOpen);
  socket.addEventListener("close", onClose);
}

function reconnectNow() {
  if (lostAt && !document.hidden) connect();
}

if (document.body.hasAttribute("data-live")) {
  connect();
  document.addEventListener("htmx:afterSettle", followShown);
  document.body.addEventListener("live:say", ({ detail }) => send(detail));
  addEventListener("online", reconnectNow);
  document.addEventListener("visibilitychange", reconnectNow);
  // The server counts open tabs: leaving ends the socket at once, so the last tab makes its agent away.
  addEventListener("pagehide", () => {
    isLeaving = true;
    socket?.close();
  });
  addEventListener("pageshow", ({ persisted }) => {
    if (!persisted) return;
    isLeaving = false;
    lostAt ??= new Date();
    connect();
  });
}
