// Every request that changes something carries the page's CSRF token, from <meta name="csrf-token">:
// htmx requests through an event, our own through post(). One place, so no template repeats a header.
import { say } from "./words.js";
import { showToast } from "./toasts.js";

const WHOLE_PAGE = /^\s*<!doctype/i;

export function csrfToken() {
  return document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

// POST a form's fields (an object or FormData) and return the response.
export function post(url, fields = {}) {
  const body = fields instanceof FormData ? fields : new URLSearchParams(fields);
  return fetch(url, { method: "POST", body, headers: { "X-CSRFToken": csrfToken() }, credentials: "same-origin" });
}

function onConfigRequest({ detail }) {
  if (detail.verb !== "get") detail.headers["X-CSRFToken"] = csrfToken();
}

// A refused or missing thing may answer with a whole page; that never belongs inside a row or a panel.
function onBeforeSwap(event) {
  const { xhr } = event.detail;
  if (!WHOLE_PAGE.test(xhr.responseText)) return;
  if (landedOnSignIn(xhr)) {
    event.detail.shouldSwap = false;
    location.reload();
  } else if (xhr.status >= 400 && xhr.status < 500) {
    event.detail.shouldSwap = false;
    showToast({ text: say(xhr.status === 404 ? "not_found" : "refused"), icon: "alert-circle" });
  }
}

function landedOnSignIn(xhr) {
  const signIn = document.body.dataset.signIn;
  return Boolean(signIn && xhr.responseURL && new URL(xhr.responseURL).pathname === signIn);
}

function onResponseError({ detail }) {
  if (detail.xhr.status >= 500) showToast({ text: say("server_failed"), icon: "alert-circle" });
}

function onSendError() {
  // Without a connection the banner already says so.
  if (!document.body.hasAttribute("data-offline")) showToast({ text: say("no_answer"), icon: "wifi-off" });
}

document.addEventListener("htmx:configRequest", onConfigRequest);
document.addEventListener("htmx:beforeSwap", onBeforeSwap);
document.addEventListener("htmx:responseError", onResponseError);
document.addEventListener("htmx:sendError", onSendError);
