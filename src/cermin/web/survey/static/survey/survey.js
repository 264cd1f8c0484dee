// The survey page: code, questions, draft, sending. Answers stay on this phone until "send".
// What the server hears before that: the code, once, to say early that it is mistyped or expired.
"use strict";

const page = document.body.dataset;
const base = `/survei/${page.survey}/`;
const words = JSON.parse(document.getElementById("words").textContent);
const byId = (id) => document.getElementById(id);
const app = byId("survey-app");
const form = byId("ballot");
const groups = [...form.querySelectorAll("section[data-group]")];
const fields = [...form.querySelectorAll("fieldset[data-field]")];

const KEPT_DAYS = 30; // a draft that was never sent goes so long after the end of the survey
const REQUEST_SECONDS = 30;
const LONGEST_PAUSE_SECONDS = 60;

/** Who is answering now: `key` names the place of the draft; the code itself is not part of it. */
const person = { code: "", key: "", record: null };
const underway = new Map(); // key → what wakes the wait before the next attempt

// ------------------------------------------------------------------ what this phone keeps

/** localStorage, or the memory of this page where the phone allows no more. */
const store = {
  memory: new Map(),
  lasting: true,
  prefix: `cermin.${page.survey}.`,

  read(key) {
    if (this.memory.has(key)) return this.memory.get(key);
    try {
      return JSON.parse(localStorage.getItem(key));
    } catch {
      return null;
    }
  },
  write(key, record) {
    try {
      localStorage.setItem(key, JSON.stringify(record));
      this.memory.delete(key);
    } catch {
      this.memory.set(key, record);
      if (this.lasting) say(words.not_kept);
      this.lasting = false;
    }
  },
  remove(key) {
    this.memory.delete(key);
    try {
      localStorage.removeItem(key);
    } catch { /* nothing was kept */ }
  },
  /** Leave nothing but the mark that something was sent from here. */
  finish(key) {
    this.write(`${key}.sent`, { until: page.closesAt });
    this.remove(key);
  },
  isSent(key) {
    return this.read(`${key}.sent`) !== null;
  },
  keys() {
    const kept = [...this.memory.keys()];
    try {
      kept.push(...Object.keys(localStorage));
    } catch { /* nothing was kept */ }
    return kept.filter((key) => key.startsWith("cermin."));
  },
  waiting() {
    return this.keys().filter((key) => key.startsWith(this.prefix) && isQueued(this.read(key)));
  },
  removeExpired() {
    const oldest = Date.now() - KEPT_DAYS * 86_400_000;
    for (const key of this.keys()) {
      const record = this.read(key);
      if (record && Date.parse(record.until) < oldest) this.remove(key);
    }
  },
};

const isQueued = (record) => Boolean(record && record.queued);

/** The code for this tab only, so that a reload does not ask for it again. */
const tab = {
  name: `cermin.${page.survey}.code`,
  get() {
    try { return sessionStorage.getItem(this.name) || ""; } catch { return ""; }
  },
  set(code) {
    try { sessionStorage.setItem(this.name, code); } catch { /* asked again, then */ }
  },
  clear() {
    try { sessionStorage.removeItem(this.name); } catch { /* nothing was kept */ }
  },
};

// ------------------------------------------------------------------ the code

/** Return the code as the server reads it, or "" when it cannot be one. */
function readCode(typed) {
  const code = typed.toUpperCase().replace(/[\s-]/g, "").replace(/O/g, "0").replace(/[IL]/g, "1");
  return /^[0-9A-HJKMNP-TV-Z]{16}$/.test(code) ? code : "";
}

async function keyOf(code) {
  const content = new TextEncoder().encode(`${page.survey} ${code}`);
  const digest = new Uint8Array(await crypto.subtle.digest("SHA-256", content));
  const digits = [...digest.slice(0, 16)].map((one) => one.toString(16).padStart(2, "0"));
  return store.prefix + digits.join("");
}

/** Take the code out of the address, where it would be seen and passed on. */
function codeFromAddress() {
  const given = location.hash.slice(1);
  if (!given || byId(given)) return "";
  history.replaceState(history.state, "", location.pathname + location.search);
  return given;
}

async function enter(typed) {
  const code = readCode(typed);
  if (!code) return askForCode(typed, words.code_shape);
  clearMessages();
  const key = await keyOf(code);
  if (isQueued(store.read(key))) {
    Object.assign(person, { code, key, record: null });
    return deliver(key);
  }
  if (store.isSent(key)) {
    showDone();
    return say(words.already_sent);
  }
  const invitation = await lookUp(code);
  if (!invitation) return undefined;
  begin(code, key, invitation);
  return undefined;
}

/** Ask whether the code is one; without a line it is believed until answers are sent. */
async function lookUp(code) {
  say(words.checking);
  try {
    const found = await ask("kelas", { code });
    say("");
    return found;
  } catch (error) {
    if (error.status) {
      askForCode(error.reason === "unknown" ? code : "", error.words);
      return null;
    }
    say(words.not_checked);
    return {};
  }
}

function begin(code, key, invitation) {
  const carried = person.record; // answers given under a code that was replaced meanwhile
  const fresh = { until: page.closesAt, answers: {}, at: 0, layout: "", started: false };
  const record = { ...fresh, ...store.read(key), ...carried, ...invitation };
  Object.assign(person, { code, key, record });
  tab.set(code);
  restore(record.answers);
  if (record.layout) choose(record.layout);
  if (record.started) return showBallot();
  return show("introduction");
}

function askForCode(typed, problem) {
  show("code-form");
  byId("code").value = typed;
  if (problem) complain(problem);
}

// ------------------------------------------------------------------ screens

const panels = ["code-form", "introduction", "ballot", "waiting", "done"].map(byId);
const shared = byId("shared").parentElement;
let shown = null;

/** Show one panel, or none while the first attempt to send is under way. */
function show(id) {
  const moved = shown !== null; // a page that has just opened is read from its beginning
  shown = id;
  for (const panel of panels) panel.hidden = panel.id !== id;
  byId("about").hidden = !["code-form", "introduction"].includes(id);
  shared.hidden = !["waiting", "refused", "done"].includes(id);
  if (!moved || !byId(id) || id === "ballot") return;
  lead(id === "code-form" ? byId("code") : byId(id).querySelector("h2") || byId(id));
}

/** Move the eye and the screen reader to `place`. */
function lead(place) {
  if (!place.matches("a, button, input, select, textarea")) place.tabIndex = -1;
  place.focus({ preventScroll: true });
  const within = place.matches("h2") ? "form" : "fieldset, form"; // progress stands above titles
  (place.closest(within) || place).scrollIntoView({ block: "start" });
}

function say(text) {
  byId("status").textContent = text;
}

/** Say what is wrong; at the question `field`, or at the top. */
function complain(text, field) {
  clearMessages();
  if (field) leadToField(field);
  byId("problems").textContent = text;
  if (!field) {
    byId("problems").scrollIntoView({ block: "start" });
    return;
  }
  const note = document.createElement("p");
  Object.assign(note, { className: "error", id: `e-${field.dataset.field}`, textContent: text });
  field.querySelector("legend").after(note);
  field.classList.add("wrong");
  field.setAttribute("aria-describedby", note.id);
}

function clearMessages() {
  byId("problems").textContent = "";
  say("");
  for (const field of form.querySelectorAll("fieldset.wrong")) {
    field.classList.remove("wrong");
    field.removeAttribute("aria-describedby");
    field.querySelector("p.error").remove();
  }
}

function fill(sentence, gaps) {
  return sentence.replace(/\{(\w+)\}/g, (_, name) => gaps[name]);
}

// ------------------------------------------------------------------ the questions

const REVIEW = groups.length; // the screen after the last group
const isExtra = (group) => !group.querySelector('fieldset[data-field^="0."]');
const lastNeeded = groups.filter((group) => !isExtra(group)).length - 1;
const review = makeReview();

function makeReview() {
  const section = document.createElement("section");
  section.id = "overview";
  section.setAttribute("aria-labelledby", "overview-title");
  section.innerHTML = '<h2 id="overview-title" tabindex="-1"></h2><p></p><ul class="facts"></ul>';
  section.querySelector("h2").textContent = words.review_title;
  groups[groups.length - 1].after(section);
  return section;
}

const oneByOne = () => person.record.layout !== "all";

function choose(layout) {
  for (const radio of document.getElementsByName("layout")) radio.checked = radio.value === layout;
}

function showBallot() {
  store.write(person.key, person.record);
  if (!history.state) history.pushState({ survey: "ballot" }, "");
  show("ballot");
  go(person.record.at);
  keepPage();
}

/** Show group `at`, or the review; on one page, go there. */
function go(at, place) {
  const record = person.record;
  record.at = Math.min(Math.max(at, 0), REVIEW);
  const reviewing = record.at === REVIEW;
  groups.forEach((group, number) => {
    group.hidden = reviewing || (oneByOne() && number !== record.at);
  });
  review.hidden = !reviewing;
  if (reviewing) listSkipped();
  byId("back").hidden = !reviewing && (!oneByOne() || record.at === 0);
  byId("next").hidden = reviewing || !oneByOne() || record.at === REVIEW - 1;
  byId("review").hidden = reviewing || (oneByOne() && record.at < lastNeeded);
  byId("send").hidden = !reviewing;
  switcher.hidden = reviewing;
  switcher.textContent = oneByOne() ? words.show_all : words.show_groups;
  showProgress();
  saveDraft();
  if (!person.record) return; // another tab has sent it
  const screen = reviewing ? review : groups[record.at];
  lead(place || (oneByOne() || reviewing ? screen : groups[0]).querySelector("h2"));
}

const switcher = makeButton("", switchLayout);
form.append(switcher);

function makeButton(text, work) {
  const button = document.createElement("button");
  Object.assign(button, { type: "button", className: "link", textContent: text });
  button.addEventListener("click", work);
  return button;
}

function switchLayout() {
  person.record.layout = oneByOne() ? "all" : "groups";
  choose(person.record.layout);
  go(person.record.at);
}

function showProgress() {
  const answered = fields.filter((field) => answerOf(field) !== null).length;
  const { at } = person.record;
  byId("progress").max = fields.length;
  byId("progress").value = answered;
  const sentence = oneByOne() && at < REVIEW ? words.progress_group : words.progress;
  byId("progress-words").textContent = fill(sentence, {
    group: at + 1, groups: REVIEW, n: answered, total: fields.length,
  });
}

function listSkipped() {
  const skipped = fields.filter((field) => answerOf(field) === null);
  const [intro] = review.getElementsByTagName("p");
  intro.textContent = skipped.length
    ? fill(words.skipped, { n: skipped.length }) : words.nothing_skipped;
  const links = groups.flatMap((group) => linksToSkipped(group, skipped));
  const list = review.querySelector("ul");
  list.textContent = "";
  for (const [name, field] of links) {
    const item = document.createElement("li");
    item.append(makeButton(name, () => leadToField(field)));
    list.append(item);
  }
}

/** One link for a group that was left out as a whole, else one per question. */
function linksToSkipped(group, skipped) {
  const here = skipped.filter((field) => group.contains(field));
  const n = group.querySelectorAll("fieldset[data-field]").length;
  if (n === 1 || here.length < n) return here.map((field) => [nameOf(field), field]);
  const title = group.querySelector("h2").textContent.trim();
  return [[fill(words.group_skipped, { title, n }), here[0]]];
}

function nameOf(field) {
  const legend = field.querySelector("legend");
  return (legend || field).textContent.trim().replace(/\s+/g, " ");
}

function leadToField(field) {
  const input = field.querySelector("input:checked, input, textarea, select");
  show("ballot");
  go(groups.indexOf(field.closest("section[data-group]")), input);
}

/** Return the answer of a question as the server takes it, null for none. */
function answerOf(field) {
  const { kind } = field.dataset;
  if (kind === "comment") return field.querySelector("textarea").value.trim() || null;
  const chosen = [...field.querySelectorAll("input:checked")].map((input) => input.value);
  if (kind === "choose_k") return chosen.length ? chosen : null;
  return chosen.length && chosen[0] !== "" ? Number(chosen[0]) : null;
}

function answersGiven() {
  const given = fields.map((field) => [field.dataset.field, answerOf(field)]);
  return Object.fromEntries(given.filter(([, answer]) => answer !== null));
}

function restore(answers) {
  form.reset();
  for (const field of fields) {
    const answer = answers[field.dataset.field];
    if (field.dataset.kind === "comment") field.querySelector("textarea").value = answer || "";
    const chosen = [].concat(answer === undefined ? [] : answer).map(String);
    for (const input of field.querySelectorAll("input")) {
      input.checked = chosen.includes(input.value);
    }
    count(field);
    offerClearing(field);
  }
}

/** A radio button, once chosen, stays so by itself: let the answer be taken back. */
function offerClearing(field) {
  const offered = field.querySelector("button.clear");
  const chosen = field.querySelector("input[type=radio]:checked");
  if (!chosen) {
    if (offered) offered.remove();
    return;
  }
  const button = offered || makeButton(words.clear, () => clear(field));
  button.classList.add("clear");
  button.setAttribute("aria-label", words.clear_answer);
  chosen.closest("label").after(button);
}

function clear(field) {
  const inputs = field.querySelectorAll("input");
  for (const input of inputs) input.checked = false;
  inputs[0].focus();
  answered(field);
}

/** An answer was given, changed or taken back. */
function answered(field) {
  offerClearing(field);
  saveDraft();
  if (person.record) showProgress();
}

/** Show how many of a list are chosen; no more than asked for can be. */
function count(field, changed) {
  if (field.dataset.kind !== "choose_k") return;
  const most = Number(field.dataset.choose);
  const n = () => field.querySelectorAll("input:checked").length;
  if (changed && n() > most) {
    changed.checked = false;
    say(fill(words.enough, { k: most }));
  } else if (changed) {
    say("");
  }
  const counter = field.querySelector("[data-count]");
  if (counter) counter.textContent = fill(words.chosen, { n: n(), k: most });
}

function saveDraft() {
  const { key, record } = person;
  if (!record || !record.started) return;
  const kept = store.read(key);
  if (isQueued(kept) || store.isSent(key)) {
    takeOver(); // sent in another tab
    return;
  }
  record.answers = answersGiven();
  store.write(key, record);
}

/** Another tab has sent this person's answers, or is about to: follow it. */
function takeOver() {
  const { key } = person;
  person.record = null;
  if (store.isSent(key)) showDone();
  else deliver(key);
}

// ------------------------------------------------------------------ sending

function send() {
  clearMessages();
  const answers = answersGiven();
  if (!Object.keys(answers).length) return complain(words.none_answered, fields[0]);
  const uneven = fields.find((field) => isUneven(field));
  if (uneven) {
    const { choose: k } = uneven.dataset;
    return complain(fill(words.choose_exactly, { k, n: answerOf(uneven).length }), uneven);
  }
  const { code, key, record } = person;
  if (isQueued(store.read(key)) || store.isSent(key)) return takeOver();
  const needed = record.signature ? undefined : code; // a ballot that is drawn needs no code
  store.write(key, { ...record, answers, code: needed, queued: true });
  person.record = null;
  return deliver(key);
}

function isUneven(field) {
  const answer = answerOf(field);
  const { kind, choose: k } = field.dataset;
  return kind === "choose_k" && answer && answer.length !== Number(k);
}

/** Try until the server has said "sent" or "no"; a person may close the page meanwhile. */
async function deliver(key) {
  const nobody = () => !person.code && (!shown || shown === "waiting");
  const ours = () => key === person.key || nobody();
  if (ours() && shown !== "waiting") show("");
  if (ours()) say(words.sending);
  if (underway.has(key)) return;
  underway.set(key, () => {});
  for (let tries = 0; ; tries += 1) {
    const error = await attempt(key, tries);
    if (!error || error.status || error.gone) {
      underway.delete(key);
      finish(key, error, ours());
      return;
    }
    if (ours()) showWaiting(error.words);
    await pause(key, tries);
    if (ours()) say(words.sending);
  }
}

/** Return undefined when sent, otherwise what came between. */
async function attempt(key, tries) {
  const again = tries ? `?${tries}` : ""; // a browser may remember that a file did not come
  try {
    const sending = await import(words.sending_js + again);
    const blind = () => import(words.blind_js + again);
    await sending.deliver({ key, store, ask, blind });
    return undefined;
  } catch (error) {
    return error;
  }
}

function pause(key, tries) {
  const seconds = Math.min(2 ** (tries + 1), LONGEST_PAUSE_SECONDS) * (0.75 + Math.random() / 2);
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, seconds * 1000);
    underway.set(key, () => { clearTimeout(timer); resolve(); });
  });
}

function tryNow() {
  for (const wake of underway.values()) wake();
}

function finish(key, error, ours) {
  if (!error || store.isSent(key)) {
    if (ours) showDone();
    else say(words.other_sent);
    return;
  }
  const record = store.read(key);
  if (error.reason === "taken") store.remove(key);
  if (!ours) return;
  if (error.status === 422 && record) correct(key, record, error);
  else if (error.reason === "unknown" && record) replaceCode(key, record, error);
  else if (error.gone || error.reason === "taken") leave(error.words || words.gone);
  else refuse(error.words);
}

/** The server did not take the answers as they are; nothing was stored there. */
function correct(key, record, error) {
  const { code, queued, ...draft } = record;
  Object.assign(person, { key, record: draft, code: code || person.code });
  store.write(key, draft);
  restore(draft.answers);
  show("ballot");
  const field = fields.find((one) => one.dataset.field === error.field) || fields[0];
  complain(error.words, field);
}

/** The code was replaced by another; what was answered goes on under that. */
function replaceCode(key, record, error) {
  const { code, queued, ...draft } = record;
  store.remove(key);
  Object.assign(person, { code: "", key: "", record: draft });
  tab.clear();
  askForCode(code || "", error.words);
}

function leave(sentence) {
  forget();
  askForCode("", sentence);
}

/** Closed, or refused for good: the answers stay on the phone, nothing is tried by itself. */
function refuse(sentence) {
  show("refused");
  complain(`${sentence} ${words.kept}`);
}

/** Not sent yet: say so, and that it is tried again. */
function showWaiting(sentence) {
  if (shown !== "waiting") show("waiting");
  say([sentence, words.trying].filter(Boolean).join(" "));
}

function showDone() {
  forget();
  clearMessages();
  show("done");
}

/** Nothing of a person stays on the page. */
function forget() {
  Object.assign(person, { code: "", key: "", record: null });
  tab.clear();
  restore({});
  byId("code").value = "";
}

/** Ask the server; throw a refusal with `status`, or an error without when nothing came back. */
async function ask(what, body) {
  const patience = new AbortController();
  const timer = setTimeout(() => patience.abort(), REQUEST_SECONDS * 1000);
  try {
    const answer = await fetch(`${base}${what}/`, {
      method: "POST",
      headers: { "Content-Type": "application/json" },
      body: JSON.stringify(body),
      credentials: "omit",
      cache: "no-store",
      signal: patience.signal,
    });
    const said = await answer.json(); // whatever stands between may answer, but not like this
    if (answer.ok) return said;
    const final = said.reason && answer.status < 500 && answer.status !== 429;
    throw Object.assign(new Error(said.words), {
      words: words[`reason_${said.reason}`] || said.words, reason: said.reason, field: said.field,
      status: final ? answer.status : undefined,
    });
  } finally {
    clearTimeout(timer);
  }
}

// ------------------------------------------------------------------ without a line

/** Have the page kept on the phone, from now on that somebody answers. */
async function keepPage() {
  if (!navigator.serviceWorker) return;
  try {
    await navigator.serviceWorker.register(`${base}pekerja.js`, { scope: base });
    const registration = await navigator.serviceWorker.ready;
    const files = [...document.querySelectorAll("link[rel=stylesheet], script[src]")]
      .map((one) => new URL(one.href || one.src))
      .filter((address) => address.origin === location.origin)
      .map((address) => address.pathname);
    const answered = new MessageChannel();
    answered.port1.onmessage = ({ data }) => { page.kept = data; };
    const keep = [location.pathname, ...files, words.sending_js, words.blind_js];
    registration.active.postMessage({ keep }, [answered.port2]);
  } catch { /* the page then needs a line to open again; answers are kept all the same */ }
}

// ------------------------------------------------------------------ start

function listen() {
  byId("code-form").addEventListener("submit", (event) => {
    event.preventDefault();
    enter(byId("code").value);
  });
  byId("start").addEventListener("click", () => {
    const { record } = person;
    const chosen = document.querySelector("input[name=layout]:checked");
    Object.assign(record, { started: true, layout: chosen ? chosen.value : "groups" });
    showBallot();
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault(); // the Enter key submits from every screen
    if (!person.record) return; // another tab has just sent it
    if (person.record.at === REVIEW) send();
    else if (oneByOne()) go(person.record.at + 1);
  });
  form.addEventListener("input", (event) => {
    const field = event.target.closest("fieldset[data-field]");
    if (!field) return;
    count(field, event.target);
    answered(field);
  });
  byId("back").addEventListener("click", () => go(oneByOne() ? person.record.at - 1 : 0));
  byId("next").addEventListener("click", () => go(person.record.at + 1));
  byId("review").addEventListener("click", () => go(REVIEW));
  byId("shared").addEventListener("click", () => {
    forget();
    clearMessages();
    askForCode("");
  });
  addEventListener("online", tryNow);
  addEventListener("pagehide", saveDraft);
  document.addEventListener("visibilitychange", () => {
    if (document.hidden) saveDraft();
    else tryNow();
  });
  addEventListener("storage", ({ key }) => {
    if (person.record && (key === person.key || key === `${person.key}.sent`)) followOtherTab();
  });
  addEventListener("hashchange", () => {
    const code = codeFromAddress();
    saveDraft();
    if (code) enter(code);
  });
  addEventListener("popstate", goBack);
}

function followOtherTab() {
  if (isQueued(store.read(person.key)) || store.isSent(person.key)) takeOver();
}

/** The phone's own way back goes back one group. */
function goBack() {
  if (!person.record || form.hidden) return;
  const { at } = person.record;
  if (at === 0 || (at < REVIEW && !oneByOne())) {
    saveDraft();
    show("introduction");
    return;
  }
  history.pushState({ survey: "ballot" }, "");
  go(oneByOne() ? at - 1 : 0);
}

function retry() {
  tryNow();
  for (const key of store.waiting()) deliver(key);
}

function start() {
  store.removeExpired();
  for (const panel of panels) panel.hidden = true; // until it is known who is here
  app.hidden = false;
  byId("loading").hidden = true;
  byId("done").after(shared);
  const button = makeButton(words.try_now, retry);
  button.className = "";
  byId("waiting").append(button);
  listen();
  const code = person.code = codeFromAddress() || tab.get();
  for (const key of store.waiting()) deliver(key);
  if (code) enter(code);
  else if (!underway.size) askForCode("");
  if (navigator.serviceWorker && navigator.serviceWorker.controller) keepPage();
}

// Without these (plain http, very old browsers) the way without script stays.
if (page.state === "open" && window.crypto && crypto.subtle) start();
