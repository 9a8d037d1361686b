// What audits.py asks of a page. One expression: an object of functions, evaluated outside the page's own scripts.
({
  name(e) {
    const classes = String(e.className?.baseVal ?? e.className ?? "").trim();
    return e.tagName.toLowerCase() + (classes ? "." + classes.split(/\s+/).join(".") : "");
  },

  overflow() {
    const width = document.documentElement.clientWidth;
    const wide = document.documentElement.scrollWidth > width;
    if (!wide && window.innerWidth <= window.outerWidth + 1) return [];
    const framed = (e) => {
      for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
        if (getComputedStyle(p).overflowX !== "visible") return true;
      }
      return false;
    };
    const culprits = [...document.body.querySelectorAll("*")]
      .filter((e) => e.checkVisibility() && e.getBoundingClientRect().right > width + 0.5 && !framed(e))
      .slice(-4)
      .map(this.name);
    return [`page ${document.documentElement.scrollWidth} px wide for ${width}: ${culprits.join(", ")}`];
  },

  bars() {
    return [...document.body.querySelectorAll("*")].flatMap((e) => {
      const { position } = getComputedStyle(e);
      const box = e.getBoundingClientRect();
      if (!["fixed", "sticky"].includes(position) || !box.width) return [];
      const under = position === "fixed" && box.bottom > innerHeight + 0.5;
      const out = box.left < -0.5 || box.right > innerWidth + 0.5 || under;
      return out ? [`${this.name(e)}: from ${Math.round(box.left)} to ${Math.round(box.right)} of ${innerWidth}`] : [];
    });
  },

  targets(least) {
    const pressed = "a[href], button, input:not([type=hidden]), select, textarea, summary";
    const controls = ".bouton, .saisie, .navigation a, .puce, .tuile, .onglets a, .segments button, .compte > summary";
    return [...document.querySelectorAll(pressed)].flatMap((e) => {
      if (!e.checkVisibility({ visibilityProperty: true })) return [];
      if (e.matches(".evitement, .titre a, [tabindex='-1']")) return [];
      const choice = e.matches(".choix input");
      const box = (choice ? e.closest(".choix") : e).getBoundingClientRect();
      const inline = e.tagName === "A" && getComputedStyle(e).display === "inline";
      const wanted = choice || e.matches(controls) ? least : inline ? 0 : 24;
      const small = choice || e.matches("a, .saisie") ? box.height : Math.min(box.height, box.width);
      if (small >= wanted - 0.5) return [];
      const text = (e.textContent || e.name || "").trim().slice(0, 30);
      return [`${this.name(e)} «${text}»: ${Math.round(box.width)} × ${Math.round(box.height)}, wanted ${wanted}`];
    });
  },

  startTabbing() {
    window.auditStops = { first: null, count: 0 };
    document.activeElement?.blur?.();
  },

  // The present stop: what is wrong with it, and whether the tour is over. Null once out of the page.
  stop() {
    const e = document.activeElement;
    if (!e || e === document.body || e === document.documentElement) return null;
    const text = (e.textContent || e.getAttribute("aria-label") || e.name || "").trim().replace(/\s+/g, " ");
    const id = `${this.name(e)} «${text.slice(0, 40)}»`;
    const ringed = (s) => (s.outlineStyle !== "none" && parseFloat(s.outlineWidth) >= 2) || s.boxShadow !== "none";
    const faults = [];
    if (!ringed(getComputedStyle(e)) && !ringed(getComputedStyle(e, "::after"))) faults.push(`${id}: no visible focus`);
    const box = e.getBoundingClientRect();
    const [left, right] = [Math.max(box.left, 0), Math.min(box.right, innerWidth)];
    const [top, bottom] = [Math.max(box.top, 0), Math.min(box.bottom, innerHeight)];
    const points = [[0.5, 0.5], [0.1, 0.2], [0.9, 0.2], [0.1, 0.8], [0.9, 0.8]];
    const seen = ([x, y]) => {
      const over = document.elementFromPoint(left + (right - left) * x, top + (bottom - top) * y);
      return over && (e.contains(over) || over.contains(e));
    };
    if (right - left < 1 || bottom - top < 1) faults.push(`${id}: out of view`);
    else if (!points.some(seen)) faults.push(`${id}: covered`);
    const tour = window.auditStops;
    const over = tour.count > 0 && tour.first === e;
    tour.first ??= e;
    tour.count += 1;
    return { faults, over };
  },

  spacing() {
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(`
      * { line-height: 1.5 !important; letter-spacing: 0.12em !important; word-spacing: 0.16em !important }
      p { margin-block-end: 2em !important }`);
    document.adoptedStyleSheets = [sheet];
    const excused = ".hors-ecran, .evitement, .nom, progress, .saisie";
    return [...document.body.querySelectorAll("*")].flatMap((e) => {
      if (!["hidden", "clip"].includes(getComputedStyle(e).overflowY) || e.matches(excused)) return [];
      const cut = e.scrollHeight > e.clientHeight + 2 || e.scrollWidth > e.clientWidth + 2;
      return cut ? [`${this.name(e)}: text cut`] : [];
    });
  },
})
