// Entries of the workshop leave through here, network or not: each form of an entry is written down on the device
// first (queue.js), then sent; the page says what waits. Without this script they are plain forms.

import * as queue from "./queue.js";

const NBSP = "\u00a0";
const here = location.pathname;
const order = here.match(/^\/ordres\/(OR-[\w-]+)/)?.[1] ?? "";
const place = document.getElementById("saisies");
const counter = document.getElementById("saisies-a-envoyer");
const model = document.getElementById("avis-saisies");
const told = new Set(); // entries of this page that were said to wait
const leaving = new WeakSet(); // forms on their way: a second press before the answer is ignored
let notice = ""; // what was said last of an entry of this page
let waited = false;
let going = false;
let flying = 0; // entries of this page whose answer is awaited

const time = (instant) => {
  const paris = (options) => new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", ...options }).format(instant);
  const hour = paris({ hour: "2-digit", minute: "2-digit" });
  const day = { day: "2-digit", month: "2-digit", year: "numeric" };
  return paris(day) === new Intl.DateTimeFormat("fr-FR", { timeZone: "Europe/Paris", ...day }).format(Date.now())
    ? hour : `${paris(day)} ${hour}`;
};

const plural = (count, one, many) => `${count}${NBSP}${count < 2 ? one : many}`;

export const describe = (entry) => `${entry.quoi}${entry.ordre && entry.ordre !== order ? `, ${entry.ordre}` : ""}`;

export { time };

// --- From a form to an entry

function entryAddress(form) {
  const address = new URL(form.getAttribute("action") || location.href, location.href);
  const post = form.method === "post" && address.origin === location.origin;
  return post && /^\/saisies\/[\w-]+$/.test(address.pathname) ? address.pathname + address.search : "";
}

function words(form, button) {
  const typed = [...form.querySelectorAll("textarea, input:not([type=hidden], [type=file], [type=radio], [type=checkbox])")];
  const first = typed.map((field) => field.value.trim()).find(Boolean);
  const text = (form.dataset.quoi || button?.textContent || document.title).replace(/\s+/g, " ").trim();
  return first ? `${text}${NBSP}: ${first.length > 60 ? `${first.slice(0, 60)}…` : first}` : text;
}

function read(form, address, button) {
  const data = new FormData(form);
  if (button?.name) data.append(button.name, button.value);
  const known = new URL(address, location.href).searchParams;
  for (const name of ["csrf_token", "cle", "saisi_a", "envoye_a"]) data.delete(name);
  if (!data.get("auteur")) data.set("auteur", queue.meta("auteur"));
  data.set("cle", known.get("cle") || queue.newKey());
  const pairs = [...data.entries()];
  return {
    adresse: address,
    cle: data.get("cle"),
    champs: pairs.filter(([, value]) => typeof value === "string"),
    fichiers: pairs.filter(([, value]) => value instanceof File && value.size).map(([name, file]) => [name, file, file.name]),
    quand: Date.now(),
    operateur: queue.meta("operateur"),
    nom: counter?.dataset.nom ?? "",
    ordre: String(data.get("ordre") ?? known.get("ordre") ?? "") || order,
    page: here,
    retour: String(data.get("retour") ?? ""),
    quoi: words(form, button),
  };
}

async function reduce(id, entry) {
  if (!entry.fichiers.length) return;
  say("Préparation de la photo…");
  try {
    const { reduced } = await import("./photos.js");
    const files = [];
    for (const [name, file, title] of entry.fichiers) files.push([name, await reduced(file), title]);
    entry.fichiers = files;
    await queue.replace(id, { fichiers: files });
  } catch { /* sent as it was taken */ }
  const weight = Math.round(entry.fichiers.reduce((sum, [, file]) => sum + file.size, 0) / 1000);
  say(`Envoi de la photo (${weight}${NBSP}ko)…`);
}

document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || !(form instanceof HTMLFormElement)) return;
  if (new URL(form.action || "", location.href).pathname === "/deconnexion") {
    signOut(event, form);
    return;
  }
  const address = entryAddress(form);
  if (!address) return;
  event.preventDefault();
  if (leaving.has(form)) return;
  leaving.add(form);
  form.setAttribute("aria-busy", "true");
  leave(form, address, event.submitter);
});

function release(form) {
  leaving.delete(form);
  form.removeAttribute("aria-busy");
  delete form.dataset.envoi;
}

async function leave(form, address, button) {
  clearErrors(form);
  const entry = read(form, address, button);
  flying += 1;
  try {
    const { id, early } = await store(entry);
    if (id) {
      // A photo is written down as it was taken, then made smaller.
      await reduce(id, entry);
      if (early) kept(form, id, "");
      settle(form, id, await queue.send(id, queue.meta("jeton")));
    } else {
      settle(form, 0, await queue.sendAtOnce(entry, queue.meta("jeton")));
    }
  } finally {
    flying -= 1;
  }
}

// Written down before anything else; nothing (id 0) where the device keeps nothing.
async function store(entry) {
  try {
    const before = (await queue.waiting()).filter((other) => other.etat === "attente");
    const id = await queue.add(entry);
    return { id, early: Boolean(queue.reason() || before.length) };
  } catch {
    return { id: 0, early: false };
  }
}

function settle(form, id, { found, answer, text }) {
  if (found === "recue") {
    forgetDraft(form);
    go(answer.json.vers || here);
  } else if (found === "refusee") {
    say("");
    release(form);
    if (answer.status === 412) show(answer.json.page);
    else showErrors(form, answer.json);
  } else if (!id) {
    release(form);
    say("Cet appareil ne peut rien garder\u00a0: la saisie n’est pas partie. Recommencez dès le retour du réseau.");
  } else {
    kept(form, id, found, text);
  }
}

const SAID = {
  connexion: "Enregistré sur cet appareil. Reconnectez-vous pour envoyer.",
  panne: "Enregistré sur cet appareil. Le serveur répond mal\u00a0: l’envoi reprendra dès que possible.",
};

// It is safe on the device: the form is free again, a little later so that a double tap stays one entry.
function kept(form, id, found, text = "") {
  if (!told.has(id)) {
    told.add(id);
    forgetDraft(form);
    form.reset();
    setTimeout(() => release(form), 1200);
  }
  say(text ? `Gardé sur cet appareil. ${text}` : SAID[found] ?? "Enregistré sur cet appareil. Envoi dès le retour du réseau.");
}

function go(to) {
  going = true;
  const target = new URL(to, location.href);
  try {
    sessionStorage.setItem("garage.defilement", JSON.stringify([target.pathname, scrollY]));
  } catch { /* private */ }
  if (target.href === location.href) location.reload();
  else location.assign(target.href);
}

// --- What the server refuses

function clearErrors(form) {
  document.querySelector(".resume-erreurs")?.remove();
  for (const message of form.querySelectorAll(".message-erreur")) message.remove();
  for (const box of form.querySelectorAll(".champ-erreur")) box.classList.remove("champ-erreur");
  for (const field of form.querySelectorAll("[aria-invalid]")) field.removeAttribute("aria-invalid");
}

function element(tag, properties, ...children) {
  const made = Object.assign(document.createElement(tag), properties);
  made.append(...children);
  return made;
}

function showErrors(form, { erreurs: faults, boutons = [] }) {
  const list = element("ul", {});
  faults.forEach(({ champ, texte }, rank) => {
    const field = champ && form.querySelector(`[name="${CSS.escape(champ)}"]:not([type=hidden])`);
    list.append(element("li", {}, field ? besideField(field, texte, rank) : element("strong", { textContent: texte })));
  });
  const title = element("h2", { id: "resume-titre", textContent: `Il y a ${plural(faults.length, "erreur", "erreurs")}` });
  const summary = element("div", { className: "resume-erreurs", role: "alert", tabIndex: -1 }, title, list);
  summary.dataset.resumeErreurs = "";
  summary.setAttribute("aria-labelledby", title.id);
  if (boutons.length) summary.append(element("div", { className: "rang" }, ...boutons.map((one) => ready(form, one))));
  document.getElementById("contenu").prepend(summary);
  if (!document.title.startsWith("Erreur")) document.title = `Erreur${NBSP}: ${document.title}`;
  summary.focus();
}

// «Compteur remplacé»: the same form again, with what makes it count.
function ready(form, [text, name, value]) {
  const button = element("button", { type: "button", className: "bouton", textContent: text });
  button.addEventListener("click", () => {
    form.append(element("input", { type: "hidden", name, value }));
    form.requestSubmit();
  });
  return button;
}

function besideField(field, text, rank) {
  field.id ||= `saisie-champ-${rank}`;
  const message = element("p", { className: "message-erreur", id: `${field.id}-erreur`, textContent: text });
  const box = field.closest(".champ");
  box?.classList.add("champ-erreur");
  (field.closest("fieldset, .avec-unite") ?? field).before(message);
  field.setAttribute("aria-invalid", "true");
  field.setAttribute("aria-describedby", message.id);
  return element("a", { href: `#${field.id}`, textContent: text });
}

// A whole page answered by the server (two values that differ) takes the place of this one.
function show(page) {
  const read = new DOMParser().parseFromString(page, "text/html");
  document.title = read.title;
  const main = document.getElementById("contenu");
  main.replaceChildren(...read.getElementById("contenu").childNodes);
  main.focus();
  scrollTo(0, 0);
}

// --- What the page says of what waits

function say(text) {
  notice = text;
  refresh();
}

const mine = (entry) => entry.page === here || (order !== "" && entry.ordre === order);
const visible = (entry) => entry.etat !== "retiree"
  && (told.has(entry.id) || entry.essais > 0 || entry.etat === "aparte" || Date.now() - entry.quand > 8000);

function lines(waiting, own) {
  const found = [];
  const kept = document.documentElement.dataset.gardee;
  const why = queue.reason();
  if (notice) found.push(notice);
  else if (waiting.length && why === "connexion") found.push("Reconnectez-vous pour envoyer vos saisies.");
  else if (waiting.length && why === "panne") found.push("Le serveur répond mal\u00a0: vos saisies sont gardées sur cet appareil.");
  else if (waiting.length && (why || kept)) found.push("Hors connexion\u00a0: votre saisie est gardée sur cet appareil.");
  if (kept) found.push(`${found.length ? "" : "Hors connexion. "}Page gardée à ${time(Number(kept))}.`);
  return [found, own.map((entry) => `${time(entry.quand)}${NBSP}: ${describe(entry)}, en attente d’envoi`)];
}

let drawn = "";

function draw([title, ...rest], items, sign) {
  const text = JSON.stringify([title, rest, items, sign]);
  if (!place || text === drawn) return;
  drawn = text;
  if (!title && !items.length) {
    place.replaceChildren();
    return;
  }
  const box = model.content.cloneNode(true);
  const inside = box.querySelector(".avis > div");
  if (title) inside.append(element("p", { className: "titre", textContent: title }));
  for (const line of rest) inside.append(element("p", { textContent: line }));
  if (items.length) inside.append(element("ul", { className: "serree" }, ...items.map((item) => element("li", { textContent: item }))));
  if (sign) inside.append(element("a", { className: "bouton", href: sign, textContent: "Se reconnecter" }));
  place.replaceChildren(box);
}

async function refresh() {
  const stored = await queue.all().catch(() => []); // nothing can be kept on some devices
  const entries = stored.filter(visible);
  if (stored.length && document.querySelector("[data-saisies-gardees]")) import("./saisies.js");
  const own = entries.filter(mine);
  if (counter) {
    counter.hidden = entries.length === 0;
    counter.querySelector("span").textContent = plural(entries.length, "saisie à envoyer", "saisies à envoyer");
    counter.querySelector("b").textContent = entries.length;
  }
  const sign = entries.length && queue.reason() === "connexion" ? `/connexion?next=${encodeURIComponent(here)}` : "";
  const gone = waited && !own.length;
  waited = own.length > 0;
  if (gone) return sent();
  mark(own);
  clock(entries);
  draw(...lines(entries, own), sign);
  tellDevice(entries.length);
}

// All that waited here has left: the page shows it, unless somebody is typing.
function sent() {
  notice = "";
  if (flying || going) return;
  const typing = [...document.querySelectorAll("main textarea, main input:not([type=hidden])")]
    .some((field) => field.value !== field.defaultValue && field.type !== "checkbox" && field.type !== "radio");
  if (typing) draw(["Vos saisies sont envoyées."], [], "");
  else go(location.href);
}

// What the page would show once the server knows: works ticked or not, and the rest marked as waiting.
const OTHER = { "/saisies/cocher": "/saisies/decocher", "/saisies/decocher": "/saisies/cocher" };
const ENVELOPE = ["csrf_token", "cle", "retour", "auteur", "vu", "saisi_a", "envoye_a"];
const marked = new Set();

function icon(place, name) {
  const use = place.querySelector("use");
  use?.setAttribute("href", use.getAttribute("href").replace(/#.*/, `#i-${name}`));
}

function tick(form) {
  const button = form.querySelector("button");
  const done = button.getAttribute("aria-pressed") !== "true";
  button.setAttribute("aria-pressed", String(done));
  button.querySelector("svg")?.remove();
  if (!done) return;
  button.prepend(document.querySelector("svg.icone").cloneNode(true));
  icon(button, "check");
}

function mark(entries) {
  for (const entry of entries.filter(({ id }) => !marked.has(id))) {
    const fields = new Map(entry.champs);
    const same = ({ name, value }) => ENVELOPE.includes(name) || fields.get(name) === value;
    const form = [...document.querySelectorAll("main form")].find((one) => entryAddress(one) === entry.adresse
      && [...one.querySelectorAll("input[type=hidden]")].every(same));
    marked.add(entry.id);
    if (!form) continue;
    form.dataset.attente = "";
    if (!OTHER[entry.adresse]) continue;
    form.setAttribute("action", OTHER[entry.adresse]);
    tick(form);
  }
}

// The clock as the device knows it: the last press that waits decides which button shows.
function clock(entries) {
  const last = entries.findLast((entry) => /^\/saisies\/(demarrer|pause|activite|fin-de-poste)\b/.test(entry.adresse));
  if (!last) return;
  const bar = document.querySelector("main > .chrono");
  if (bar) bar.hidden = true;
  const runs = last.adresse.includes("demarrer") && last.ordre === order;
  for (const form of order ? document.querySelectorAll("form[data-saisie]") : []) {
    const shown = entryAddress(form).match(/^\/saisies\/(demarrer|pause)$/)?.[1];
    if (!shown || (shown === "pause") === runs || bar?.contains(form)) continue;
    form.setAttribute("action", runs ? "/saisies/pause" : "/saisies/demarrer");
    form.elements.ordre?.remove();
    if (!runs) form.append(element("input", { type: "hidden", name: "ordre", value: order }));
    icon(form, runs ? "player-pause" : "player-play");
    form.querySelector("button span")?.replaceChildren(runs ? `Pause (depuis ${time(last.quand)})` : "Démarrer");
  }
}

function tellDevice(count) {
  if (!queue.meta("appareil") || (localStorage.getItem("garage.attente") ?? "0") === String(count)) return;
  localStorage.setItem("garage.attente", String(count));
  const body = new URLSearchParams({ attente: String(count) });
  const headers = { "X-Saisie": "1", "X-CSRFToken": queue.meta("jeton") };
  fetch("/appareils/present", { method: "POST", body, headers, redirect: "manual" })
    .catch(() => localStorage.removeItem("garage.attente"));
}

// --- Sign-out, change of person

function drafts() {
  return Object.keys(localStorage).filter((key) => key.startsWith("brouillon:"));
}

async function wipe() {
  try {
    for (const key of drafts()) localStorage.removeItem(key);
    for (const name of await caches.keys()) if (name.startsWith("pages-")) await caches.delete(name);
  } catch { /* no storage here */ }
}

function forgetDraft(form) {
  form.dispatchEvent(new CustomEvent("saisie:partie", { bubbles: true }));
}

async function signOut(event, form) {
  if (form.dataset.partir) return;
  event.preventDefault();
  form.closest("details")?.removeAttribute("open");
  const count = async () => (await queue.waiting().catch(() => [])).length;
  if (await count()) {
    say("Envoi de vos saisies avant de vous déconnecter…");
    await Promise.race([queue.send().catch(() => {}), new Promise((done) => { setTimeout(done, 8000); })]);
  }
  const left = await count();
  form.dataset.partir = "oui";
  delete form.dataset.envoi;
  if (left && !form.dataset.prevenu) {
    form.dataset.prevenu = "oui";
    delete form.dataset.partir;
    stayOrLeave(form, left);
    return;
  }
  await wipe();
  form.submit();
}

function stayOrLeave(form, left) {
  const [title, rest] = left < 2
    ? ["1 saisie n’a pas pu partir.", "Elle reste sur cet appareil sous le nom de son auteur, et partira"]
    : [`${left} saisies n’ont pas pu partir.`, "Elles restent sur cet appareil sous le nom de leur auteur, et partiront"];
  draw([title, `${rest} dès qu’une personne s’y connectera avec du réseau.`], [], "");
  const leaveNow = element("button", { type: "button", className: "bouton", textContent: "Se déconnecter" });
  leaveNow.addEventListener("click", () => form.requestSubmit());
  place.querySelector(".avis > div").append(leaveNow);
  leaveNow.focus();
}

// --- At each page

function restoreScroll() {
  try {
    const [path, top] = JSON.parse(sessionStorage.getItem("garage.defilement") ?? "[]");
    sessionStorage.removeItem("garage.defilement");
    if (path === here) scrollTo(0, top);
  } catch { /* private */ }
}

async function knowOperator() {
  try {
    const now = queue.meta("operateur");
    const before = localStorage.getItem("garage.operateur");
    if (before && before !== now) await wipe();
    localStorage.setItem("garage.operateur", now);
  } catch { /* private */ }
}

async function serviceWorker() {
  if (!("serviceWorker" in navigator)) return;
  await navigator.serviceWorker.register("/sw.js");
  const { active } = await navigator.serviceWorker.ready;
  if (here !== "/ma-journee" || navigator.connection?.saveData || document.documentElement.dataset.gardee) return;
  // A little later: the page comes first.
  await new Promise((resolve) => { setTimeout(resolve, 1500); });
  const orders = new Set([...document.querySelectorAll("main a[href^='/ordres/OR-']")]
    .map((link) => new URL(link.href).pathname.match(/^\/ordres\/OR-[\d-]+/)[0]));
  active.postMessage({ garder: [...orders].slice(0, 20) });
}

// Fetched when there is something to find again, or once somebody types.
function keepDrafts(forms) {
  const load = () => import("./drafts.js").then((module) => module.start(forms)).catch(() => {});
  if (drafts().length || sessionStorage.getItem("garage.brouillon")) load();
  else document.getElementById("contenu").addEventListener("input", load, { once: true });
}

function start() {
  restoreScroll();
  const forms = [...document.querySelectorAll("main form")].filter((form) => entryAddress(form) || form.matches(".formulaire"));
  knowOperator().then(() => keepDrafts(forms)).catch(() => {});
  queue.changes.addEventListener("change", refresh);
  const again = () => queue.send().catch(() => {});
  queue.tidy().then(refresh).then(again).catch(() => {
    if (forms.some(entryAddress)) say("Cet appareil ne peut rien garder\u00a0: sans réseau, une saisie ne partira pas.");
  });
  window.addEventListener("online", again);
  document.addEventListener("visibilitychange", () => { if (!document.hidden) again(); });
  setInterval(async () => {
    if ((await queue.waiting().catch(() => [])).length) again();
  }, 30000);
  // A page brought back by the Back button is free again.
  window.addEventListener("pageshow", (event) => {
    if (event.persisted) for (const form of document.forms) release(form);
  });
  if (queue.meta("operateur")) serviceWorker().catch(() => {});
}

start();
