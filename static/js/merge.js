// Make a list like a fresh copy of it, item by item (by id), so that what stays is neither moved nor drawn anew:
// focus, scroll position, open folds and mail frames survive. Returns the items that were put in.
export function mergeList(list, fresh, { isSame = sameVersion } = {}) {
  const wanted = [...fresh].filter((item) => item.id);
  const added = [];
  let place = null; // the item after which the next one belongs
  for (const item of wanted) {
    const old = document.getElementById(item.id);
    if (old?.parentElement !== list) {
      insert(list, item, place, wanted);
      added.push(item);
      place = item;
    } else if (isSame(old, item)) {
      place = old;
    } else {
      old.replaceWith(item);
      added.push(item);
      place = item;
    }
  }
  return added;
}

// Remove what the fresh copy no longer has, from its first item on; with `isPart` it ends before the list does.
export function removeMissing(list, fresh, { mayRemove = () => true, isPart = false } = {}) {
  const ids = new Set([...fresh].map(({ id }) => id));
  const items = [...list.children].filter(({ id }) => id);
  const first = items.findIndex(({ id }) => ids.has(id));
  const last = isPart ? items.findLastIndex(({ id }) => ids.has(id)) : items.length;
  items.forEach((item, at) => {
    const isCovered = ids.size === 0 || (at > first && at < last);
    if (isCovered && !ids.has(item.id) && mayRemove(item)) item.remove();
  });
}

export function parse(html) {
  const template = document.createElement("template");
  template.innerHTML = html; // our own server's partial, escaped there
  return template.content;
}

function insert(list, item, place, wanted) {
  if (place) return place.after(item);
  const next = wanted.slice(wanted.indexOf(item) + 1).find(({ id }) => document.getElementById(id)?.parentElement === list);
  if (next) return document.getElementById(next.id).before(item);
  return list.append(item);
}

function sameVersion(old, item) {
  return old.dataset.v === item.dataset.v;
}
