// The pages' own behaviour. Everything works without it except what says so; it never decides anything about money.
// Runs under `script-src 'self'`: no inline script, no eval; Alpine is the CSP build, components are registered here.

const root = document.documentElement;

// --- The product's clock -------------------------------------------------------------------------------------------
// The server writes its own moment and pace on <html>; in the sandbox the product's clock runs faster than the wall.

const servedAt = Date.parse(root.dataset.now || "") || Date.now();
const pace = Number(root.dataset.speed || "1");
const loadedAt = performance.now();
const productNow = () => servedAt + (performance.now() - loadedAt) * pace;

const dayNames = ["Sun", "Mon", "Tue", "Wed", "Thu", "Fri", "Sat"];
const monthNames = ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"];
const twoDigits = (number) => String(number).padStart(2, "0");

const dayText = (ms) => {
  const date = new Date(ms);
  return `${dayNames[date.getUTCDay()]} ${date.getUTCDate()} ${monthNames[date.getUTCMonth()]} ${date.getUTCFullYear()}`;
};
const momentText = (ms) => {
  const date = new Date(ms);
  return `${dayText(ms)}, ${twoDigits(date.getUTCHours())}:${twoDigits(date.getUTCMinutes())} UTC`;
};

// The same words as the `since` and `until` template filters; change both together.
const sinceText = (ms, now) => {
  const gone = Math.floor((now - ms) / 1000);
  if (gone < 60) return "just now";
  if (gone < 3600) return `${Math.floor(gone / 60)} min ago`;
  if (gone < 36 * 3600) return `${Math.floor(gone / 3600)} h ago`;
  if (gone < 48 * 3600) return "1 day ago";
  if (gone < 14 * 86400) return `${Math.floor(gone / 86400)} days ago`;
  return dayText(ms);
};
const untilText = (ms, now) => {
  const left = Math.floor((ms - now) / 1000);
  if (left <= 0) return "now";
  if (left >= 72 * 3600) return `${Math.floor(left / 86400)} days`;
  if (left >= 3600) return `${Math.floor(left / 3600)} h ${Math.floor((left % 3600) / 60)} min`;
  return `${Math.max(Math.floor(left / 60), 1)} min`;
};
const hurry = (ms, now) => {
  const hours = (ms - now) / 3600000;
  return hours <= 0 ? "over" : hours > 24 ? "calm" : hours > 6 ? "soon" : "urgent";
};

const say = (element, text) => {
  if (element.textContent !== text) element.textContent = text;
};
const tick = () => {
  const now = productNow();
  for (const element of document.querySelectorAll("[data-clock]")) {
    const kind = element.dataset.clock;
    if (kind === "now") {
      say(element, momentText(now));
      continue;
    }
    const at = Date.parse(element.getAttribute("datetime"));
    if (Number.isNaN(at)) continue;
    say(element, kind === "since" ? sinceText(at, now) : untilText(at, now));
    const countdown = element.closest("[data-hurry]");
    if (countdown) countdown.dataset.hurry = hurry(at, now);
  }
};
if (pace > 0) setInterval(tick, 1000);

// --- Theme ---------------------------------------------------------------------------------------------------------

const storedTheme = () => {
  try {
    return localStorage.getItem("theme") || "system";
  } catch {
    return "system";
  }
};
const showTheme = () => {
  for (const button of document.querySelectorAll("[data-theme-choice]")) {
    button.setAttribute("aria-pressed", String(button.dataset.themeChoice === storedTheme()));
  }
};
const chooseTheme = (choice) => {
  try {
    if (choice === "system") localStorage.removeItem("theme");
    else localStorage.setItem("theme", choice);
  } catch {
    // The choice then lasts for this page only.
  }
  if (choice === "system") delete root.dataset.theme;
  else root.dataset.theme = choice;
  showTheme();
  document.dispatchEvent(new CustomEvent("themechange"));
};

// --- Copy buttons, and forms that must not be sent twice -----------------------------------------------------------

const copy = async (button) => {
  const source = document.getElementById(button.dataset.copy);
  if (!source) return;
  const label = button.querySelector("[data-copy-label]") || button;
  const before = label.textContent;
  try {
    await navigator.clipboard.writeText((source.value ?? source.textContent).trim());
    label.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(source);
    label.textContent = "Selected";
  }
  setTimeout(() => (label.textContent = before), 1600);
};

document.addEventListener("click", (event) => {
  const choice = event.target.closest("[data-theme-choice]");
  if (choice) chooseTheme(choice.dataset.themeChoice);
  const copier = event.target.closest("[data-copy]");
  if (copier) copy(copier);
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});
document.addEventListener("keydown", (event) => {
  if (event.key !== "Escape") return;
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    menu.open = false;
    menu.querySelector("summary").focus();
  }
});
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!form.matches("[data-once]") || event.defaultPrevented) return;
  if (form.dataset.sent) {
    event.preventDefault();
    return;
  }
  form.dataset.sent = "yes";
  // Coming back with the browser's back button must find a form that works.
  window.addEventListener("pageshow", () => delete form.dataset.sent, { once: true });
});

// --- Tables wider than the window ----------------------------------------------------------------------------------

// Only what really scrolls is a stop of the Tab key: then the arrow keys reach what is out of sight.
const sized = new ResizeObserver((entries) => {
  for (const { target } of entries) {
    if (target.scrollWidth > target.clientWidth) target.tabIndex = 0;
    else target.removeAttribute("tabindex");
  }
});
const watchTables = () => {
  for (const table of document.querySelectorAll(".table-scroll")) sized.observe(table);
};
watchTables();
document.addEventListener("htmx:afterSettle", watchTables);

// --- Alpine components ---------------------------------------------------------------------------------------------

// Tabs whose panels are all in the page: without script every panel is simply shown.
const tabs = () => ({
  picked: "",
  init() {
    this.picked = this.$root.dataset.first || this.$root.querySelector("[role=tab]").dataset.tab;
  },
  pick() {
    this.picked = this.$el.dataset.tab;
  },
  isPicked() {
    return this.picked === this.$el.dataset.tab;
  },
  isHidden() {
    return this.picked !== this.$el.dataset.panel;
  },
  step(event) {
    const all = [...this.$root.querySelectorAll("[role=tab]")];
    const at = all.indexOf(event.target);
    const by = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
    if (at < 0 || !by) return;
    const next = all[(at + by + all.length) % all.length];
    next.focus();
    this.picked = next.dataset.tab;
  },
});

const modal = () => ({
  open() {
    this.$refs.box.showModal();
  },
  close() {
    this.$refs.box.close();
  },
});

const dismissible = () => ({
  shown: true,
  dismiss() {
    this.shown = false;
  },
});

// J and K walk the review queue, A approves, R opens the refusal; nothing happens while somebody types.
const queue = () => ({
  press(event) {
    if (event.ctrlKey || event.metaKey || event.altKey) return;
    if (event.target.matches("input, select, textarea")) return;
    const rows = [...this.$root.querySelectorAll("[data-queue-row]")];
    const row = event.target.closest("[data-queue-row]");
    const at = rows.indexOf(row);
    const key = event.key.toLowerCase();
    if (key === "j") rows[Math.min(at + 1, rows.length - 1)]?.focus();
    else if (key === "k") rows[Math.max(at - 1, 0)]?.focus();
    else if (key === "a" && row) row.querySelector("[data-approve]")?.click();
    else if (key === "r" && row) {
      const details = row.querySelector("details");
      if (!details) return;
      details.open = true;
      details.querySelector("select, textarea")?.focus();
    } else return;
    event.preventDefault();
  },
});

const platformNames = { tiktok: "TikTok", instagram: "Instagram", youtube: "YouTube" };

// "What a budget buys" while a campaign is written. Integers of minor units; the server computes the real thing.
const budgetBuys = () => ({
  text: "",
  init() {
    this.count();
  },
  count() {
    const form = this.$root;
    const [symbol, exponent] = JSON.parse(form.dataset.currencies)[form.querySelector("[name=currency]").value];
    for (const sign of form.querySelectorAll(".field-affix > span")) sign.textContent = symbol;
    const minor = (value) => {
      const match = /^(\d+)(?:\.(\d+))?$/.exec(value.trim());
      if (!match || (match[2] || "").length > exponent) return null;
      return BigInt(match[1] + (match[2] || "").padEnd(exponent, "0"));
    };
    const budget = minor(form.querySelector("[name=budget]")?.value || "");
    const lines = [];
    for (const field of form.querySelectorAll("[name^=rate_]")) {
      const rate = minor(field.value);
      const views = budget && rate ? (budget * 1000n) / rate : 0n;
      if (views) lines.push(`${views.toLocaleString("en-US")} views on ${platformNames[field.name.slice(5)] || "it"}`);
    }
    this.text = lines.length ? `All of it would buy ${lines.join(", or ")}.` : "Give a budget and a rate to see what it buys.";
  },
});

document.addEventListener("alpine:init", () => {
  const { Alpine } = window;
  for (const [name, make] of Object.entries({ tabs, modal, dismissible, queue, budgetBuys })) Alpine.data(name, make);
});

// A swapped-in fragment brings clocks and buttons of its own.
document.addEventListener("htmx:load", () => {
  tick();
  showTheme();
});
// What was asked for in the page and never came is said where the answer would have stood; what was typed stays.
const sayTrouble = (event) => {
  const place = event.detail.target;
  if (!place || event.detail.requestConfig?.verb === "get") return;
  place.querySelector("[data-trouble]")?.remove();
  const words = document.createElement("p");
  words.dataset.trouble = "";
  words.className = "alert tone-stop";
  words.setAttribute("role", "alert");
  words.textContent = "No answer came, so it may not have been done. What you typed is still here: try again in a minute.";
  place.prepend(words);
};
document.addEventListener("htmx:sendError", sayTrouble);
document.addEventListener("htmx:timeout", sayTrouble);
document.addEventListener("htmx:responseError", sayTrouble);
// After a row was decided the next one waiting gets the focus, so that a queue can be worked by keyboard.
document.addEventListener("htmx:afterSwap", (event) => {
  const list = event.target.closest?.("[data-queue]") || document.querySelector("[data-queue]");
  if (list && event.detail.requestConfig?.elt?.closest?.("[data-queue-form]")) {
    list.querySelector("[data-queue-row]:not(.is-decided)")?.focus();
  }
});
tick();
showTheme();
