// Small improvements of pages that work without them: forms sent once, focus, menus, search, failures of the network.

// A form marked data-envoi-unique leaves once: a second press before the answer is ignored.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (!(form instanceof HTMLFormElement) || !form.hasAttribute("data-envoi-unique")) return;
  if (form.dataset.envoi === "en-cours") {
    event.preventDefault();
    event.stopImmediatePropagation();
    return;
  }
  form.dataset.envoi = "en-cours";
}, true);

function release(root) {
  for (const form of root.querySelectorAll("form[data-envoi]")) delete form.dataset.envoi;
}

document.addEventListener("htmx:afterRequest", () => release(document));
// A page brought back by the Back button may be sent again.
window.addEventListener("pageshow", () => release(document));

// Errors first: the summary takes the focus by itself in a new page (autofocus), by this in a part swapped by htmx, and
// its links lead into the field.
function focusSummary(root) {
  const summary = root.querySelector("[data-resume-erreurs]");
  if (summary) summary.focus();
}

document.addEventListener("click", (event) => {
  const link = event.target instanceof Element ? event.target.closest("[data-resume-erreurs] a") : null;
  if (!link) return;
  const field = document.getElementById(link.hash.slice(1));
  if (!field) return;
  event.preventDefault();
  const box = field.closest(".champ") ?? field;
  box.scrollIntoView({ block: "start" });
  (field.matches("fieldset") ? field.querySelector("input") ?? field : field).focus({ preventScroll: true });
});

// Account menu: closed by Escape or by a press elsewhere.
document.addEventListener("keydown", (event) => {
  if (event.key === "Escape") {
    for (const menu of document.querySelectorAll("details[data-menu][open]")) {
      menu.open = false;
      menu.querySelector("summary").focus();
    }
  }
  if (event.key.toLowerCase() === "k" && (event.ctrlKey || event.metaKey) && !event.altKey && !event.shiftKey) {
    const fields = document.querySelectorAll("[data-recherche-generale], [data-recherche]");
    const field = [...fields].find((one) => one.offsetParent);
    if (field) {
      event.preventDefault();
      field.focus();
      field.select();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of document.querySelectorAll("details[data-menu][open]")) {
    if (!menu.contains(event.target)) menu.open = false;
  }
});

// htmx: after a swap the focus moves only if it was lost, and errors take it.
document.addEventListener("htmx:afterSettle", (event) => {
  const target = event.detail.target;
  if (!(target instanceof Element)) return;
  if (target.querySelector("[data-resume-erreurs]")) focusSummary(target);
  else if (document.activeElement === document.body && target.closest("main")) {
    if (!target.hasAttribute("tabindex")) target.setAttribute("tabindex", "-1");
    target.focus({ preventScroll: true });
  }
});

// No answer, or an answer that does not come from the application.
function networkFailure() {
  const place = document.getElementById("avis");
  const notice = document.getElementById("avis-reseau");
  if (place && notice) place.replaceChildren(notice.content.cloneNode(true));
}

document.addEventListener("htmx:sendError", networkFailure);
document.addEventListener("htmx:timeout", networkFailure);
document.addEventListener("htmx:responseError", (event) => {
  if (!event.detail.xhr.getResponseHeader("HX-Retarget")) networkFailure();
});
document.addEventListener("htmx:beforeRequest", () => document.getElementById("avis")?.replaceChildren());

// An ordinary session says two minutes before that it ends; what says so is fetched only then.
function watchSession(seconds) {
  setTimeout(() => import("./session.js").catch(() => watchSession(30)), seconds * 1000);
}

const session = document.querySelector("meta[name=session]");
if (session) watchSession(Number(session.content) - 120);

// A scanner that types like a keyboard is listened to on every page of the workshop.
if (document.querySelector("meta[name=operateur]")) import("./wedge.js");

// The time a running clock has counted, kept up to date each minute. Without this, pages say when it started.
function showClocks() {
  for (const place of document.querySelectorAll("[data-chrono-depuis]")) {
    const minutes = Math.max(0, Math.floor((Date.now() - Date.parse(place.dataset.chronoDepuis)) / 60000));
    if (Number.isNaN(minutes)) continue;
    place.textContent = `${Math.floor(minutes / 60)}\u00a0h\u00a0${String(minutes % 60).padStart(2, "0")}`;
    place.hidden = false;
  }
}

function nextMinute() {
  showClocks();
  setTimeout(nextMinute, 60050 - (Date.now() % 60000));
}

nextMinute();
document.addEventListener("visibilitychange", showClocks);
window.addEventListener("pageshow", showClocks);
document.addEventListener("htmx:afterSettle", showClocks);

// An amount is copied as a plain number, ready for a spreadsheet: 1234,56 for what is shown as 1 234,56 €.
document.addEventListener("copy", (event) => {
  const shown = String(document.getSelection());
  const plain = shown.replace(/(\d)\u202f(?=\d)/g, "$1").replace(/\u2212(?=\d)/g, "-").replace(/(\d)\u00a0€/g, "$1");
  if (plain === shown || !event.clipboardData) return;
  event.clipboardData.setData("text/plain", plain);
  event.preventDefault();
});
