// What is being typed is kept on the device at each pause, found again, and forgotten once sent or after a week.

const WEEK = 7 * 24 * 3600 * 1000;
const operator = document.querySelector('meta[name="operateur"]')?.content ?? "";
const FIELDS = "textarea, input:not([type]), [type=text], [type=search], [type=date], [type=tel], [type=email]";

const hour = (instant) => new Intl.DateTimeFormat("fr-FR", {
  timeZone: "Europe/Paris", hour: "2-digit", minute: "2-digit",
}).format(instant);

const address = (form) => new URL(form.getAttribute("action") || location.href, location.href).pathname;
const key = (form) => `brouillon:${operator}:${location.pathname}:${address(form)}`;
const fields = (form) => [...form.querySelectorAll(FIELDS)].filter((field) => field.name && !field.closest("[role=search]"));

function say(form, text) {
  let line = form.querySelector("[data-brouillon]");
  if (!line) {
    line = document.createElement("p");
    line.className = "discret";
    line.setAttribute("role", "status");
    line.dataset.brouillon = "";
    form.append(line);
  }
  line.textContent = text;
}

function read(name) {
  try { return JSON.parse(localStorage.getItem(name)); } catch { return null; }
}

function forget(name) {
  try { localStorage.removeItem(name); } catch { /* private */ }
}

// What the page showed when it was typed: a later version is not written over with it.
const version = (form) => form.elements.namedItem("version")?.value ?? "";

function save(form, sent = false) {
  const typed = fields(form).filter((field) => field.value !== field.defaultValue).map(({ name, value }) => [name, value]);
  if (!typed.length) {
    forget(key(form));
    return;
  }
  try {
    localStorage.setItem(key(form), JSON.stringify({
      quand: Date.now(), champs: typed, version: version(form), envoye: sent,
    }));
    say(form, `Brouillon enregistré à ${hour(Date.now())}`);
  } catch { /* no room: what is typed stays on the page */ }
}

function restore(form, ours) {
  const kept = read(key(form));
  if (!kept || document.querySelector("[data-resume-erreurs]")) return;
  if ((kept.version ?? "") !== version(form) && !ours) {
    forget(key(form));
    say(form, `Brouillon de ${hour(kept.quand)} laissé\u00a0: la page a changé depuis`);
    return;
  }
  for (const [name, value] of kept.champs) {
    const field = fields(form).find((one) => one.name === name);
    if (field && field.value === field.defaultValue) field.value = value;
  }
  say(form, `Brouillon de ${hour(kept.quand)} repris${kept.envoye ? ", peut-être déjà envoyé" : ""}`);
}

// A form that is no entry was sent: its draft goes when this page is the answer to it, and no refusal. Says whether it
// is: the other drafts of that page were typed by who changed it.
function sentBefore() {
  const sent = sessionStorage.getItem("garage.brouillon");
  if (!sent) return false;
  const [name, from] = JSON.parse(sent);
  sessionStorage.removeItem("garage.brouillon");
  const came = document.referrer && new URL(document.referrer).pathname === from;
  const arrived = performance.getEntriesByType("navigation")[0]?.type === "navigate";
  const refused = document.querySelector("[data-resume-erreurs]");
  const answered = came && (location.pathname !== from || (arrived && !refused));
  if (answered) forget(name);
  return answered;
}

export function start(forms) {
  const ours = sentBefore();
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("brouillon:"))) {
    if (Date.now() - (read(name)?.quand ?? 0) > WEEK) forget(name);
  }
  const pauses = new WeakMap();
  for (const form of forms.filter((one) => fields(one).length)) {
    const pause = () => {
      clearTimeout(pauses.get(form));
      pauses.set(form, setTimeout(() => save(form), 800));
    };
    restore(form, ours);
    if (fields(form).some((field) => field.value !== field.defaultValue)) pause();
    form.addEventListener("input", pause);
    form.addEventListener("saisie:partie", () => {
      clearTimeout(pauses.get(form));
      forget(key(form));
      form.querySelector("[data-brouillon]")?.remove();
    });
    form.addEventListener("submit", () => {
      if (address(form).startsWith("/saisies/")) return;
      clearTimeout(pauses.get(form));
      save(form, true);
      sessionStorage.setItem("garage.brouillon", JSON.stringify([key(form), location.pathname]));
    });
  }
}
