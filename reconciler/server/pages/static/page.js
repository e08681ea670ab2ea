// Keys, the help, and saying so when the page has lost touch: what is shown then is old, and is not to be
// taken for the present. Everything else works without this file.
"use strict";
(() => {
  const find = (selector) => document.querySelector(selector);
  const rows = () => [...document.querySelectorAll("[data-row]")].filter((row) => row.querySelector("a"));

  function step(by) {
    const all = rows();
    if (!all.length) return;
    const at = all.findIndex((row) => row.contains(document.activeElement));
    const next = at < 0 ? 0 : Math.min(all.length - 1, Math.max(0, at + by));
    all[next].querySelector("th a, a").focus();
    all[next].scrollIntoView({ block: "nearest" });
  }

  const keys = {
    "/": () => find("#q") ? find("#q").focus() : location.assign(`${find(".mark").href}#q`),
    j: () => step(1),
    k: () => step(-1),
    n: () => find("a[rel=next]")?.click(),
    p: () => find("a[rel=prev]")?.click(),
    g: () => find(".mark").click(),
    "?": () => find("#help").showModal(),
  };

  document.addEventListener("keydown", (event) => {
    if (event.ctrlKey || event.metaKey || event.altKey || find("#help")?.open) return;
    if (event.target.closest("input, select, textarea")) {
      if (event.key === "Escape") event.target.blur();
      return;
    }
    const act = keys[event.key];
    if (act) {
      event.preventDefault();
      act();
    }
  });

  if (find("[data-passing]")) setTimeout(() => location.reload(), 5000);
  if (location.hash === "#q") find("#q")?.focus();

  // The page asks every five seconds. No answer in twenty, or an answer that is an error: say so.
  let heard = Date.now();
  let why = "";
  function say() {
    const lost = why !== "" || Date.now() - heard > 20000;
    const text = `${why || "The controller does not answer."} What you see is as of ${new Date(heard).toLocaleTimeString()}.`;
    document.body.classList.toggle("is-lost", lost);
    const note = find("#lost");
    if (!note || note.hidden === !lost && (!lost || note.textContent === text)) return;
    note.hidden = !lost;
    note.textContent = lost ? text : "";
  }
  function answered(event) {
    const answer = event.detail.ctx.response;
    if (answer.status < 400) {
      heard = Date.now();
      why = "";
    } else {
      why = `The controller answers with an error (${answer.status}).`;
    }
    say();
  }
  function failed() {
    why = "The controller does not answer.";
    say();
  }
  // Whoever is no longer logged in is sent to the login, and would find its page swapped into this one.
  function elsewhere(event) {
    if (!event.detail.ctx.response.raw.redirected) return;
    event.preventDefault();
    location.reload();
  }
  if (find("#lost")) {
    document.addEventListener("htmx:before:response", elsewhere);
    document.addEventListener("htmx:after:request", answered);
    document.addEventListener("htmx:error", failed);
    document.addEventListener("htmx:sse:error", failed);
    setInterval(say, 2000);
  }
})();
