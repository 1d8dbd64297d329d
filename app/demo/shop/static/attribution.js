/* Copies what the widget knows about this visit into the hidden fields of a form, at the moment the form is sent.
   Without the widget the fields stay empty and the shop works the same. */
(function () {
  "use strict";
  const NAMES = ["visitor", "click", "coupon", "work"];

  function attribution() {
    const widget = window.Tillhand;
    return widget && typeof widget.attribution === "function" ? widget.attribution() || {} : {};
  }

  document.addEventListener("submit", function (event) {
    if (!event.target.matches("[data-attribution]")) return;
    const said = attribution();
    for (const name of NAMES) {
      const field = event.target.elements["attribution_" + name];
      if (field && typeof said[name] === "string") field.value = said[name];
    }
  }, true);
})();
