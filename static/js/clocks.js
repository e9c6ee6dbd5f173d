// Keeps relative times (time[data-when]) and promised times (.sla[data-due]) true while the page stays open:
// once a minute, once a second when a promise has less than two minutes. No live region announces it.
import { icon } from "./icons.js";
import { count, say } from "./words.js";

const MINUTE = 60;
const HOUR = 3600;
const DAY = 86400;
const RELATIVE_UNTIL = 6 * HOUR; // older ones show a day, which the server wrote
const SOON_PERCENT = 25;
const wholes = new WeakMap(); // how long each promise was in all, read off its ring once

function duration(seconds) {
  if (seconds < MINUTE) return count("seconds", Math.floor(seconds));
  if (seconds < HOUR) return count("minutes", Math.floor(seconds / MINUTE));
  const [large, small, largeName, smallName] =
    seconds < DAY ? [HOUR, MINUTE, "hours", "minutes"] : [DAY, HOUR, "days", "hours"];
  const rest = Math.floor((seconds % large) / small);
  const whole = count(largeName, Math.floor(seconds / large));
  return rest ? `${whole} ${count(smallName, rest)}` : whole;
}

function relative(seconds) {
  if (seconds < MINUTE) return say("now");
  if (seconds < HOUR) return count("minutes", Math.floor(seconds / MINUTE));
  return count("hours", Math.floor(seconds / HOUR));
}

function setText(element, text) {
  if (element && element.textContent !== text) element.textContent = text;
}

function showWhen(element) {
  const seconds = (Date.now() - Date.parse(element.dateTime)) / 1000;
  if (seconds >= 0 && seconds < RELATIVE_UNTIL) setText(element, relative(seconds));
}

function showPromise(element) {
  const left = (Date.parse(element.dataset.due) - Date.now()) / 1000;
  const text = element.querySelector("[aria-hidden='true']:not(svg)");
  if (left < 0) {
    breach(element);
    setText(text, say("over", { time: duration(-left) }));
    return left;
  }
  setText(text, duration(left));
  turn(element, left);
  return left;
}

function turn(element, left) {
  const ring = element.querySelector(".ring-left");
  if (!ring) return;
  if (!wholes.has(element)) {
    const percent = Number.parseFloat(ring.getAttribute("stroke-dasharray")) || 100;
    wholes.set(element, (left * 100) / percent);
  }
  const percent = Math.round((100 * left) / wholes.get(element));
  ring.setAttribute("stroke-dasharray", `${percent} 100`);
  element.dataset.state = percent <= SOON_PERCENT ? "soon" : "ok";
}

function breach(element) {
  if (element.dataset.state === "breached") return;
  element.dataset.state = "breached";
  element.querySelector("svg")?.replaceWith(icon("alert-triangle"));
}

function tick() {
  document.querySelectorAll("time[data-when]").forEach(showWhen);
  const lefts = [...document.querySelectorAll(".sla[data-due]")].map(showPromise);
  const isClose = lefts.some((left) => left >= -1 && left < 2 * MINUTE);
  setTimeout(tick, isClose && !document.hidden ? 1000 : 60000 - (Date.now() % 60000));
}

tick();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) document.querySelectorAll(".sla[data-due]").forEach(showPromise);
});
