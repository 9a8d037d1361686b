// The wall screen says when what it shows is no longer fresh: a poll failed, or none came back for a while.

const LONGEST = 75_000;
const TIMEOUT = 10_000;
const lost = document.getElementById("perdu");
let fresh = Date.now();

function show(stale) {
  if (stale === !lost.hidden) return;
  const time = document.getElementById("maj")?.textContent ?? "";
  lost.lastElementChild.textContent = stale ? `Données de ${time}\u00a0: connexion perdue` : "";
  lost.hidden = !stale;
  document.body.classList.toggle("perime", stale);
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.timeout = TIMEOUT;
});
document.addEventListener("htmx:afterSwap", () => {
  fresh = Date.now();
  show(false);
});
for (const failure of ["htmx:sendError", "htmx:timeout", "htmx:responseError"]) {
  document.addEventListener(failure, () => show(true));
}
setInterval(() => show(lost.hidden === false || Date.now() - fresh > LONGEST), 5000);
