// Fetched by garage.js two minutes before an ordinary session ends: says so and offers to stay (any tab that is used renews it for all).

const WARNING = 120;
const box = document.getElementById("veille").content.cloneNode(true).querySelector("dialog");
const stayButton = box.querySelector("[data-rester]");
document.body.append(box);

const stayText = stayButton.textContent;
let timer;
let over = false;

function later(seconds) {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.max(seconds, 1) * 1000);
}

async function left(method) {
  const headers = { "X-CSRFToken": document.querySelector("input[name=csrf_token]")?.value ?? "" };
  const answer = await fetch("/session", { method, headers, credentials: "same-origin" });
  return answer.ok ? (await answer.json()).reste : 0;
}

function tell(ended) {
  box.querySelector("[data-texte]").hidden = ended;
  box.querySelector("[data-hors-ligne]").hidden = !ended;
  over = ended;
  stayButton.textContent = ended ? stayButton.dataset.fermer : stayText;
  if (!box.open) box.showModal();
}

async function ask() {
  let seconds;
  try {
    seconds = await left("GET");
  } catch {
    later(30); // no network: the session is not what matters now
    return;
  }
  if (seconds > WARNING) {
    if (box.open) box.close();
    later(seconds - WARNING);
  } else {
    tell(seconds <= 0);
    if (seconds > 0) later(Math.min(seconds + 1, 15));
  }
}

stayButton.addEventListener("click", async () => {
  if (over) return box.close();
  try {
    const seconds = await left("POST");
    if (seconds <= 0) return tell(true);
    box.close();
    later(seconds - WARNING);
  } catch {
    later(5);
  }
});

document.addEventListener("visibilitychange", () => {
  if (document.visibilityState === "visible" && box.open) ask();
});
ask();
