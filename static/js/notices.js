// The bell, the inbox's badge of unread tickets, and, for those who allowed it, a notice of the browser's own.
import { ask } from "./ask.js";
import { parse } from "./merge.js";

const me = document.getElementById("bell")?.dataset.user;
let told = Number(sessionStorage.getItem("told") ?? 0);

async function look() {
  const bell = document.getElementById("bell");
  if (!bell?.dataset.url) return;
  try {
    const answer = parse(await ask(bell.dataset.url));
    const fresh = answer.querySelector("#bell");
    bell.replaceWith(fresh);
    document.getElementById("inbox-unread")?.replaceWith(answer.querySelector("#inbox-unread"));
    tell(fresh.dataset);
  } catch {
    // the next poke asks again
  }
}

function tell({ newest, text, subject, href }) {
  const number = Number(newest ?? 0);
  if (!number || number <= told) return;
  told = number;
  sessionStorage.setItem("told", String(number));
  if (!document.hidden || globalThis.Notification?.permission !== "granted") return;
  const notice = new Notification(text, { body: subject, tag: `helpdesk-${number}` });
  notice.addEventListener("click", () => {
    window.focus();
    location.assign(href);
  });
}

document.addEventListener("click", async (event) => {
  if (!event.target.closest("[data-allow-notices]")) return;
  await globalThis.Notification?.requestPermission();
  event.target.closest("[data-allow-notices]").hidden = true;
});
if (me) document.body.addEventListener(`user:${me}`, look);
document.body.addEventListener("notices:read", look);
document.body.addEventListener("live:resync", look);
look();
