// A scanner that types like a keyboard: fast keys that end with Enter, outside of any field, are a code.
// Keys are only listened to; the Enter and the spaces of a code alone are kept from the page.
// One field is open to it: the search of the page where parts are chosen, when nothing else was typed there.

import { follow, isBadge } from "./scan.js";

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
