// Keeps the application's files and, for the workshop alone, the pages of the day, so that they open without network.
// CONFIG comes before this text: the version of the files, their addresses, the page for all that is not kept.

const FILES = `fichiers-${CONFIG.version}`;
const PAGES = `pages-${CONFIG.version}-`;
const STATE = "etat";
const OF_AN_ORDER = "pieces|terminer|travaux(?:/\\d+)?|etat/(?:bloque|attente-piece|attente-accord)";
const KEPT = new RegExp(`^/(?:ma-journee|plus|scanner|saisies|ordres/(?:OR-\\d{4}-\\d{5}(?:/(?:${OF_AN_ORDER}))?)?)$`);
const LIMIT = 4000;
const LESS_OFTEN = 600000;

self.addEventListener("install", (event) => {
  event.waitUntil((async () => {
    const cache = await caches.open(FILES);
    await cache.addAll([...CONFIG.files, new Request(CONFIG.offline, { credentials: "omit" })]);
    await self.skipWaiting();
  })());
});

self.addEventListener("activate", (event) => {
  event.waitUntil((async () => {
    for (const name of await caches.keys()) {
      if (![FILES, STATE].includes(name) && !name.startsWith(PAGES)) await caches.delete(name);
    }
    await self.clients.claim();
  })());
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== location.origin || request.headers.has("Range")) return;
  if (address.pathname.startsWith(`/static/${CONFIG.version}/`)) event.respondWith(file(request));
  else if (request.mode === "navigate") event.respondWith(page(event, address));
});

async function file(request) {
  const cache = await caches.open(FILES);
  const known = await cache.match(request.url);
  if (known) return known;
  const answer = await fetch(request);
  if (answer.ok && answer.status === 200) await cache.put(request.url, answer.clone());
  return answer;
}

// From the network; a kept page when it does not come within four seconds.
async function page(event, address) {
  const path = KEPT.test(address.pathname) && !address.search ? address.pathname : "";
  const answer = fetch(event.request);
  event.waitUntil(answer.then((fresh) => learn(fresh.clone(), path)).catch(() => {}));
  const kept = path && await keptPage(path);
  try {
    const first = kept ? await Promise.race([answer, late()]) : await answer;
    if (kept && [502, 503, 504].includes(first.status)) return kept;
    return first;
  } catch {
    return kept || offlinePage();
  }
}

const late = () => new Promise((_, reject) => { setTimeout(reject, LIMIT); });

async function offlinePage() {
  const cache = await caches.open(FILES);
  return (await cache.match(CONFIG.offline)) ?? Response.error();
}

// The person whom the last page of ours was made for; kept pages are theirs alone.
async function operator() {
  const known = await (await caches.open(STATE)).match("/operateur");
  return known ? known.text() : "";
}

// A locked device hides the pages; another person's arrival takes them away.
async function arrive(who) {
  if (who === await operator()) return;
  const state = await caches.open(STATE);
  await state.put("/operateur", new Response(who));
  await state.delete("/prechargement");
  const others = (await caches.keys()).filter((name) => name.startsWith("pages-") && name !== PAGES + who);
  if (who) await Promise.all(others.map((name) => caches.delete(name)));
}

// The text of a page of ours, and whose it is.
async function read(answer) {
  const type = answer.headers.get("Content-Type") ?? "";
  if (answer.status !== 200 || answer.redirected || !type.startsWith("text/html")) return null;
  const text = await answer.text();
  if (!text.includes('<html lang="fr" data-theme=')) return null;
  return { text, who: text.match(/<meta name="operateur" content="(\d+)">/)?.[1] ?? "" };
}

async function learn(answer, path) {
  const page = await read(answer);
  if (!page) return;
  await arrive(page.who);
  if (path && page.who) await keep(page, path, answer.headers);
}

async function keep({ text, who }, path, told) {
  const headers = new Headers(told);
  headers.delete("Content-Encoding");
  headers.delete("Content-Length");
  headers.set("X-Gardee", String(Date.now()));
  await (await caches.open(PAGES + who)).put(path, new Response(text, { headers }));
}

// A kept page says since when: outbox.js reads it on the root element.
async function keptPage(path) {
  const who = await operator();
  const known = who && await (await caches.open(PAGES + who)).match(path);
  if (!known) return null;
  const text = (await known.text()).replace("<html ", `<html data-gardee="${known.headers.get("X-Gardee")}" `);
  return new Response(text, { headers: known.headers });
}

// The orders of the day and their parts, quietly, one after the other, as long as the same person is there.
self.addEventListener("message", (event) => {
  if (Array.isArray(event.data?.garder)) event.waitUntil(prefetch(event.data));
});

// What may be done without network: parts on each order; on the first ones also what ends or blocks them.
const pagesOf = (path, rank) => [path, `${path}/pieces`, ...(rank < 5 ? [`${path}/terminer`, `${path}/etat/bloque`] : [])];

async function prefetch({ garder, operateur }) {
  await arrive(operateur);
  const state = await caches.open(STATE);
  const last = await state.match("/prechargement");
  if (last && await last.text() === PAGES && Date.now() - last.headers.get("X-Gardee") < LESS_OFTEN) return;
  await state.put("/prechargement", new Response(PAGES, { headers: { "X-Gardee": String(Date.now()) } }));
  const wanted = ["/ma-journee", "/saisies", "/ordres/", ...garder.flatMap(pagesOf)];
  try {
    for (const path of wanted.filter((one) => KEPT.test(one))) {
      const answer = await fetch(path, { priority: "low", redirect: "manual", headers: { "X-Prechargement": "1" } });
      const page = await read(answer);
      if (await operator() !== operateur) return;
      if (page?.who === operateur) await keep(page, path, answer.headers);
    }
  } catch {
    await state.delete("/prechargement");
  }
}
