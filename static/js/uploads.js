// Files: by button, by dropping them on the composer, by pasting; each with its progress, and with the limit told at once.
import { csrfToken } from "./requests.js";

const form = () => document.getElementById("composer-form");
const box = () => document.getElementById("composer-files");

function add(files) {
  [...files].forEach((file) => {
    if (file.size > Number(form().dataset.maxBytes)) tell(form().dataset.tooLarge);
    else upload(file);
  });
}

function tell(text) {
  const line = document.createElement("p");
  line.className = "form-error";
  line.textContent = text;
  document.getElementById("composer-error").replaceChildren(line);
}

function upload(file) {
  const chip = document.createElement("span");
  chip.className = "file";
  const name = document.createElement("span");
  name.className = "truncate";
  name.textContent = file.name || "image.png";
  const bar = document.createElement("progress");
  bar.max = 1;
  bar.value = 0;
  bar.setAttribute("aria-label", name.textContent);
  chip.append(name, bar);
  box().append(chip);
  const fields = new FormData();
  fields.set("file", file, name.textContent);
  const request = new XMLHttpRequest();
  request.open("POST", form().dataset.uploadUrl);
  request.setRequestHeader("X-CSRFToken", csrfToken());
  request.setRequestHeader("HX-Request", "true");
  request.upload.addEventListener("progress", (event) => (bar.value = event.loaded / event.total));
  request.addEventListener("load", () => done(request, chip));
  request.addEventListener("error", () => {
    chip.remove();
    tell(form().dataset.uploadFailed);
  });
  request.send(fields);
}

function done(request, chip) {
  if (request.status === 201) {
    chip.outerHTML = request.responseText; // our own server's partial, escaped there
    document.body.dispatchEvent(new CustomEvent("composer:changed"));
    return;
  }
  chip.remove();
  const answer = document.createElement("template");
  answer.innerHTML = request.responseText;
  tell(answer.content.querySelector("span")?.textContent || form().dataset.uploadFailed);
}

function onPaste(event) {
  const files = [...(event.clipboardData?.files ?? [])];
  if (!files.length || !event.target.closest("#composer-form")) return;
  event.preventDefault();
  add(files);
}

function onDrop(event) {
  if (!event.target.closest?.("#composer") || !event.dataTransfer?.files.length) return;
  event.preventDefault();
  add(event.dataTransfer.files);
}

document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-upload]")) return;
  add(event.target.files);
  event.target.value = "";
});
document.addEventListener("paste", onPaste);
document.addEventListener("drop", onDrop);
document.addEventListener("dragover", (event) => event.target.closest?.("#composer") && event.preventDefault());
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-file]");
  if (!button) return;
  button.closest(".file").remove();
  document.body.dispatchEvent(new CustomEvent("composer:changed"));
});
document.body.addEventListener("composer:files", ({ detail }) => {
  box().replaceChildren();
  detail.forEach(({ pk, name }) => {
    const chip = document.createElement("span");
    chip.className = "file";
    const words = document.createElement("span");
    words.className = "truncate";
    words.textContent = name;
    const hidden = document.createElement("input");
    Object.assign(hidden, { type: "hidden", name: "attachment", value: pk });
    chip.append(words, hidden);
    box().append(chip);
  });
});
