// The time a running clock has counted, kept up to date each minute. Without this script pages say when it started.

const SPACE = "\u00a0";

function elapsed(since) {
  const minutes = Math.max(0, Math.floor((Date.now() - since) / 60000));
  return `${Math.floor(minutes / 60)}${SPACE}h${SPACE}${String(minutes % 60).padStart(2, "0")}`;
}

function show() {
  for (const place of document.querySelectorAll("[data-chrono-depuis]")) {
    const since = Date.parse(place.dataset.chronoDepuis);
    if (Number.isNaN(since)) continue;
    place.textContent = elapsed(since);
    place.hidden = false;
  }
}

// On the minute of the wall clock, and at once when a page is shown again.
function tick() {
  show();
  setTimeout(tick, 60000 - (Date.now() % 60000) + 50);
}

tick();
document.addEventListener("visibilitychange", () => {
  if (!document.hidden) show();
});
window.addEventListener("pageshow", show);
document.addEventListener("htmx:afterSettle", show);
