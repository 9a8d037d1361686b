// Where a code that was read leads, and the part put on an order without a second press.

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
