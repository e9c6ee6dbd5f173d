// Who else is here: faces in the header, and the strip above the composer when somebody writes too.
import { ask } from "./ask.js";
import { parse } from "./merge.js";

async function look() {
  const strip = document.getElementById("collision");
  if (!strip) return;
  try {
    const page = parse(await ask(strip.dataset.url));
    if (!strip.isConnected) return; // another ticket by now
    const faces = page.querySelector("#viewers");
    faces.remove();
    document.getElementById("viewers")?.replaceWith(faces);
    strip.replaceChildren(...page.children);
  } catch {
    // the next poke asks again
  }
}

document.body.addEventListener("viewers", look);
