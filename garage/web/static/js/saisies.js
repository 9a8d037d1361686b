// The page of what waits on this device: what, when, for which order; sent now, or withdrawn, which can be undone.

import { describe, queue, time } from "./outbox.js";

const place = document.querySelector("[data-saisies-gardees]");
const model = document.getElementById("saisie-gardee");
const operator = queue.meta("operateur");

function state(entry) {
  if (entry.etat === "retiree") return "Retirée";
  if (entry.etat === "aparte") return queue.asideText(entry);
  return "En attente d’envoi";
}

// Drawn on a canvas: nothing but our own files may be shown as an image here.
async function picture(box, [, file]) {
  const drawn = await createImageBitmap(file);
  const canvas = document.createElement("canvas");
  canvas.width = 96;
  canvas.height = Math.round((96 * drawn.height) / drawn.width);
  canvas.getContext("2d").drawImage(drawn, 0, 0, canvas.width, canvas.height);
  canvas.setAttribute("role", "img");
  canvas.setAttribute("aria-label", "Photo à envoyer");
  box.append(canvas);
}

function line(entry) {
  const row = model.content.cloneNode(true).firstElementChild;
  const mine = entry.operateur === operator;
  row.querySelector(".titre").textContent = describe(entry);
  const who = mine || !entry.nom ? "" : `, ${entry.nom}`;
  row.querySelector(".detail").textContent = `${time(entry.quand)}${who}. ${state(entry)}.`;
  const withdrawn = entry.etat === "retiree";
  const [back, away] = row.querySelectorAll("button");
  back.hidden = !(mine && (withdrawn || entry.etat === "aparte"));
  if (!withdrawn) back.querySelector("span").textContent = "Essayer de nouveau";
  away.hidden = !mine || withdrawn;
  back.addEventListener("click", () => queue.putBack(entry.id).then(() => queue.send()));
  away.addEventListener("click", () => queue.withdraw(entry.id));
  for (const file of entry.fichiers) picture(row.querySelector(".libelle"), file).catch(() => {});
  return row;
}

async function draw() {
  const entries = await queue.all().catch(() => []);
  const waiting = entries.filter((entry) => entry.etat !== "retiree");
  const list = document.createElement("ul");
  list.className = "liste";
  list.append(...entries.map(line));
  const focused = document.activeElement?.closest?.("[data-saisies-gardees]") ? true : false;
  place.querySelector("ul")?.remove();
  if (entries.length) place.append(list);
  place.querySelector("[data-aucune]").hidden = entries.length > 0;
  place.querySelector("[data-tout-envoyer]").hidden = waiting.length === 0;
  if (focused) list.querySelector("button:not([hidden])")?.focus();
}

place.querySelector("[data-tout-envoyer]").addEventListener("click", () => queue.send());
queue.changes.addEventListener("change", draw);
draw();
