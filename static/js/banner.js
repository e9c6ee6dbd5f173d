// The strip on top that says the connection is gone, since when, and what still works.
import { icon } from "./icons.js";
import { say } from "./words.js";

let strip = null;
let button = null;
let retryAt = 0;
let timer = 0;

function build(glyph, title, text, action) {
  strip = document.createElement("div");
  strip.className = "banner";
  const words = document.createElement("span");
  words.setAttribute("role", "alert"); // not the strip: its button counts down, and that is not read aloud
  const strong = document.createElement("strong");
  strong.textContent = title;
  words.append(strong, ` ${text}`);
  strip.append(icon(glyph), words, action);
  document.body.prepend(strip);
}

export function showOffline(since, retry) {
  hide();
  const time = since.toLocaleTimeString(document.documentElement.lang, { hour: "2-digit", minute: "2-digit", hourCycle: "h23" });
  button = document.createElement("button");
  button.type = "button";
  button.className = "btn btn-sm";
  button.addEventListener("click", retry);
  build("wifi-off", say("offline", { time }), say("offline_safe"), button);
  showSeconds();
  timer = setInterval(showSeconds, 1000);
}

export function showSignedOut(signIn) {
  hide();
  const link = document.createElement("a");
  link.className = "btn btn-sm";
  link.href = `${signIn}?next=${encodeURIComponent(location.pathname + location.search)}`;
  link.textContent = say("sign_in");
  build("lock", say("signed_out"), say("signed_out_safe"), link);
}

export function countDown(at) {
  retryAt = at;
  showSeconds();
}

export function showTrying() {
  if (button) button.textContent = say("trying");
}

export function hide() {
  clearInterval(timer);
  strip?.remove();
  strip = button = null;
}

function showSeconds() {
  if (!button) return;
  const seconds = Math.ceil((retryAt - Date.now()) / 1000);
  button.setAttribute("aria-label", say("try_now"));
  button.textContent = seconds > 0 ? say("try_now_in", { seconds }) : say("trying");
}
