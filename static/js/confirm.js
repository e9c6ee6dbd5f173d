// <button data-confirm="SENTENCE"> asks before it sends its form: for what cannot be undone.
import { open } from "./dialogs.js";
import { say } from "./words.js";

const ID = "confirm";
const sure = new WeakSet();

function ask(button) {
  const dialog = document.getElementById(ID) ?? build();
  const yes = dialog.querySelector("[data-yes]");
  dialog.querySelector("h2").textContent = yes.textContent = button.textContent.trim();
  dialog.querySelector("p").textContent = button.dataset.confirm;
  yes.onclick = () => {
    dialog.close();
    sure.add(button);
    button.click();
  };
  open(ID);
}

function build() {
  const dialog = element("dialog", { id: ID, className: "sheet-dialog ask-dialog", role: "alertdialog" });
  dialog.setAttribute("aria-labelledby", "confirm-title");
  dialog.setAttribute("aria-describedby", "confirm-text");
  const buttons = element("div", { className: "cluster" });
  const no = element("button", { className: "btn", type: "button", autofocus: true, textContent: say("cancel") });
  no.dataset.close = "";
  const yes = element("button", { className: "btn btn-danger", type: "button" });
  yes.dataset.yes = "";
  buttons.append(yes, no);
  dialog.append(element("h2", { id: "confirm-title" }), element("p", { id: "confirm-text" }), buttons);
  document.body.append(dialog);
  return dialog;
}

function element(name, properties) {
  return Object.assign(document.createElement(name), properties);
}

document.addEventListener(
  "click",
  (event) => {
    const button = event.target.closest("button[data-confirm]");
    if (!button || sure.delete(button)) return;
    event.preventDefault();
    event.stopPropagation();
    ask(button);
  },
  true,
);
