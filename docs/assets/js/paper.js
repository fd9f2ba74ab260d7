// A page is printed in the colours of light, whatever the screen shows.
(() => {
  "use strict";

  let shown = null;

  addEventListener("beforeprint", () => {
    shown ??= document.body.dataset.mdColorScheme ?? null;
    if (shown !== null) document.body.dataset.mdColorScheme = "default";
  });
  addEventListener("afterprint", () => {
    if (shown !== null) document.body.dataset.mdColorScheme = shown;
    shown = null;
  });
})();
