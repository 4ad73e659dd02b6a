// Pages that can be worked by keyboard alone. Nothing here decides anything: a letter presses what can be clicked, too.
//
//   [data-key="r"]      R presses it          [data-key-row]   J and K walk these; Enter opens the row's [data-key-open]
//   [data-keys-help]    ? opens this dialog   [data-keys-switch]   turns letters off and on, for good, in this browser
//
// Letters are heard only while nobody types and no dialog is open; with Ctrl, Alt or Meta they are the browser's.

const STORE = "keys";

const areOn = () => {
  try {
    return localStorage.getItem(STORE) !== "off";
  } catch {
    return true;
  }
};
const show = () => {
  document.documentElement.dataset.keys = areOn() ? "on" : "off";
  for (const button of document.querySelectorAll("[data-keys-switch]")) {
    button.textContent = areOn() ? "Turn these keys off" : "Turn these keys on";
  }
};
const flip = () => {
  try {
    if (areOn()) localStorage.setItem(STORE, "off");
    else localStorage.removeItem(STORE);
  } catch {
    // Then they stay as they are.
  }
  show();
};

const help = () => document.querySelector("dialog[data-keys-help]");
const walk = (step) => {
  const rows = [...document.querySelectorAll("[data-key-row]")];
  if (!rows.length) return false;
  const at = rows.indexOf(document.activeElement?.closest("[data-key-row]"));
  const row = rows[at < 0 ? 0 : Math.max(0, Math.min(rows.length - 1, at + step))];
  row.focus();
  row.scrollIntoView({ block: "nearest" });
  return true;
};
const open = (row) => {
  const link = row?.matches("[data-key-row]") && row.querySelector("[data-key-open]");
  link?.click();
  return Boolean(link);
};
const press = (key) => {
  const target = document.querySelector(`[data-key="${CSS.escape(key)}"]`);
  // Whoever closes what it opens is back where they were.
  target?.focus();
  target?.click();
  return Boolean(target);
};

document.addEventListener("click", (event) => {
  if (event.target.closest("[data-keys-switch]")) flip();
  if (event.target.closest("[data-keys-open]")) help()?.showModal();
  if (event.target.closest("[data-keys-close]")) help()?.close();
});
document.addEventListener("keydown", (event) => {
  if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
  if (event.target.closest("input, select, textarea, [contenteditable]") || document.querySelector("dialog[open]")) return;
  const key = event.key.toLowerCase();
  let heard = false;
  if (key === "?" && help()) {
    help().showModal();
    heard = true;
  } else if (!areOn()) heard = false;
  else if (key === "enter") heard = open(document.activeElement);
  else if (key.length === 1 && /[a-z]/.test(key)) {
    // A page may give J and K another meaning: the next case instead of the next row.
    heard = press(key) || (key === "j" && walk(1)) || (key === "k" && walk(-1));
  }
  if (heard) event.preventDefault();
});
show();
