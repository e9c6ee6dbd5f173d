// Draw a glyph of the sprite, as {% icon %} does on the server. The sprite is read once and drawn from memory: a glyph
// first needed when the connection is gone (the banner's) could not be fetched any more.
const SVG = "http://www.w3.org/2000/svg";
const url = document.body?.dataset.icons;
let sprite = null;

async function read() {
  const response = await fetch(url);
  sprite = new DOMParser().parseFromString(await response.text(), "image/svg+xml");
}

export function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.setAttribute("focusable", "false");
  const symbol = sprite?.getElementById(name);
  if (symbol) {
    svg.setAttribute("viewBox", symbol.getAttribute("viewBox"));
    svg.append(copy(symbol));
  } else {
    const use = document.createElementNS(SVG, "use");
    use.setAttribute("href", `${url}#${name}`);
    svg.append(use);
  }
  return svg;
}

// A group in the place of the symbol: with its paint (filled glyphs) and its drawing.
function copy(symbol) {
  const group = document.createElementNS(SVG, "g");
  for (const paint of ["fill", "stroke"]) {
    if (symbol.hasAttribute(paint)) group.setAttribute(paint, symbol.getAttribute(paint));
  }
  group.append(...[...symbol.children].map((child) => document.importNode(child, true)));
  return group;
}

if (url) read().catch(() => {}); // then glyphs are drawn by reference
