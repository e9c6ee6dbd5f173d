// The sentences of the page's language, put there by {% page_words %}.
const element = document.getElementById("words");
const sentences = element ? JSON.parse(element.textContent) : {};

// Return a sentence with its %(name)s places filled.
export function say(name, values = {}) {
  const sentence = sentences[name] ?? "";
  return sentence.replace(/%\((\w+)\)s/g, (place, key) => values[key] ?? place);
}

// Return a sentence that holds one number, as "%d min" does.
export function count(name, number) {
  return (sentences[name] ?? "%d").replace("%d", number);
}
