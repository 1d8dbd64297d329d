/* Until Tillhand's loader has come, calls wait in a queue. A file of its own, because the shop's policy allows no inline script. */
window.Tillhand = window.Tillhand || function () {
  (window.Tillhand.q = window.Tillhand.q || []).push(arguments);
};
