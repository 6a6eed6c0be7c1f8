// Small comforts. Every page works without them: drop and paste of files, print and copy buttons, a form that remembers
// what was typed (in this tab only) because the answer page must not repeat it.
"use strict";
(() => {
  const each = (selector, run) => document.querySelectorAll(selector).forEach(run);

  each("[data-print]", (button) => button.addEventListener("click", () => print()));

  each("[data-copy]", (button) => button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(button.dataset.copy);
    button.textContent = button.dataset.copied;
  }));

  each("[data-drop]", (zone) => {
    const input = zone.querySelector("input[type=file]");
    const take = (files) => {
      if (!files || !files.length) return false;
      input.files = files;
      input.dispatchEvent(new Event("change", { bubbles: true }));
      return true;
    };
    const over = (on) => (event) => { event.preventDefault(); zone.classList.toggle("is-over", on); };
    zone.addEventListener("dragenter", over(true));
    zone.addEventListener("dragover", over(true));
    zone.addEventListener("dragleave", over(false));
    zone.addEventListener("drop", (event) => { over(false)(event); take(event.dataTransfer.files); });
    document.addEventListener("paste", (event) => {
      if (event.target.closest?.("input, textarea")) return;
      if (take(event.clipboardData.files)) return;
      const text = zone.closest("form").querySelector("textarea");
      if (text) { text.value = event.clipboardData.getData("text"); text.closest("details")?.setAttribute("open", ""); }
    });
  });

  each("form[data-remember]", (form) => {
    const fields = [...form.querySelectorAll("input[type=text][name]")];
    try {
      if (form.dataset.remember === "fill") {
        const kept = JSON.parse(sessionStorage.getItem("check") || "{}");
        fields.forEach((field) => { field.value ||= kept[field.name] || ""; });
      }
      form.addEventListener("submit", () => {
        sessionStorage.setItem("check", JSON.stringify(Object.fromEntries(fields.map((field) => [field.name, field.value]))));
      });
    } catch { /* storage refused: nothing is remembered */ }
  });
})();
