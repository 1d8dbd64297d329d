// The little that needs a script: the print button, which is hidden where no script runs. Every page reads well without it.
// @ts-check
document.addEventListener("click", (event) => {
  const target = event.target instanceof Element ? event.target.closest("[data-print]") : null;
  if (target) window.print();
});

document.documentElement.classList.add("has-script");
