// The camera reads the codes of labels and parts: the device's own reader if it has one, else ours, fetched only then.

import { ask, enabled, follow, isBadge, setEnabled } from "./wedge.js";

const FORMATS = ["qr_code", "code_128", "ean_13"];
const LAST = "scan.dernier";
const AWAY = 2500; // a code counts again once this camera has not seen it for so long
const MEANT = 120_000; // after that, the same code is meant
const page = document.querySelector("[data-scanner]");
const video = page.querySelector("video");
const torch = page.querySelector("[data-torche]");
const state = document.querySelector("[data-scan-etat]");
const field = document.querySelector("[data-recherche]");
const order = page.dataset.ordre;
let stream = null;
let reader = null;
let seen = { code: "", at: 0 };

function load(path) {
  return new Promise((done, fail) => {
    const script = document.createElement("script");
    script.src = new URL(path, import.meta.url).href;
    script.addEventListener("load", done);
    script.addEventListener("error", fail);
    document.head.append(script);
  });
}

async function makeReader() {
  const native = globalThis.BarcodeDetector;
  const known = native ? await native.getSupportedFormats().catch(() => []) : [];
  if (known.includes("qr_code")) return new native({ formats: FORMATS.filter((format) => known.includes(format)) });
  await load("../vendor/barcode-detector-3.2.2.js");
  const { BarcodeDetector, prepareZXingModule } = globalThis.BarcodeDetectionAPI;
  const wasm = new URL("../vendor/zxing_reader-3.1.3.wasm", import.meta.url).href;
  await prepareZXingModule({ overrides: { locateFile: () => wasm }, fireImmediately: true });
  return new BarcodeDetector({ formats: FORMATS });
}

// The label just read is often still before the camera when the page comes back, however long that took: it does not
// count twice.
function remember() {
  try {
    const last = JSON.parse(sessionStorage.getItem(LAST) ?? "{}");
    if (Date.now() - last.at < MEANT) seen = { code: last.code, at: Date.now() };
  } catch { /* private */ }
}

function isNew(code) {
  const before = seen;
  seen = { code, at: Date.now() };
  try {
    sessionStorage.setItem(LAST, JSON.stringify(seen));
  } catch { /* private */ }
  return before.code !== code || seen.at - before.at > AWAY;
}

function signal() {
  if (!navigator.userActivation?.hasBeenActive) return; // refused by browsers until the page is touched
  navigator.vibrate?.(80);
  try {
    const sound = new AudioContext();
    const tone = sound.createOscillator();
    const volume = sound.createGain();
    volume.gain.value = 0.1;
    tone.frequency.value = 1400;
    tone.connect(volume).connect(sound.destination);
    tone.start();
    tone.stop(sound.currentTime + 0.09);
  } catch { /* silent */ }
}

async function look() {
  if (!stream || document.hidden) return;
  const found = video.readyState >= 2 ? await reader.detect(video).catch(() => []) : [];
  const code = found.map((one) => one.rawValue.trim()).find(Boolean);
  if (code && isNew(code)) {
    if (isBadge(code)) {
      state.textContent = page.dataset.badge;
    } else {
      signal();
      state.textContent = page.dataset.lu;
      stop();
      follow(code, { ordre: order });
      return;
    }
  }
  setTimeout(look, 120);
}

function stop() {
  for (const track of stream?.getTracks() ?? []) track.stop();
  stream = null;
}

function offerTorch() {
  const track = stream.getVideoTracks()[0];
  torch.hidden = !track?.getCapabilities?.().torch;
  torch.setAttribute("aria-pressed", "false");
}

torch.addEventListener("click", () => {
  const on = torch.getAttribute("aria-pressed") !== "true";
  stream?.getVideoTracks()[0].applyConstraints({ advanced: [{ torch: on }] })
    .then(() => torch.setAttribute("aria-pressed", String(on)), () => { torch.hidden = true; });
});

function without(reason) {
  stop();
  page.hidden = true;
  state.textContent = page.dataset[reason];
  field.focus();
}

async function start() {
  if (stream) return;
  if (!navigator.mediaDevices?.getUserMedia) {
    without(isSecureContext ? "absent" : "https");
    return;
  }
  try {
    const wanted = { facingMode: "environment", width: { ideal: 1280 }, height: { ideal: 720 } };
    stream = await navigator.mediaDevices.getUserMedia({ video: wanted, audio: false });
  } catch (error) {
    without(error.name === "NotAllowedError" || error.name === "SecurityError" ? "refuse" : "absent");
    return;
  }
  page.hidden = false;
  video.srcObject = stream;
  offerTorch();
  try {
    await video.play();
    reader ??= await makeReader();
  } catch {
    without("illisible");
    return;
  }
  state.textContent = page.dataset.viser;
  remember();
  look();
}

field.form.addEventListener("submit", ask);
document.addEventListener("visibilitychange", () => (document.hidden ? stop() : start()));
window.addEventListener("pagehide", stop);
window.addEventListener("pageshow", (event) => { if (event.persisted) start(); });

const choice = document.querySelector("[data-douchette]");
choice.checked = enabled();
choice.closest("details").hidden = false;
choice.addEventListener("change", () => setEnabled(choice.checked));

start();
