// Drafts on this device: written at once, so that nothing is lost when the server cannot be reached.
const me = document.body.dataset.me ?? "";
const name = (ticket, mode) => `draft:${me}:${ticket}:${mode}`;

export function readLocal(ticket, mode) {
  try {
    return JSON.parse(localStorage.getItem(name(ticket, mode)));
  } catch {
    return null;
  }
}

// `version` is the server's draft that this text stands on.
export function writeLocal(ticket, mode, body, version) {
  try {
    if (body) localStorage.setItem(name(ticket, mode), JSON.stringify({ body, version, at: Date.now() }));
    else localStorage.removeItem(name(ticket, mode));
  } catch {
    // a private window, or no room: the server's draft remains
  }
}

export function forgetLocal(ticket, mode) {
  writeLocal(ticket, mode, "", 0);
}
