// The builder of conditions: rows come from the server; here they only go away.
document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-remove-condition]");
  if (!button) return;
  const row = button.closest(".condition");
  const next = row.nextElementSibling?.querySelector("select, button") ?? row.previousElementSibling?.querySelector("select");
  row.remove();
  next?.focus();
});
