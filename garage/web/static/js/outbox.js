// Entries of the workshop leave through here, network or not: each form of an entry is written down on the device
// first, then sent; the page says what waits. Without this script they are plain forms.

// --- The queue: what is entered waits here until the server has it. One entry at a time, in the order in which they were
// made; the page is the business of what follows.

const LIMIT = 6000;
const PHOTO_LIMIT = 60000;
const FAILURES = 5;
const WITHDRAWN = 24 * 3600 * 1000;
const TAB = Math.random().toString(36).slice(2);

const changes = new EventTarget();
const neighbours = "BroadcastChannel" in window ? new BroadcastChannel("saisies") : null;
if (neighbours) neighbours.onmessage = () => changes.dispatchEvent(new Event("change"));

function changed() {
  neighbours?.postMessage("");
  changes.dispatchEvent(new Event("change"));
}

// Why nothing leaves: "reseau", "connexion" or "panne"; empty as long as all goes well.
let trouble = "";
const reason = () => trouble;

const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

let opening;

function database() {
  opening ??= new Promise((resolve, reject) => {
    const request = indexedDB.open("garage", 1);
    request.onupgradeneeded = () => {
      request.result.createObjectStore("saisies", { keyPath: "id", autoIncrement: true });
      request.result.createObjectStore("bail", { keyPath: "nom" });
    };
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
    request.onblocked = () => reject(new Error("blocked"));
  });
  opening.catch(() => { opening = undefined; });
  return opening;
}

// One transaction: resolved once it is on disk, not before.
async function within(store, mode, work) {
  const open = await database();
  return new Promise((resolve, reject) => {
    const transaction = open.transaction(store, mode, { durability: "strict" });
    const request = work(transaction.objectStore(store));
    transaction.oncomplete = () => resolve(request?.result);
    transaction.onabort = transaction.onerror = () => reject(transaction.error);
  });
}

const all = () => within("saisies", "readonly", (store) => store.getAll());
const write = (entry) => within("saisies", "readwrite", (store) => store.put(entry));
const erase = (id) => within("saisies", "readwrite", (store) => store.delete(id));

async function waiting() {
  return (await all()).filter((entry) => entry.etat !== "retiree");
}

function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

async function add(entry) {
  const id = await write({ ...entry, etat: "attente", essais: 0, pannes: 0, onglet: TAB, ecart: skew() });
  changed();
  return id;
}

// Other values for an entry, unless it has left meanwhile.
const replace = (id, values) => within("saisies", "readwrite", (store) => {
  const asked = store.get(id);
  asked.onsuccess = () => { if (asked.result) store.put({ ...asked.result, ...values }); };
});

async function withdraw(id) {
  await replace(id, { etat: "retiree", retiree: Date.now() });
  changed();
}

async function putBack(id) {
  await replace(id, { etat: "attente", essais: 1, pannes: 0 });
  changed();
}

// What the server's clock says more than ours, null until heard. An entry made when it was known is told by the
// server's clock, then and at sending: a device that sets its clock right in between makes no entry late or early.
function skew() {
  try {
    const told = localStorage.getItem("garage.ecart");
    return told === null ? null : Number(told);
  } catch {
    return null;
  }
}

function hear(response) {
  const server = Date.parse(response.headers.get("Date") ?? "");
  if (!server) return;
  const gap = server - Date.now();
  try { localStorage.setItem("garage.ecart", Math.abs(gap) > 5000 ? String(gap) : "0"); } catch { /* private */ }
}

const iso = (instant, gap) => new Date(instant + gap).toISOString();

async function fetched(address, options, limit) {
  const stop = new AbortController();
  const timer = setTimeout(() => stop.abort(), limit);
  try {
    const response = await fetch(address, { ...options, redirect: "manual", cache: "no-store", signal: stop.signal });
    const text = response.type === "opaqueredirect" ? "" : await response.text();
    if (response.status) hear(response);
    let json = null;
    try { json = JSON.parse(text); } catch { /* a page */ }
    return { status: response.type === "opaqueredirect" ? 401 : response.status, json };
  } catch {
    return { status: 0, json: null };
  } finally {
    clearTimeout(timer);
  }
}

// A fresh token, and whether the server is there at all.
async function freshToken() {
  const { status, json } = await fetched("/saisies/jeton", { headers: { "X-Saisie": "1" } }, LIMIT);
  if (status === 200 && json?.csrf) return { token: json.csrf };
  if (status === 401 || status === 403) return { trouble: "connexion" };
  return { trouble: status >= 400 ? "panne" : "reseau" };
}

function body(entry) {
  const form = new FormData();
  for (const [name, value] of entry.champs) form.append(name, value);
  for (const [name, blob, file] of entry.fichiers) form.append(name, blob, file);
  form.append("saisi_a", iso(entry.quand, entry.ecart ?? 0));
  form.append("envoye_a", iso(Date.now(), entry.ecart === null ? 0 : skew() ?? 0));
  return form;
}

async function post(entry, token, late) {
  const headers = { "X-Saisie": late ? "rejouee" : "1", "X-CSRFToken": token };
  const limit = entry.fichiers.length ? PHOTO_LIMIT : LIMIT;
  return fetched(entry.adresse, { method: "POST", body: body(entry), headers }, limit);
}

// What an answer means. Only our own words count: a hotel's page with status 200 is no answer.
function verdict({ status, json }) {
  if ([201, 202, 409].includes(status) && json?.etat) return "recue";
  if ((status === 422 && json?.erreurs) || (status === 412 && json?.page)) return "refusee";
  if (status === 422 || status === 400) return "jeton";
  if (status === 401 || status === 403) return "connexion";
  if (status === 413) return "lourde";
  if (status === 404 || status === 405 || status === 410) return "inconnue";
  if (status === 500) return "panne";
  return status >= 400 ? "passage" : "reseau";
}

const ASIDE = {
  lourde: "La photo est trop lourde pour le serveur.",
  inconnue: "Le serveur ne connaît plus cette saisie.",
  panne: "Le serveur n’arrive pas à enregistrer cette saisie.",
  jeton: "Le serveur refuse cette saisie.",
};

async function setAside(entry, why) {
  await replace(entry.id, { etat: "aparte", erreur: why, essais: entry.essais + 1, repose: Date.now() });
}

// Sends one entry; says what became of it, and whether the next one may follow.
async function deliver(entry, token, late) {
  let answer = await post(entry, token, late);
  let found = verdict(answer);
  if (found === "jeton") {
    const fresh = await freshToken();
    if (fresh.token) answer = await post(entry, fresh.token, late);
    found = fresh.trouble ?? verdict(answer);
  }
  if (found === "recue" || (found === "refusee" && !late)) {
    await erase(entry.id);
    return { found, answer, next: true };
  }
  if (found === "refusee") found = "panne"; // a late entry is never refused: something is wrong over there
  const failures = entry.pannes + (found === "panne" ? 1 : 0);
  if (found in ASIDE && (found !== "panne" || failures >= FAILURES)) {
    await setAside(entry, found);
    return { found, text: ASIDE[found], next: true };
  }
  await replace(entry.id, { essais: entry.essais + 1, pannes: failures });
  return { found: found === "passage" ? "panne" : found };
}

const asideText = (entry) => ASIDE[entry.erreur] ?? "";

async function nextEntry() {
  return (await all()).find((entry) => entry.etat === "attente");
}

async function drain(mine, token) {
  let known = mine ? token : "";
  let result = {};
  for (let entry = await nextEntry(); entry; entry = await nextEntry()) {
    const fresh = entry.essais === 0 && Date.now() - entry.quand < 8000;
    if (fresh && entry.onglet !== TAB) return result; // its own page is about to send it
    if (fresh && entry.id !== mine) return result;
    const late = entry.id !== mine;
    if (late || !known) {
      const asked = await freshToken();
      if (asked.trouble) {
        trouble = asked.trouble;
        return result;
      }
      known = asked.token;
    }
    const done = await deliver(entry, known, late);
    if (entry.id === mine) result = done;
    trouble = done.next ? "" : done.found;
    changed();
    if (!done.next) return result;
  }
  trouble = "";
  return result;
}

// One page at a time sends. Without locks (plain HTTP), a lease in the database, which ends by itself.
async function alone(patient, work) {
  if (navigator.locks) {
    return navigator.locks.request("saisies", { ifAvailable: !patient }, (lock) => (lock ? work() : {}));
  }
  for (let turn = 0; !(await lease()); turn += 1) {
    if (!patient || turn > 30) return {};
    await new Promise((resolve) => { setTimeout(resolve, 300); });
  }
  const renewal = setInterval(lease, 3000);
  try {
    return await work();
  } finally {
    clearInterval(renewal);
    await within("bail", "readwrite", (store) => store.delete("envoi"));
  }
}

async function lease() {
  let mine = false;
  await within("bail", "readwrite", (store) => {
    const asked = store.get("envoi");
    asked.onsuccess = () => {
      const held = asked.result;
      mine = !held || held.onglet === TAB || held.fin < Date.now();
      if (mine) store.put({ nom: "envoi", onglet: TAB, fin: Date.now() + 10000 });
    };
  });
  return mine;
}

let soon = 0;

// What another page was about to send, or what was written down during a sending: looked at again shortly.
async function lookAgain() {
  clearTimeout(soon);
  if (!trouble && await nextEntry()) soon = setTimeout(() => send().catch(() => {}), 3000);
}

// Sends what waits. With `mine`, waits for its turn and tells what became of that entry.
async function send(mine = 0, token = "") {
  try {
    const result = await alone(Boolean(mine), () => drain(mine, token));
    // Its turn did not come: from now on it is late like the others.
    if (mine && !result.found) await replace(mine, { essais: 1 });
    return { ...result, found: result.found ?? trouble };
  } finally {
    lookAgain().catch(() => {});
    changed();
  }
}

// At each page: entries withdrawn long ago go for good, those the server failed on are tried again.
async function tidy() {
  for (const entry of await all()) {
    if (entry.etat === "retiree" && Date.now() - entry.retiree > WITHDRAWN) await erase(entry.id);
    if (entry.etat === "aparte" && entry.erreur === "panne" && Date.now() - entry.repose > 600000) {
      await replace(entry.id, { etat: "attente", pannes: 0 });
    }
  }
}

// Where nothing can be kept: sent at once, or not at all.
async function sendAtOnce(entry, token) {
  const answer = await post({ ...entry, ecart: null }, token, false);
  return { found: verdict(answer), answer };
}

// What pages ask of the queue.
export const queue = {
  changes, reason, meta, all, waiting, newKey, add, replace, withdraw, putBack, asideText, send, tidy,
  sendAtOnce,
};

// --- The page

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

const PARIS = { timeZone: "Europe/Paris" };

export function time(instant) {
  const hour = new Date(instant).toLocaleTimeString("fr-FR", { ...PARIS, timeStyle: "short" });
  const [then, today] = [instant, Date.now()].map((one) => new Date(one).toLocaleDateString("fr-FR", PARIS));
  return then === today ? hour : `${then} ${hour}`;
}

const plural = (count, one, many) => `${count}${NBSP}${count < 2 ? one : many}`;

export const describe = (entry) => `${entry.quoi}${entry.ordre && entry.ordre !== order ? `, ${entry.ordre}` : ""}`;

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
  const page = ({ href }) => href.split("#")[0]; // going to a place of this very page would load nothing
  if (page(target) === page(location)) location.reload();
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

const WHY = {
  connexion: "Reconnectez-vous pour envoyer vos saisies.",
  panne: "Le serveur répond mal\u00a0: vos saisies sont gardées sur cet appareil.",
  reseau: "Hors connexion\u00a0: votre saisie est gardée sur cet appareil.",
};

function lines(waiting, own) {
  const kept = document.documentElement.dataset.gardee;
  const why = waiting.length ? WHY[queue.reason() || (kept && "reseau")] : "";
  const found = [notice || why].filter(Boolean);
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
  const stored = await queue.all().catch(() => []); // some devices keep nothing
  const entries = stored.filter(visible);
  if (stored.length && document.querySelector("[data-saisies-gardees]")) import("./saisies.js").catch(() => {});
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
    for (const name of await caches.keys()) if (/^pages-|^etat$/.test(name)) await caches.delete(name);
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
  const title = plural(left, "saisie n’a pas pu partir", "saisies n’ont pas pu partir");
  const rest = "Gardé sur cet appareil au nom de l’auteur\u00a0: l’envoi se fera dès qu’une personne s’y connectera avec du réseau.";
  draw([`${title}.`, rest], [], "");
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
  active.postMessage({ garder: [...orders].slice(0, 20), operateur: queue.meta("operateur") });
}

// Fetched when there is something to find again, or once somebody types.
function keepDrafts(forms) {
  const load = () => import("./drafts.js").then((module) => module.start(forms)).catch(() => {});
  if (drafts().length || sessionStorage.getItem("garage.brouillon")) load();
  else if (forms.length) document.getElementById("contenu").addEventListener("input", load, { once: true });
}

function start() {
  restoreScroll();
  const forms = [...document.querySelectorAll("main form")].filter((form) => entryAddress(form) || form.matches(".formulaire"));
  knowOperator().then(() => keepDrafts(forms)).catch(() => {});
  queue.changes.addEventListener("change", refresh);
  const again = () => queue.send().catch(() => {});
  queue.tidy().then(() => refresh().then(again), () => {
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
