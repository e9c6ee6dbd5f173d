// The workspace: what its columns do together.
import "./queue.js";
import "./history.js";
import "./bulk.js";
import "./uploads.js";
import "./mentions.js";
import "./recipients.js";
import "./dialogforms.js";
import "./viewers.js";
import * as composer from "./composer.js";
import * as thread from "./thread.js";

function start() {
  thread.start();
  composer.start();
}

// A menu one has open is not taken away by news; the header is fetched when it closes.
function keepOpenMenus(event) {
  const { target } = event.detail;
  if (target?.id !== "ticket-head" || !target.querySelector(":popover-open")) return;
  if (event.detail.requestConfig?.verb !== "get") return;
  event.detail.shouldSwap = false;
  const menu = target.querySelector(":popover-open");
  menu.addEventListener("toggle", () => globalThis.htmx.trigger(document.body, "live:resync"), { once: true });
}

// Keys whose button stands in a closed menu.
function pressIn(selector) {
  return (event) => {
    const button = document.querySelector(selector);
    if (!button) return;
    event.preventDefault();
    button.click();
  };
}

document.body.addEventListener("ticket:shown", start);
document.addEventListener("htmx:beforeSwap", keepOpenMenus);
document.body.addEventListener("key:e", pressIn('#status-menu [value="solved"]:not([aria-checked="true"])'));
document.body.addEventListener("key:t", pressIn('#more-menu [href$="/change/tags/"]'));
start();
