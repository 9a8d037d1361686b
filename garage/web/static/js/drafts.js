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

function save(form) {
  const typed = fields(form).filter((field) => field.value !== field.defaultValue).map(({ name, value }) => [name, value]);
  if (!typed.length) {
    forget(key(form));
    return;
  }
  try {
    localStorage.setItem(key(form), JSON.stringify({ quand: Date.now(), champs: typed }));
    say(form, `Brouillon enregistré à ${hour(Date.now())}`);
  } catch { /* no room: what is typed stays on the page */ }
}

function restore(form) {
  const kept = read(key(form));
  if (!kept || document.querySelector("[data-resume-erreurs]")) return;
  for (const [name, value] of kept.champs) {
    const field = fields(form).find((one) => one.name === name);
    if (field && field.value === field.defaultValue) field.value = value;
  }
  say(form, `Brouillon de ${hour(kept.quand)} repris`);
}

// A form that is no entry left for another page: its draft goes when that page is the answer to it.
function sentBefore() {
  const sent = sessionStorage.getItem("garage.brouillon");
  if (!sent) return;
  const [name, from] = JSON.parse(sent);
  sessionStorage.removeItem("garage.brouillon");
  const came = document.referrer && new URL(document.referrer).pathname === from;
  if (came && location.pathname !== from) forget(name);
}

export function start(forms) {
  sentBefore();
  for (const name of Object.keys(localStorage).filter((one) => one.startsWith("brouillon:"))) {
    if (Date.now() - (read(name)?.quand ?? 0) > WEEK) forget(name);
  }
  const pauses = new WeakMap();
  for (const form of forms.filter((one) => fields(one).length)) {
    const pause = () => {
      clearTimeout(pauses.get(form));
      pauses.set(form, setTimeout(() => save(form), 800));
    };
    restore(form);
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
      save(form);
      sessionStorage.setItem("garage.brouillon", JSON.stringify([key(form), location.pathname]));
    });
  }
}
