// What is entered in the workshop waits here until the server has it: written down first, sent, then forgotten.
// One entry at a time, in the order in which they were made; the page is somebody else's business (outbox.js).

const LIMIT = 6000;
const PHOTO_LIMIT = 60000;
const FAILURES = 5;
const WITHDRAWN = 24 * 3600 * 1000;
const TAB = Math.random().toString(36).slice(2);

export const changes = new EventTarget();
const neighbours = "BroadcastChannel" in window ? new BroadcastChannel("saisies") : null;
if (neighbours) neighbours.onmessage = () => changes.dispatchEvent(new Event("change"));

function changed() {
  neighbours?.postMessage("");
  changes.dispatchEvent(new Event("change"));
}

// Why nothing leaves: "reseau", "connexion" or "panne"; empty as long as all goes well.
let trouble = "";
export const reason = () => trouble;

export const meta = (name) => document.querySelector(`meta[name="${name}"]`)?.content ?? "";

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

export const all = () => within("saisies", "readonly", (store) => store.getAll());
const write = (entry) => within("saisies", "readwrite", (store) => store.put(entry));
const erase = (id) => within("saisies", "readwrite", (store) => store.delete(id));

export async function waiting() {
  return (await all()).filter((entry) => entry.etat !== "retiree");
}

export function newKey() {
  return [...crypto.getRandomValues(new Uint8Array(16))].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

export async function add(entry) {
  const id = await write({ ...entry, etat: "attente", essais: 0, pannes: 0, onglet: TAB, ecart: skew() });
  changed();
  return id;
}

// Other values for an entry, unless it has left meanwhile.
export const replace = (id, values) => within("saisies", "readwrite", (store) => {
  const asked = store.get(id);
  asked.onsuccess = () => { if (asked.result) store.put({ ...asked.result, ...values }); };
});

export async function withdraw(id) {
  await replace(id, { etat: "retiree", retiree: Date.now() });
  changed();
}

export async function putBack(id) {
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

export const asideText = (entry) => ASIDE[entry.erreur] ?? "";

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
export async function send(mine = 0, token = "") {
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
export async function tidy() {
  for (const entry of await all()) {
    if (entry.etat === "retiree" && Date.now() - entry.retiree > WITHDRAWN) await erase(entry.id);
    if (entry.etat === "aparte" && entry.erreur === "panne" && Date.now() - entry.repose > 600000) {
      await replace(entry.id, { etat: "attente", pannes: 0 });
    }
  }
}

// Where nothing can be kept: sent at once, or not at all.
export async function sendAtOnce(entry, token) {
  const answer = await post({ ...entry, ecart: null }, token, false);
  return { found: verdict(answer), answer };
}
