// Light or dark: by the system, or as the reader last chose. Runs before the first paint, so it stays small.
"use strict";
(() => {
  const root = document.documentElement;
  const night = document.getElementById("night");
  const system = matchMedia("(prefers-color-scheme: dark)");
  const kept = () => { try { return localStorage.getItem("theme"); } catch { return null; } };
  const isDark = () => (kept() ?? (system.matches ? "dark" : "light")) === "dark";
  const apply = () => {
    root.dataset.theme = isDark() ? "dark" : "light";
    night.media = isDark() ? "screen" : "not all";
  };
  root.classList.add("has-script");
  apply();
  system.addEventListener("change", apply);
  addEventListener("DOMContentLoaded", () => {
    const button = document.querySelector("button.theme");
    if (!button) return;
    const say = () => button.setAttribute("aria-pressed", String(isDark()));
    say();
    button.addEventListener("click", () => {
      try { localStorage.setItem("theme", isDark() ? "light" : "dark"); } catch { /* private mode: for this page only */ }
      apply();
      say();
    });
  });
})();
