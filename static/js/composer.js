// Writing: modes, drafts, sending with undo, and the question whether something came in between.
// Without this module the form posts by itself; nothing here is needed to send.
import { newId, send, show } from "./ask.js";
import { forgetLocal, readLocal, writeLocal } from "./keep.js";
import { isOffline, queue } from "./outbox.js";
import { show as showRecipients } from "./recipients.js";
import { richHtml, resetRich, setRich } from "./rich.js";
import { newestMessage, refresh, seesNewest, toEnd } from "./thread.js";
import { showToast } from "./toasts.js";
import { say } from "./words.js";

const SAVE_MS = 1000;
const TYPING_MS = 4000;
let state = null; // of the composer on show: {ticket, mode, versions, texts, timer, typedAt}
let lastSent = null; // {message, until, ticket, undo}

export const form = () => document.getElementById("composer-form");
export const field = () => document.getElementById("draft");
export const modeOf = (which = form()) => which?.querySelector('[name="mode"]:checked')?.value ?? "note";

export function start() {
  const composer = form();
  if (!composer) return void (state = null);
  if (state?.form === composer) return;
  const { ticket } = composer.dataset;
  const mode = modeOf(composer);
  const other = mode === "reply" ? "note" : "reply";
  const spare = composer.querySelector("[data-other-draft]");
  state = {
    form: composer, ticket, mode,
    texts: { [mode]: field().value, [other]: spare.value },
    versions: { [mode]: Number(field().dataset.version), [other]: Number(spare.dataset.version) },
  };
  restore(mode);
  restore(other);
  if (state.texts[mode] !== field().value) setText(state.texts[mode]);
  field().placeholder = composer.querySelector("textarea").dataset[`${mode}Placeholder`];
  showSend();
}

// What this device kept wins over the server's draft unless another device wrote since.
function restore(mode) {
  const kept = readLocal(state.ticket, mode);
  if (kept?.body && kept.version >= state.versions[mode]) state.texts[mode] = kept.body;
}

export function setText(text) {
  field().value = text;
  setRich(text);
  if (state) state.texts[state.mode] = text;
}

function onInput() {
  if (!state) return;
  state.texts[state.mode] = field().value;
  writeLocal(state.ticket, state.mode, field().value, state.versions[state.mode]);
  tellSaved("");
  clearError();
  if (seesNewest()) form().elements.seen.value = newestMessage();
  clearTimeout(state.timer);
  state.timer = setTimeout(save, SAVE_MS);
  tellTyping();
}

function tellTyping(mode = state.mode) {
  if (mode && Date.now() - (state.typedAt ?? 0) < TYPING_MS) return;
  state.typedAt = mode ? Date.now() : 0;
  const detail = { typing: { ticket: Number(state.ticket), mode } };
  document.body.dispatchEvent(new CustomEvent("live:say", { detail }));
}

// One at a time, so that no save comes with a version that another has just raised.
export async function save(now = state) {
  if (!now) return;
  clearTimeout(now.timer);
  now.timer = 0;
  if (now.isSaving) return void (now.isStale = true);
  now.isSaving = true;
  await saveOnce(now).finally(() => (now.isSaving = false));
  if (!now.isStale) return;
  now.isStale = false;
  await save(now);
}

async function saveOnce(now) {
  const { mode } = now;
  const fields = new FormData(now.form);
  ["files", "html"].forEach((name) => fields.delete(name));
  fields.set("mode", mode);
  fields.set("body", now.texts[mode] ?? "");
  fields.set("version", now.versions[mode]);
  if (isOffline()) return tellSaved("kept");
  const answer = await send(now.form.dataset.draftUrl, fields).catch(() => null);
  if (!answer?.ok) {
    if (answer?.status === 409) now.versions[mode] = 0;
    return tellSaved("kept");
  }
  now.versions[mode] = (await answer.json()).version;
  if (now.texts[mode]) writeLocal(now.ticket, mode, now.texts[mode], now.versions[mode]);
  return now.texts[mode] ? tellSaved("saved") : tellSaved("");
}

function tellSaved(word) {
  const mark = document.getElementById("draft-saved");
  if (mark) mark.textContent = word ? mark.dataset[word] : "";
}

// Another mode has another text; neither is ever lost.
function switchMode() {
  if (!state) return;
  const mode = modeOf();
  if (mode !== state.mode) {
    if (state.timer) save();
    state.texts[state.mode] = field().value;
    state.mode = mode;
    swapFiles();
    setText(state.texts[mode] ?? "");
    field().placeholder = field().dataset[`${mode}Placeholder`];
    showSend();
  }
  field().focus({ preventScroll: true });
}

// Each mode has its own files: what was added to a note must not go to the customer. A disabled fieldset sends nothing.
function swapFiles() {
  const [shown, spare] = [document.getElementById("composer-files"), form().querySelector("[data-other-files]")];
  const waiting = [...spare.children];
  spare.replaceChildren(...shown.children);
  shown.replaceChildren(...waiting);
}

function showSend() {
  document.body.dispatchEvent(new CustomEvent("composer:mode", { detail: { mode: state?.mode } }));
}

async function onSubmit(event) {
  if (event.target !== form()) return;
  event.preventDefault();
  const composer = form();
  if (composer.hasAttribute("aria-busy")) return;
  const { mode } = state;
  const fields = fieldsOf(composer, event.submitter, mode);
  const url = mode === "note" ? composer.dataset.noteUrl : composer.dataset.replyUrl;
  document.querySelector("dialog[open]")?.close();
  clearTimeout(state.timer);
  if (isOffline()) return keepForLater(url, fields, mode);
  composer.setAttribute("aria-busy", "true");
  try {
    await answered(await send(url, fields), { mode, url, fields });
  } catch (error) {
    if (!(error instanceof TypeError)) throw error;
    keepForLater(url, fields, mode);
  } finally {
    composer.removeAttribute("aria-busy");
  }
}

function fieldsOf(composer, submitter, mode) {
  const fields = new FormData(composer, submitter?.form === composer ? submitter : null);
  fields.set("body", field().value);
  fields.delete("files");
  if (!submitter?.hasAttribute("data-send-later") ) fields.delete("send_at");
  if (submitter?.hasAttribute("data-send-anyway") || submitter?.dataset.anyway) fields.set("anyway", "1");
  if (submitter?.dataset.sendAnyway !== undefined) fields.set("after", composer.dataset.lastAfter ?? "");
  else if (mode === "reply") composer.dataset.lastAfter = fields.get("after") ?? "";
  const html = mode === "reply" ? richHtml() : "";
  if (html) fields.set("html", html);
  return fields;
}

async function answered(answer, { mode }) {
  if (answer.type === "opaqueredirect") return showError(say("signed_out"));
  if (answer.status === 201) return written(await answer.json(), mode);
  const html = await answer.text();
  if (answer.status === 409 && html.includes("data-seen")) return showStale(html);
  if (answer.status >= 500) return showError(say("server_failed"));
  show(document.getElementById("composer-error"), html);
  return field().focus();
}

function written(sent, mode) {
  const { ticket } = state;
  tellTyping("");
  forgetLocal(ticket, mode);
  clear();
  tellSaved("");
  document.getElementById("stale").replaceChildren();
  form().elements.seen.value = Math.max(newestMessage(), sent.message);
  document.body.dispatchEvent(new CustomEvent(`ticket:${ticket}`, { detail: { kinds: [] } }));
  toEnd();
  field().focus({ preventScroll: true });
  if (mode === "note") return;
  const seconds = Number(form().dataset.undoSeconds);
  const toast = showToast({ text: say("goes_out_to", { text: sent.text, number: seconds }), undo: () => undo(), seconds });
  lastSent = { ...sent, ticket, toast, until: Date.now() + seconds * 1000 };
}

function clear() {
  state.texts[state.mode] = "";
  state.versions[state.mode] = 0;
  field().value = "";
  resetRich();
  document.getElementById("composer-files").replaceChildren();
  form().elements.client_id.value = newId();
  clearError();
}

async function undo() {
  if (!lastSent) return;
  const sent = lastSent;
  lastSent = null;
  sent.toast?.remove();
  const answer = await send(`/messages/${sent.message}/cancel/`, new URLSearchParams()).catch(() => null);
  if (!answer?.ok) return void showToast({ text: say("left_already"), icon: "alert-circle" });
  const back = await answer.json();
  refresh();
  if (state?.ticket !== sent.ticket) return void showToast({ text: say("back_in_draft", { number: sent.ticket }) });
  putBack(back);
}

export function putBack({ body, conversation, cc, files = [] }) {
  const radio = form().querySelector('[name="mode"][value="reply"]');
  if (radio && !radio.checked) {
    radio.checked = true;
    switchMode();
  }
  setText(state.texts.reply ? `${body}\n\n${state.texts.reply}` : body);
  showRecipients([["conversation", conversation], ["cc", cc], ["cc_kept", "\n"]]);
  document.body.dispatchEvent(new CustomEvent("composer:files", { detail: files }));
  field().focus();
  field().setSelectionRange(field().value.length, field().value.length);
  state.versions.reply = 1;
  onInput();
}

function showStale(html) {
  const box = document.getElementById("stale");
  show(box, html);
  form().elements.seen.value = box.querySelector("[data-seen]")?.dataset.seen ?? form().elements.seen.value;
  refresh();
  box.querySelector("[data-send-anyway]")?.focus();
}

function showError(text) {
  const box = document.getElementById("composer-error");
  const line = document.createElement("p");
  line.className = "form-error";
  line.textContent = text;
  box.replaceChildren(line);
}

function clearError() {
  document.getElementById("composer-error")?.replaceChildren();
}

function keepForLater(url, fields, mode) {
  queue({ url, fields, ticket: state.ticket, mode, text: field().value });
  forgetLocal(state.ticket, mode);
  clear();
}

function sendAs(value) {
  const button = value === "" ? form().querySelector('[data-send-as=""]') : form().querySelector(`[data-send-as="${value}"]`);
  const fallback = form().querySelector('[data-for="note"][type="submit"]');
  form().requestSubmit(state.mode === "note" ? fallback : button);
}

function onKeydown(event) {
  if (event.isComposing || !event.target.closest?.("#composer-form")) return;
  const command = event.ctrlKey || event.metaKey;
  if (command && event.key === "Enter") {
    event.preventDefault();
    if (event.shiftKey) sendAs("pending");
    else if (event.altKey) sendAs("solved");
    else sendAs(form().querySelector("#send")?.value ?? "");
  } else if (command && event.key.toLowerCase() === "z" && !field().value && lastSent && Date.now() < lastSent.until) {
    event.preventDefault();
    undo();
  } else if (event.key === "Escape") {
    event.target.blur();
  }
}

function onClick(event) {
  if (event.target.closest("[data-keep-writing]")) {
    document.getElementById("stale").replaceChildren();
    field().focus();
  }
  const mode = event.target.closest('[name="mode"]');
  if (mode && mode.form === form()) switchMode();
}

// Whom it goes to belongs to the draft as well, once something is written.
function changed() {
  if (state?.texts.reply) save();
}

function onLeaving() {
  if (state?.timer) save();
}

document.addEventListener("input", (event) => event.target === field() && onInput());
document.addEventListener("change", (event) => {
  if (event.target.name === "mode" && event.target.form === form()) switchMode();
  if (event.target.name === "cc" && event.target.form === form() && state) save(); // counts without a text, too
});
document.addEventListener("submit", onSubmit);
document.addEventListener("keydown", onKeydown);
document.addEventListener("click", onClick);
document.body.addEventListener("ticket:leaving", onLeaving);
document.body.addEventListener("composer:changed", onInput);
document.body.addEventListener("recipients:changed", changed);
addEventListener("pagehide", onLeaving);
document.addEventListener("visibilitychange", () => document.hidden && onLeaving());
