// Photos leave reduced: at most 1 600 pixels and about 200 kB, upright. What cannot be reduced leaves as it was taken,
// and the server does the same work.

const ENOUGH = 200_000;
// Longest side in pixels and quality, tried until it is light enough.
const TRIES = [[1600, 0.8], [1600, 0.65], [1600, 0.5], [1280, 0.6], [1024, 0.6]];

const jpeg = (canvas, quality) => new Promise((done) => { canvas.toBlob(done, "image/jpeg", quality); });

// Browsers that do not know the option turn the picture upright by themselves.
async function bitmapOf(file) {
  try {
    return await createImageBitmap(file, { imageOrientation: "from-image" });
  } catch {
    return createImageBitmap(file);
  }
}

function drawn(bitmap, largest) {
  const scale = Math.min(1, largest / Math.max(bitmap.width, bitmap.height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.max(1, Math.round(bitmap.width * scale));
  canvas.height = Math.max(1, Math.round(bitmap.height * scale));
  const pen = canvas.getContext("2d");
  pen.fillStyle = "#fff";
  pen.fillRect(0, 0, canvas.width, canvas.height);
  pen.imageSmoothingQuality = "high";
  pen.drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  return canvas;
}

export async function reduced(file) {
  if (!file.type.startsWith("image/") || file.size <= ENOUGH) return file;
  try {
    const bitmap = await bitmapOf(file);
    let best = null;
    for (const [largest, quality] of TRIES) {
      best = await jpeg(drawn(bitmap, largest), quality);
      if (best && best.size <= ENOUGH) break;
    }
    bitmap.close();
    if (!best || best.size >= file.size) return file;
    return new File([best], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg", lastModified: file.lastModified });
  } catch {
    return file;
  }
}

// One tap, then the camera: the photo leaves as soon as it is taken. Forms of other pages only reduce it.
document.addEventListener("change", async (event) => {
  const field = event.target;
  if (!(field instanceof HTMLInputElement) || !field.hasAttribute("data-photo")) return;
  if (!field.form || !field.files.length) return;
  if (field.form.hasAttribute("data-saisie")) {
    field.form.requestSubmit();
    return;
  }
  const files = new DataTransfer();
  for (const file of [...field.files]) files.items.add(await reduced(file));
  field.files = files.files;
});

for (const button of document.querySelectorAll("form[data-saisie] [data-sans-script]")) {
  if (button.closest("form").querySelector("[data-photo]")) button.remove();
}
