// The little that needs a script: the print button, and a filter that is applied when it is changed. Every page reads well without it.
// @ts-check
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-print]") : null;
  if (target) window.print();
});

document.addEventListener("change", (event) => {
  const form = event.target instanceof HTMLSelectElement ? event.target.form : null;
  if (form?.matches("[data-apply-on-change]")) form.requestSubmit();
});

document.documentElement.classList.add("has-script");
