// The names of a shared tablet: the pad opens on the page itself, and a badge may be passed at any moment.

const dialog = document.getElementById("pave");
const badge = document.getElementById("badge");

function arm(form) {
  const field = form.elements.pin;
  form.querySelector(".touches").hidden = false;
  field.inputMode = "none"; // the pad is the keyboard
  const type = (digit) => {
    if (field.value.length < 4) field.value += digit;
    if (field.value.length === 4) form.requestSubmit();
  };
  field.addEventListener("input", () => {
    if (field.value.length === 4) form.requestSubmit();
  });
  form.addEventListener("click", (event) => {
    const key = event.target.closest("button");
    if (key?.dataset.chiffre) type(key.dataset.chiffre);
    else if (key && "effacer" in key.dataset) field.value = field.value.slice(0, -1);
  });
  return { field, type };
}

const pads = new Map([...document.querySelectorAll("form[data-pave]")].map((form) => [form, arm(form)]));

document.addEventListener("click", (event) => {
  const name = event.target.closest("[data-operateur]");
  if (name && dialog && !event.ctrlKey && !event.metaKey && !event.shiftKey) {
    event.preventDefault();
    const form = dialog.querySelector("form");
    form.action = name.href;
    dialog.querySelector("h2").textContent = name.textContent.trim();
    dialog.showModal();
    pads.get(form).field.value = "";
    pads.get(form).field.focus();
  } else if (event.target.closest("[data-fermer]")) dialog.close();
});

// Digits typed anywhere go to the pad; a scanner begins with a letter and goes to the field of the badge.
document.addEventListener("keydown", (event) => {
  if (event.key.length !== 1 || event.ctrlKey || event.metaKey || event.altKey) return;
  const shown = dialog?.open ? dialog.querySelector("form") : document.querySelector("main > :not(dialog) form[data-pave]");
  if (shown && /^[0-9]$/.test(event.key)) {
    if (event.target.closest("input")) return;
    event.preventDefault();
    pads.get(shown).type(event.key);
  } else if (badge && !event.target.closest("input:not([name=pin])")) {
    if (event.key === " ") return;
    dialog?.close();
    badge.focus({ preventScroll: true });
  }
});
