// Ask our server for a part of the page, as htmx does: the answer is a partial, and a page that asks to sign in is none.
import { csrfToken } from "./requests.js";

export async function ask(url, { target = "", signal } = {}) {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href };
  if (target) headers["HX-Target"] = target;
  const response = await fetch(url, { headers, credentials: "same-origin", signal });
  if (response.redirected || !response.ok) throw new Error(`no part of a page: ${response.status}`);
  return response.text();
}

// POST fields; the answer is a partial or JSON. Throws TypeError without a connection.
export function send(url, fields) {
  const headers = { "HX-Request": "true", "HX-Current-URL": location.href, "X-CSRFToken": csrfToken() };
  return fetch(url, { method: "POST", body: fields, headers, credentials: "same-origin", redirect: "manual" });
}

export function show(element, html) {
  element.innerHTML = html; // our own server's partial, escaped there
  globalThis.htmx?.process(element);
}

// A short random name, so that sending the same thing twice does it once.
export function newId() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}
