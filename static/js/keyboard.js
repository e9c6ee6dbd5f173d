// The keyboard map. An element says its key: data-key="r" (pressed like a click; a field gets focus), data-go="i" for
// G then I. What no element claims becomes an event on <body>: "key:j", "key:Escape", for the module that cares.
// Single keys rest while someone types or a layer is open, and for good with <body data-single-keys="off">.
import { open } from "./dialogs.js";

const SEQUENCE_MS = 1200;
const TEXT = 'input:not([type="checkbox"], [type="radio"], [type="button"], [type="submit"]), textarea, select';
let afterG = 0;

export function isTyping(target) {
  return target instanceof Element && (target.matches(TEXT) || target.isContentEditable);
}

// Do what the key does: also for the palette, whose commands name their key.
export function press(key) {
  const element = [...document.querySelectorAll(`[data-key="${CSS.escape(key)}"]`)].find(isShown);
  if (element) {
    act(element);
    return true;
  }
  const event = new CustomEvent(`key:${key}`, { cancelable: true, bubbles: true });
  return !document.body.dispatchEvent(event); // a module that handled it calls preventDefault()
}

function act(element) {
  if (isTyping(element) || element.hasAttribute("data-focus")) element.focus();
  else element.click();
}

function isShown(element) {
  return element.checkVisibility({ visibilityProperty: true }) && !element.closest("[inert], [hidden]");
}

function go(letter) {
  const link = document.querySelector(`[data-go="${CSS.escape(letter)}"]`);
  link?.click();
  return Boolean(link);
}

function isRest(event) {
  return event.defaultPrevented || event.isComposing || event.keyCode === 229 || event.altKey;
}

function onPalette(event) {
  const asked = (event.ctrlKey || event.metaKey) && !event.shiftKey && event.key.toLowerCase() === "k";
  if (!asked) return false;
  event.preventDefault();
  open("palette");
  return true;
}

function onKeydown(event) {
  if (isRest(event) || onPalette(event)) return;
  if (event.ctrlKey || event.metaKey || event.repeat) return;
  if (document.querySelector("dialog[open], :popover-open")) return;
  if (event.key === "Escape") press("Escape");
  else if (mayUseSingleKeys(event)) single(event);
}

function mayUseSingleKeys(event) {
  return document.body.dataset.singleKeys !== "off" && event.key.length === 1 && !isTyping(event.target);
}

function single(event) {
  const key = event.key.length === 1 ? event.key.toLowerCase() : event.key;
  const inSequence = Date.now() - afterG < SEQUENCE_MS;
  afterG = 0;
  if (inSequence && go(key)) event.preventDefault();
  else if (key === "g") afterG = Date.now();
  else if (key === "?") openSheet(event);
  else if (key !== " " && press(key)) event.preventDefault();
}

function openSheet(event) {
  event.preventDefault();
  open("shortcuts");
}

document.addEventListener("keydown", onKeydown);
