/* Comfort for browsers with script: the cart opens as a drawer, and sums follow the choices. Every form works without this file. */
(function () {
  "use strict";
  const drawer = document.getElementById("drawer");

  /* Send a form, then take the live parts (drawer, count, sums) out of the page that comes back. */
  async function sendQuietly(form) {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(new FormData(form)) });
    if (!answer.ok) throw new Error("The shop answered " + answer.status);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    for (const part of document.querySelectorAll("[data-live]")) {
      const fresh = page.querySelector("[data-live=" + part.dataset.live + "]");
      if (fresh) part.replaceChildren(...fresh.childNodes);
    }
  }

  function onCartPage() {
    return location.pathname === "/cart" || location.pathname === "/checkout";
  }

  document.addEventListener("submit", function (event) {
    const form = event.target;
    if (!form.matches("[data-adds]") || (onCartPage() && !drawer.open)) return;
    event.preventDefault();
    sendQuietly(form).then(function () { if (!drawer.open) drawer.showModal(); }, function () { form.submit(); });
  });

  /* The answer about being remembered: told to the widget on this page, and to the shop for the next ones. */
  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-consents]") || !event.submitter) return;
    event.preventDefault();
    const answer = event.submitter.value;
    window.Tillhand("consent", answer);
    fetch("/consent", { method: "POST", body: new URLSearchParams({ answer: answer }) });
    event.target.remove();
  });

  document.addEventListener("change", function (event) {
    const form = event.target.closest("[data-chooses]");
    if (form) sendQuietly(form).catch(function () { form.submit(); });
  });

  document.addEventListener("click", function (event) {
    if (event.target === drawer) drawer.close();
    if (!event.target.closest("[data-opens-drawer]") || onCartPage()) return;
    event.preventDefault();
    drawer.showModal();
  });
})();
