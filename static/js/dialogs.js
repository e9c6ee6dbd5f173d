// <button data-dialog="ID"> opens <dialog id="ID"> over the page; [data-close] inside, Esc, or a click beside it closes.
// The browser keeps focus inside and gives it back to the opener.
export function open(id) {
  const dialog = document.getElementById(id);
  if (!(dialog instanceof HTMLDialogElement) || dialog.open) return;
  document.querySelector("dialog[open]")?.close(); // never one over another
  dialog.showModal();
  dialog.dispatchEvent(new CustomEvent("dialog:open"));
}

document.addEventListener("click", (event) => {
  const opener = event.target.closest("[data-dialog]");
  if (opener) {
    event.preventDefault();
    open(opener.dataset.dialog);
    return;
  }
  const dialog = event.target.closest("dialog");
  if (!dialog) return;
  if (event.target.closest("[data-close]") || (event.target === dialog && isBeside(dialog, event))) dialog.close();
});

function isBeside(dialog, { clientX, clientY }) {
  const { left, right, top, bottom } = dialog.getBoundingClientRect();
  return clientX < left || clientX > right || clientY < top || clientY > bottom;
}
