// What the pages do beyond plain forms. Every page works without it, except the live checks.
"use strict";
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
    const ask = async () => {
      const mine = ++asked, data = new FormData(form);
      const answer = await fetch(form.dataset.check, { method: "POST", body: data, headers: { "x-csrf-token": data.get("csrf") } });
      const text = await answer.text();
      if (mine === asked) into.innerHTML = text;
    };
    form.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 350); });
    if (form.dataset.now !== undefined) ask();
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
  // A slider that names what it stands at.
  for (const slider of document.querySelectorAll("input[type=range][data-names]")) {
    const names = JSON.parse(slider.dataset.names), out = document.getElementById(slider.dataset.out), sent = document.getElementById(slider.dataset.sends);
    slider.addEventListener("input", () => { out.textContent = names[slider.value][1]; sent.value = names[slider.value][0]; slider.setAttribute("aria-valuetext", names[slider.value][1]); });
  }
  for (const one of document.querySelectorAll("[data-print]")) one.addEventListener("click", () => print());
});
