// The editor that rich.js opens: the words of the text area with bold, italic, lists, quotations and links.
import { icon } from "./icons.js";
import { say } from "./words.js";

const BUTTONS = [
  ["bold", "bold", (chain) => chain.toggleBold(), "bold"],
  ["italic", "italic", (chain) => chain.toggleItalic(), "italic"],
  ["list", "bullets", (chain) => chain.toggleBulletList(), "bulletList"],
  ["list-numbers", "numbers", (chain) => chain.toggleOrderedList(), "orderedList"],
  ["blockquote", "quote", (chain) => chain.toggleBlockquote(), "blockquote"],
];

function paragraphs(text) {
  const page = document.createElement("div");
  for (const part of text.split(/\n{2,}/)) {
    const line = document.createElement("p");
    part.split("\n").forEach((words, at) => line.append(...(at ? [document.createElement("br"), words] : [words])));
    page.append(line);
  }
  return page.innerHTML;
}

function toolbar(editor) {
  const bar = document.createElement("div");
  bar.className = "rich-bar";
  bar.setAttribute("role", "toolbar");
  for (const [glyph, word, act, mark] of BUTTONS) bar.append(button(editor, glyph, say(word), act, mark));
  bar.append(button(editor, "link", say("link"), linked, "link"));
  return bar;
}

function button(editor, glyph, label, act, mark) {
  const found = document.createElement("button");
  found.type = "button";
  found.className = "btn btn-quiet btn-icon btn-sm";
  found.setAttribute("aria-label", label);
  found.title = label;
  found.append(icon(glyph));
  const showPressed = () => found.setAttribute("aria-pressed", String(editor.isActive(mark)));
  found.addEventListener("mousedown", (event) => event.preventDefault()); // the selection stays
  found.addEventListener("click", () => act(editor.chain().focus())?.run());
  editor.on("transaction", showPressed);
  showPressed();
  return found;
}

function linked(chain) {
  const href = prompt(say("link_address"), "https://");
  return href && /^(https?:|mailto:)/.test(href) ? chain.setLink({ href }) : chain.unsetLink();
}

export async function makeEditor(box, { text, label, onChange }) {
  const kit = await import(document.getElementById("composer-form").dataset.editor);
  const names = ["Document", "Paragraph", "Text", "HardBreak", "History", "Bold", "Italic", "BulletList", "OrderedList", "ListItem", "Blockquote", "Link"];
  const editor = new kit.Editor({
    element: box,
    injectCSS: false, // the content security policy forbids styles of a script's own; desk.css has them
    extensions: names.map((name) => kit[name]),
    content: paragraphs(text),
    editorProps: { attributes: { "aria-label": label, role: "textbox", "aria-multiline": "true", dir: "auto" } },
    onUpdate: () => onChange(editor.getText({ blockSeparator: "\n\n" })),
  });
  box.prepend(toolbar(editor));
  return {
    html: () => (editor.isEmpty ? "" : editor.getHTML()),
    set: (words) => editor.commands.setContent(paragraphs(words)),
    focus: () => editor.commands.focus("end"),
    destroy: () => {
      editor.destroy();
      box.replaceChildren();
    },
  };
}
