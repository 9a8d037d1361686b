// A shared tablet asks again who is there after ten minutes without touch. The clock of the work goes on.
// Offline nobody can be recognised: the tablet stays open under the name it shows, and locks once the network is back.

const LIMIT = 10 * 60_000;
const WARNING = 30_000;
const TELL = 60_000; // how often the server, which locks too, is told that somebody is there
const KEPT = "garage-saisie-en-cours";

const operator = document.querySelector("meta[name=operateur]")?.content ?? "";
const here = () => location.pathname + location.search;
const token = () => document.querySelector("input[name=csrf_token]")?.value ?? "";
const box = document.getElementById("veille").content.cloneNode(true).querySelector("dialog");
document.body.append(box);

let touched = Date.now();
let told = touched;
let offline = false;
let locking = false;

function post(path, fields = {}) {
  const body = new URLSearchParams({ csrf_token: token(), ...fields });
  return fetch(path, { method: "POST", body, redirect: "manual", credentials: "same-origin" });
}

function show(isOffline) {
  box.querySelector("[data-texte]").hidden = isOffline;
  box.querySelector("[data-hors-ligne]").hidden = !isOffline;
  if (!box.open) box.showModal();
}

async function lock() {
  if (locking) return;
  locking = true;
  keep();
  try {
    const answer = await post("/verrouiller", { retour: here() });
    if (answer.status >= 500) throw new Error(String(answer.status));
    location.replace("/operateurs");
  } catch {
    offline = true;
    locking = false;
    show(true);
  }
}

function present() {
  const now = Date.now();
  if (now - touched > LIMIT && !offline) return; // it slept meanwhile: the lock comes
  touched = now;
  offline = false;
  if (box.open) box.close();
}

function tell() {
  told = Date.now();
  post("/touche").then((answer) => {
    if (answer.type === "opaqueredirect") location.replace("/operateurs");
  }, () => {});
}

function check() {
  const idle = Date.now() - touched;
  if (touched > told && Date.now() - told >= TELL && idle <= LIMIT) tell();
  if (idle > LIMIT) lock();
  else if (idle > LIMIT - WARNING) show(false);
}

for (const sign of ["pointerdown", "keydown"]) document.addEventListener(sign, present, { capture: true, passive: true });
document.addEventListener("visibilitychange", check);
window.addEventListener("online", check);
setInterval(check, 5_000);

// What was being typed waits in this tab for the same person, and for nobody else.
function fields() {
  return [...document.querySelectorAll("main form")].flatMap((form, place) =>
    [...form.elements]
      .filter((field) => field.name && field.matches("input:not([type=hidden], [type=password], [type=file]), textarea, select"))
      .map((field) => [`${place} ${form.getAttribute("action") ?? ""} ${field.name} ${field.matches("[type=radio], [type=checkbox]") ? field.value : ""}`, field]));
}

function keep() {
  const typed = fields().map(([key, field]) => [key, field.value, field.checked ?? false]);
  sessionStorage.setItem(KEPT, JSON.stringify({ operator, page: here(), typed }));
}

function giveBack() {
  const kept = JSON.parse(sessionStorage.getItem(KEPT) ?? "null");
  if (!kept || (kept.operator === operator && kept.page !== here())) return;
  sessionStorage.removeItem(KEPT);
  if (kept.operator !== operator) return;
  const typed = new Map(kept.typed.map(([key, ...state]) => [key, state]));
  for (const [key, field] of fields()) {
    const state = typed.get(key);
    if (!state) continue;
    if (field.matches("[type=radio], [type=checkbox]")) field.checked = state[1];
    else field.value = state[0];
  }
}

document.addEventListener("submit", (event) => {
  if (event.target.getAttribute("action") === "/verrouiller") keep();
});
box.querySelector("[data-rester]").addEventListener("click", present);
box.addEventListener("cancel", present);
giveBack();
