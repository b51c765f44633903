// What the pages do beyond plain forms. Every page works without it, except the live checks.
"use strict";
const failed = (status) => ({ 200: "you are signed out", 401: "you are signed out", 409: "this page is of another centre, or out of date: open it again", 429: "too many requests, wait a minute" })[status] || `the service could not (${status})`;
const warning = (words) => { const said = document.createElement("span"); said.className = "warn failed"; said.textContent = words; return said; };
addEventListener("DOMContentLoaded", () => {
  // A choice that is sent as soon as it is made.
  for (const one of document.querySelectorAll("[data-submit]")) one.addEventListener("change", () => one.form.requestSubmit());
  // Ask before what cannot be taken back.
  for (const one of document.querySelectorAll("form[data-sure]"))
    one.addEventListener("submit", (event) => { if (!confirm(one.dataset.sure)) event.preventDefault(); });
  // A part of the page that is asked for anew when the form changes: <form data-check="/address" data-into="id">.
  for (const form of document.querySelectorAll("form[data-check]")) {
    const into = document.getElementById(form.dataset.into);
    let timer, asked = 0;
    // Until the answer to what stands in the form is there, the one before it is dimmed; where none comes, nothing is left to be taken for it.
    const stale = () => { asked++; into.classList.add("stale"); into.setAttribute("aria-busy", "true"); };
    const ask = async () => {
      const mine = asked, data = new FormData(form);
      let text = null, why = "the service did not answer";
      try {
        const answer = await fetch(form.dataset.check, { method: "POST", body: data, headers: { "x-csrf-token": data.get("csrf") || form.dataset.csrf } });
        if (answer.ok && !answer.redirected) text = await answer.text();
        else why = failed(answer.status);
      } catch { /* said below */ }
      if (mine !== asked) return;
      if (text !== null) into.innerHTML = text;
      else into.replaceChildren(warning(`Not checked: ${why}.`));
      into.classList.remove("stale");
      into.removeAttribute("aria-busy");
    };
    form.addEventListener("input", () => { stale(); clearTimeout(timer); timer = setTimeout(ask, 350); });
    if (form.dataset.now !== undefined) ask();
  }
  // A date in words beside its field, which shows it in the order of the browser's own language.
  for (const field of document.querySelectorAll("input[type=date][data-words]")) {
    const out = document.getElementById(field.dataset.words);
    const say = () => { out.textContent = field.valueAsDate ? field.valueAsDate.toLocaleDateString("en-GB", { day: "numeric", month: "short", year: "numeric", timeZone: "UTC" }) : ""; };
    field.addEventListener("input", say);
    say();
  }
  // Rows of a table that hold what is typed.
  for (const field of document.querySelectorAll("input[data-filter]")) {
    const rows = [...document.querySelectorAll(field.dataset.filter)], count = document.getElementById(field.dataset.count);
    const sift = () => {
      const wanted = field.value.trim().toLowerCase();
      let shown = 0;
      for (const row of rows) { row.hidden = !row.textContent.toLowerCase().includes(wanted); shown += !row.hidden; }
      if (count) count.textContent = `${shown} of ${rows.length}`;
    };
    field.addEventListener("input", sift);
    if (field.value) sift();
  }
  // What is of use only with this script.
  for (const one of document.querySelectorAll("[data-script]")) one.hidden = false;
  // A slider that names what it stands at.
  for (const slider of document.querySelectorAll("input[type=range][data-names]")) {
    const names = JSON.parse(slider.dataset.names), out = document.getElementById(slider.dataset.out), sent = document.getElementById(slider.dataset.sends);
    slider.addEventListener("input", () => { out.textContent = names[slider.value][1]; sent.value = names[slider.value][0]; slider.setAttribute("aria-valuetext", names[slider.value][1]); });
  }
  // A form whose answer takes a while says so, and is not sent twice.
  for (const form of document.querySelectorAll("form[data-busy]"))
    form.addEventListener("submit", () => {
      const said = document.createElement("p");
      said.setAttribute("role", "status");
      said.className = "state";
      form.append(said);
      setTimeout(() => { said.textContent = form.dataset.busy; for (const button of form.querySelectorAll("button")) button.disabled = true; });
    });
  addEventListener("pageshow", (event) => { if (event.persisted) for (const button of document.querySelectorAll("form[data-busy] button")) button.disabled = false; });
  // What goes on elsewhere (202), told every second until it is done: then the page is opened anew, unless that would throw
  // away what somebody has begun to fill in.
  let filling = false;
  for (const kind of ["input", "change"]) document.addEventListener(kind, () => { filling = true; });
  for (const one of document.querySelectorAll("[data-poll]")) {
    const ask = async () => {
      let why = "the service did not answer";
      try {
        const answer = await fetch(one.dataset.poll, { headers: { "x-csrf-token": "" } });
        if (answer.status === 202) { one.textContent = await answer.text(); setTimeout(ask, 1000); return; }
        if (answer.ok && !answer.redirected) {
          if (!filling) { location.reload(); return; }
          const link = Object.assign(document.createElement("a"), { href: location.href, textContent: "Show it" });
          one.replaceChildren("It is ready, and what you have begun to fill in is kept here until you go on. ", link);
          return;
        }
        why = failed(answer.status);
      } catch { /* said below */ }
      one.replaceChildren(warning(`How far it is cannot be told: ${why}. Open this page again.`));
    };
    setTimeout(ask, 1000);
  }
  for (const one of document.querySelectorAll("[data-print]")) one.addEventListener("click", () => print());
});
