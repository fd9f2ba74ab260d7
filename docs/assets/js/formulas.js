// Typesets a page's formulas with the MathJax that lies beside this file, and says so on <html>:
// data-formulas is "pending", then "done", "none" (the page has none) or "failed".
//
// A classic script and not a module: browsers refuse modules on file://.
(() => {
  "use strict";

  const own = document.currentScript.src;
  const mathjax = new URL("../mathjax", own).href;
  const root = document.documentElement;

  const LINES = {
    indentalign: "left",
    indentshift: "1em",
    indentalignfirst: "left",
    indentshiftfirst: "0",
  };

  const configuration = {
    loader: {
      paths: { mathjax, fonts: `${mathjax}/fonts` },
      load: ["input/tex", "output/chtml", "a11y/assistive-mml"],
    },
    tex: {
      inlineMath: [["\\(", "\\)"]],
      displayMath: [["\\[", "\\]"]],
      processEnvironments: false,
      processRefs: false,
      packages: {
        "[+]": ["boldsymbol", "color"],
        // autoload and require fetch what is not shipped; noundefined would hide a mistake
        "[-]": ["autoload", "require", "noundefined"],
      },
      // before the attributes are inherited, at -6
      postFilters: [[indented, -10]],
    },
    output: { font: "mathjax-tex", displayOverflow: "linebreak", displayAlign: "left" },
    options: {
      ignoreHtmlClass: ".*|",
      processHtmlClass: "arithmatex",
    },
    startup: {
      typeset: false,
      ready() {
        // assistive-mml reports these as unknown where the menu is not loaded
        delete MathJax.config.options.menuOptions;
        // in the list above these may run before what they extend is there
        MathJax.loader
          .load("[tex]/boldsymbol", "[tex]/color")
          .then(() => {
            MathJax.config.chtml.linebreaks = { LinebreakVisitor: breaker() };
            MathJax.startup.defaultReady();
          })
          .catch(MathJax.config.loader.failed);
      },
    },
  };

  // A formula that is broken into lines stands on the left, its further lines a little in.
  function indented({ math, data }) {
    if (!math.display) return;
    for (const [name, value] of Object.entries(LINES)) data.root.attributes.set(name, value);
  }

  // MathJax breaks before × as readily as before +, and at a bracket. A product is read in one
  // piece, so that its signs, and the Σ of a sum within it, cost more than any other place in the
  // line; and no line begins or ends with a bracket that belongs to another.
  function breaker() {
    const { LinebreakVisitor, NOBREAK } = MathJax._.output.common.LinebreakVisitor;
    return class extends LinebreakVisitor {
      moPenalty(operator) {
        const penalty = super.moPenalty(operator); // counts brackets too
        if (operator.node.attributes.get("fence")) return NOBREAK;
        return /^[×⋅·∑∏]$/.test(operator.getText()) ? penalty + 4000 : penalty;
      }
    };
  }

  // What the library asks for one after another, asked for at once
  const PARTS = [
    "core.js",
    "input/tex.js",
    "output/chtml.js",
    "a11y/assistive-mml.js",
    "fonts/mathjax-tex-font/chtml.js",
    "input/tex/extensions/boldsymbol.js",
    "input/tex/extensions/color.js",
  ];

  function preload() {
    if (location.protocol === "file:") return;
    for (const part of PARTS) {
      const link = document.createElement("link");
      Object.assign(link, { rel: "preload", as: "script", href: `${mathjax}/${part}` });
      document.head.append(link);
    }
  }

  let library = null;

  function load() {
    library ??= new Promise((resolve, reject) => {
      preload();
      window.MathJax = configuration;
      configuration.loader.failed = reject;
      const script = document.createElement("script");
      script.src = `${mathjax}/startup.js`;
      script.onload = () => MathJax.startup.promise.then(resolve, reject);
      script.onerror = () => reject(new Error(`cannot load ${script.src}`));
      document.head.append(script);
    });
    return library;
  }

  // A batch at a time, from the top, so that the page is shown and answers in between; a page that
  // was left is not finished.
  const BATCH = 24;

  async function typeset(current) {
    const formulas = [...document.querySelectorAll(".arithmatex")];
    if (formulas.length === 0) return "none";
    await load();
    MathJax.typesetClear();
    MathJax.texReset();
    for (let next = 0; next < formulas.length && current(); next += BATCH) {
      if (next > 0) await new Promise((resolve) => setTimeout(resolve));
      await MathJax.typesetPromise(formulas.slice(next, next + BATCH));
    }
    reachable(document.querySelectorAll("div.arithmatex"));
    return "done";
  }

  // What scrolls is scrolled with the keyboard too.
  function reachable(lines) {
    const wide = [...lines].filter((line) => line.scrollWidth > line.clientWidth);
    for (const line of wide) {
      line.tabIndex = 0;
      line.setAttribute("role", "group");
      line.setAttribute("aria-label", "Formula");
    }
  }

  let queue = Promise.resolve();
  let latest = 0;

  function enqueue() {
    const mine = (latest += 1);
    const current = () => mine === latest;
    root.dataset.formulas = "pending";
    queue = queue.then(() => typeset(current)).then(
      (state) => {
        // a page that was left in the meantime does not speak for the one now shown
        if (current()) root.dataset.formulas = state;
      },
      (error) => {
        if (current()) root.dataset.formulas = "failed";
        console.error("formulas:", error);
      },
    );
  }

  if (location.protocol !== "file:" && typeof document$ !== "undefined") {
    document$.subscribe(enqueue); // Material's: once for each page, instant navigation included
  } else if (document.readyState === "loading") {
    document.addEventListener("DOMContentLoaded", enqueue);
  } else {
    enqueue();
  }
})();
