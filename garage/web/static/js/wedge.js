// Codes: where one that was read leads, a part put on an order without a second press, and the keyboard scanner.

const ASKED = "scan.demande";
const FRESH = 30_000;

// Only a page that a scan of this tab asked for presses its own button: not a link, not the Back button, not a reload.
export function ask() {
  try {
    sessionStorage.setItem(ASKED, String(Date.now()));
  } catch { /* private: one more press */ }
}

function asked() {
  try {
    const at = Number(sessionStorage.getItem(ASKED));
    sessionStorage.removeItem(ASKED);
    return Date.now() - at < FRESH;
  } catch {
    return false;
  }
}

function bare(text) {
  const own = text.match(/\/q\/([^/?#]+)\/?(?:[?#].*)?$/i);
  try {
    return own ? decodeURIComponent(own[1]) : text;
  } catch {
    return text;
  }
}

// A badge is a key: it never goes into an address.
export const isBadge = (text) => /^g1\./i.test(text.trim());

export function follow(text, { ordre = "", retour = "" } = {}) {
  const code = bare(text.trim());
  const towards = document.querySelector("[data-vers]")?.dataset.vers;
  if (towards) {
    const address = new URL(towards, location.href);
    address.searchParams.set("q", code);
    location.assign(address);
    return;
  }
  const words = new URLSearchParams();
  if (ordre) words.set("ordre", ordre);
  if (retour) words.set("retour", retour);
  const inPath = !/[/\\]|^\.+$/.test(code);
  if (!inPath) words.set("q", code);
  ask();
  const address = `${inPath ? `/q/${encodeURIComponent(code)}` : "/scanner"}${String(words) ? `?${words}` : ""}`;
  if (ordre) location.replace(address);
  else location.assign(address);
}

const direct = document.querySelector("[data-envoi-direct]");
if (direct && asked()) {
  history.replaceState(null, "", direct.dataset.envoiDirect);
  direct.querySelector("form").requestSubmit();
}

// --- A scanner that types like a keyboard: fast keys that end with Enter, outside of any field, are a code.
// Keys are only listened to; the Enter and the spaces of a code alone are kept from the page.
// One field is open to it: the search of the page where parts are chosen, when nothing else was typed there.

const OFF = "garage.douchette";
const GAP = 50;
const LEAST = 6;
let typed = "";
let last = 0;

export function enabled() {
  try {
    return localStorage.getItem(OFF) !== "non";
  } catch {
    return true;
  }
}

export function setEnabled(on) {
  try {
    if (on) localStorage.removeItem(OFF);
    else localStorage.setItem(OFF, "non");
  } catch { /* private */ }
}

const inField = (target) => target instanceof Element
  && target.closest("input, textarea, select, [contenteditable]:not([contenteditable=false]), dialog") !== null;

// A part scanned on the page where parts are chosen goes on that order; elsewhere a code leads to its own page.
function context() {
  const order = location.pathname.match(/^\/ordres\/([^/]+)\/pieces$/)?.[1]
    ?? document.querySelector("[data-scanner]")?.dataset.ordre;
  return order ? { ordre: decodeURIComponent(order), retour: location.pathname + location.search } : {};
}

const inSearch = (target) => target instanceof Element && target.matches("[data-recherche]") && "retour" in context();

document.addEventListener("keydown", (event) => {
  const field = inField(event.target);
  const search = field && inSearch(event.target);
  if (event.ctrlKey || event.metaKey || event.isComposing || event.repeat || (field && !search)) {
    typed = "";
    return;
  }
  const fast = event.timeStamp - last <= GAP;
  if (event.key === "Enter") {
    const code = fast ? typed : "";
    typed = "";
    if (code.length < LEAST || isBadge(code) || !enabled() || (search && event.target.value !== code)) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    if (search) event.target.value = "";
    follow(code, context());
  } else if (event.key.length === 1) {
    typed = fast ? typed + event.key : event.key;
    last = event.timeStamp;
    if (event.key === " " && fast && !field && enabled()) event.preventDefault();
  }
}, true);
