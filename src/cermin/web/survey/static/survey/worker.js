// Opens the survey page again without a line. Served as /survei/<id>/pekerja.js, so that it sees
// nothing but the pages of one survey. Keeps the page and its files; never what anybody sends.
"use strict";

const SCOPE = new URL(self.registration.scope).pathname; // /survei/<id>/
const CACHE = `cermin${SCOPE}1`; // another number when what is kept changes its shape
const PATIENCE = 6000; // milliseconds until a page that does not come is taken from the phone

self.addEventListener("install", () => self.skipWaiting());

self.addEventListener("activate", (event) => {
  event.waitUntil(removeOldCaches().then(() => self.clients.claim()));
});

self.addEventListener("fetch", (event) => {
  const { request } = event;
  const address = new URL(request.url);
  if (request.method !== "GET" || address.origin !== self.location.origin) return;
  if (request.mode === "navigate") {
    if (isPage(address.pathname)) event.respondWith(page(request, address.pathname, event));
  } else if (address.pathname.startsWith("/static/")) {
    event.respondWith(file(request));
  }
});

// The page says which files it needs; those that no page needs any longer go.
self.addEventListener("message", (event) => {
  const [port] = event.ports;
  event.waitUntil(
    keepFiles(event.data.keep).then(
      () => port && port.postMessage("kept"),
      () => port && port.postMessage("not kept"), // the next visit tries again
    ),
  );
});

function isPage(path) {
  return path === SCOPE || path === `${SCOPE}en/`;
}

async function page(request, path, event) {
  const cache = await caches.open(CACHE);
  const kept = await cache.match(path);
  let keeping;
  const fresh = fetch(request).then((answer) => {
    if (answer.ok && !answer.redirected) keeping = cache.put(path, answer.clone());
    return answer;
  });
  event.waitUntil(fresh.then(() => keeping).catch(() => {}));
  if (!kept) return fresh;
  const late = new Promise((resolve) => { setTimeout(resolve, PATIENCE, kept); });
  const answered = fresh.then((answer) => (answer.status >= 500 ? kept : answer), () => kept);
  return Promise.race([answered, late]);
}

async function file(request) {
  const cache = await caches.open(CACHE);
  return (await cache.match(request, { ignoreSearch: true })) || fetch(request);
}

async function keepFiles(keep) {
  const cache = await caches.open(CACHE);
  const wanted = keep.map((address) => new URL(address, self.location.origin).pathname);
  for (const path of wanted) {
    // Files carry a hash in their name, and a page is kept anew at each visit.
    if (!(await cache.match(path))) await cache.add(path);
  }
  for (const { url } of await cache.keys()) {
    const path = new URL(url).pathname;
    if (!isPage(path) && !wanted.includes(path)) await cache.delete(url);
  }
}

async function removeOldCaches() {
  const names = await caches.keys();
  const old = names.filter((name) => name.startsWith(`cermin${SCOPE}`) && name !== CACHE);
  await Promise.all(old.map((name) => caches.delete(name)));
}
