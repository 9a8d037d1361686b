// Cards of the plan dragged with a mouse onto a day of a person: the same form as on the card's page is sent.

const form = document.getElementById("depot");
const SCROLL = "planning-defilement";
let card = null;

function dayUnder(event) {
  return event.target instanceof Element ? event.target.closest("td[data-day]") : null;
}

function leave() {
  for (const over of document.querySelectorAll(".survol")) over.classList.remove("survol");
}

document.addEventListener("dragstart", (event) => {
  card = event.target instanceof Element ? event.target.closest("[data-ticket]") : null;
  if (!card) return;
  event.dataTransfer.effectAllowed = "move";
  event.dataTransfer.setData("text/plain", card.textContent.trim());
  card.classList.add("tenu");
});

document.addEventListener("dragover", (event) => {
  const day = card && dayUnder(event);
  if (!day) return;
  event.preventDefault();
  event.dataTransfer.dropEffect = "move";
  if (!day.classList.contains("survol")) {
    leave();
    day.classList.add("survol");
  }
});

document.addEventListener("dragend", () => {
  card?.classList.remove("tenu");
  card = null;
  leave();
});

document.addEventListener("drop", (event) => {
  const day = card && dayUnder(event);
  if (!day) return;
  event.preventDefault();
  if (card.closest("td") === day) return;
  form.action = card.pathname;
  const values = { vu: card.dataset.ticket, time: card.dataset.time, ...day.dataset };
  for (const [name, value] of Object.entries(values)) form.elements[name].value = value;
  sessionStorage.setItem(SCROLL, JSON.stringify({ path: location.pathname, x: scrollX, y: scrollY }));
  form.submit();
});

// Back where one was: the page is made anew after each drop.
const kept = JSON.parse(sessionStorage.getItem(SCROLL) ?? "null");
sessionStorage.removeItem(SCROLL);
if (kept?.path === location.pathname) scrollTo(kept.x, kept.y);
