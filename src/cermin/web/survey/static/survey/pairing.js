// Asks every few seconds whether the contact has typed the number; the form then shows the code.
"use strict";
const form = document.querySelector("form[data-wait]");
const ask = async () => {
  try {
    const answer = await fetch(form.action, {
      method: "POST", body: new URLSearchParams(new FormData(form)),
      headers: { Accept: "application/json" }, cache: "no-store",
    });
    if (answer.ok && !(await answer.json()).waiting) { form.submit(); return; }
  } catch { /* no line just now: asked again */ }
  setTimeout(ask, 3000);
};
if (form) setTimeout(ask, 3000);
