// Sends one person's answers: draws a ballot, which the server signs without seeing it, and casts
// it with the answers (RFC 9474). Every step is stored on the phone before the next begins, so that
// a lost line, a closed page or a dead server costs nothing: the same steps with the same serial go
// on where they stopped. Loaded when answers are sent.
"use strict";

const KEY_KIND = { name: "RSA-PSS", hash: "SHA-384" };
const PUBLIC_EXPONENT = "AQAB"; // 65537
const SERIAL_BYTES = 32;
const LOCK_SECONDS = 60;

/**
 * Go as far as possible with what is stored under `parcel.key`.
 *
 * `parcel.store` reads, writes and finishes records, `parcel.ask(path, body)` asks the server,
 * `parcel.blind()` loads the cryptography. Returns when the server has said "sent"; throws an error
 * with the `status` of a refusal, `gone` when there is nothing to send, anything else when it is
 * worth trying again.
 */
export async function deliver(parcel) {
  await alone(parcel, () => steps(parcel));
}

async function steps(parcel) {
  const { key, store, ask } = parcel;
  let record = store.read(key);
  if (!record) {
    if (store.isSent(key)) return; // another tab was faster
    throw Object.assign(new Error(), { gone: true });
  }
  const keep = (changes) => {
    record = { ...record, ...changes };
    store.write(key, record);
  };

  if (!record.signature) await draw(parcel, keep);
  record = store.read(key);
  const { class_number, serial, signature, answers } = record;
  const answer = await ask("kirim", { class_number, serial, signature, answers });
  if (answer.sent !== true) throw new Error();
  store.finish(key);
}

/** Get a signature of a serial that the server never sees; once per invitation. */
async function draw({ key, store, ask, blind }, keep) {
  let record = store.read(key);
  if (!record.modulus) {
    keep(await ask("kelas", { code: record.code }));
    record = store.read(key);
  }
  const { suite } = await blind();
  const signer = await publicKey(record.modulus);
  if (!record.blinded) {
    keep(await blinded(suite, signer));
    record = store.read(key);
  }
  if (!record.blind_signature) {
    keep(await drawn(record, { key, store, ask }));
    record = store.read(key);
    if (record.signature) return; // another tab has drawn; its ballot is ours
  }
  const signature = await suite.finalize(
    signer, bytes(record.serial), bytes(record.blind_signature), bytes(record.inverse),
  ).catch(() => {
    keep({ blind_signature: undefined });
    throw new Error();
  });
  // Code and ballot must not stand side by side any longer than they have to.
  keep({
    signature: text(signature),
    code: undefined, blinded: undefined, inverse: undefined, blind_signature: undefined,
  });
}

async function blinded(suite, signer) {
  const serial = suite.prepare(crypto.getRandomValues(new Uint8Array(SERIAL_BYTES)));
  const { blindedMsg, inv } = await suite.blind(signer, serial);
  return { serial: text(serial), blinded: text(blindedMsg), inverse: text(inv) };
}

async function drawn(record, { key, store, ask }) {
  try {
    const answer = await ask("ambil", { code: record.code, blinded: record.blinded });
    if (typeof answer.blind_signature !== "string") throw new Error();
    return { blind_signature: answer.blind_signature };
  } catch (error) {
    // Without locks two tabs may have drawn at once: then the stored ballot is the one to cast.
    const stored = store.read(key);
    const other = stored && (stored.signature || stored.blinded !== record.blinded);
    if (error.reason !== "taken" || !other) throw error;
    if (!stored.signature) throw new Error();
    return stored;
  }
}

function publicKey(modulus) {
  const jwk = { kty: "RSA", alg: "PS384", ext: true, e: PUBLIC_EXPONENT, n: urlSafe(modulus) };
  return crypto.subtle.importKey("jwk", jwk, KEY_KIND, true, ["verify"]);
}

/** Do `work` in one tab at a time. */
async function alone({ key, store }, work) {
  if (navigator.locks) return navigator.locks.request(key, work);
  if (!store.lasting) return work();
  const lock = `${key}.lock`;
  const mine = `${Date.now()} ${Math.random()}`;
  const held = localStorage.getItem(lock);
  if (held && Date.now() - parseInt(held, 10) < LOCK_SECONDS * 1000) throw new Error();
  localStorage.setItem(lock, mine);
  await new Promise((resolve) => { setTimeout(resolve, 100); });
  if (localStorage.getItem(lock) !== mine) throw new Error();
  try {
    return await work();
  } finally {
    localStorage.removeItem(lock);
  }
}

function bytes(encoded) {
  return Uint8Array.from(atob(encoded), (one) => one.charCodeAt(0));
}

function text(content) {
  return btoa(String.fromCharCode(...content));
}

function urlSafe(encoded) {
  return encoded.replace(/\+/g, "-").replace(/\//g, "_").replace(/=+$/, "");
}
