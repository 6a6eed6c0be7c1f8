// Comforts of the standards desk; every page works without them: sums as one types, Alt+arrows, a question before removal.
"use strict";
(() => {
  const hundredths = (text) => {
    const found = /^\s*(\d{1,3})(?:\.(\d{1,2}))?\s*$/.exec(text);
    return found ? Number(found[1]) * 100 + Number((found[2] || "").padEnd(2, "0")) : text.trim() ? NaN : 0;
  };
  document.querySelectorAll("form[data-weights]").forEach((form) => {
    const tell = () => form.querySelectorAll("[data-sum]").forEach((output) => {
      const inputs = form.querySelectorAll(`input[data-column="${output.dataset.sum}"]`);
      const sum = [...inputs].reduce((total, input) => total + hundredths(input.value), 0);
      const span = output.querySelector("span");
      span.textContent = Number.isNaN(sum) ? "?" : String(sum / 100);
      span.dataset.ok = sum === 10000 ? "yes" : "no";
      span.title = sum === 10000 ? form.dataset.enough : form.dataset.less;
    });
    form.addEventListener("input", tell);
    tell();
  });

  document.querySelectorAll("form[data-writing]").forEach((form) => {
    let changed = false;
    form.addEventListener("input", () => { changed = true; });
    form.addEventListener("submit", (event) => {
      const asked = event.submitter?.dataset.remove;
      if (asked && !window.confirm(asked)) { event.preventDefault(); return; }
      changed = false;
    });
    window.addEventListener("beforeunload", (event) => { if (changed) event.preventDefault(); });
    form.addEventListener("keydown", (event) => {
      if (!event.altKey || (event.key !== "ArrowUp" && event.key !== "ArrowDown")) return;
      const button = event.target.closest("[data-item]")?.querySelector(event.key === "ArrowUp" ? "[data-up]" : "[data-down]");
      if (button && !button.disabled) { event.preventDefault(); button.click(); }
    });
  });

  // After the browser has gone to the place itself, which takes the focus away from where it was.
  if (location.hash.startsWith("#at-")) {
    window.addEventListener("load", () => setTimeout(() => document.querySelector(`${location.hash} textarea`)?.focus(), 50));
  }
})();
