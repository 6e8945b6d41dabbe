(() => {
  const out = [];
  const say = (kind, e, more) => out.push(kind + ": " + where(e) + (more ? ": " + more : ""));
  const where = (e) => {
    if (!e || !e.tagName) return "";
    const text = (e.textContent || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return "<" + e.tagName.toLowerCase() + (e.id ? " id=" + e.id : "") + (e.getAttribute("class") ? " class=" + e.getAttribute("class") : "") + "> " + JSON.stringify(text);
  };
  const width = document.documentElement.clientWidth;
  const rect = (e) => e.getBoundingClientRect();
  const seen = (e) => { const r = rect(e); return r.width > 0 && r.height > 0 && e.checkVisibility({ visibilityProperty: true }); };
  const meet = (a, b, slack) => a.left + slack < b.right && b.left + slack < a.right && a.top + slack < b.bottom && b.top + slack < a.bottom;
  const within = (a, b, slack) => a.left >= b.left - slack && a.right <= b.right + slack && a.top >= b.top - slack && a.bottom <= b.bottom + slack;
  const scrolls = (e) => {
    for (let p = e.parentElement; p && p !== document.body; p = p.parentElement) {
      if (/auto|scroll/.test(getComputedStyle(p).overflowX)) return true;
    }
    return false;
  };

  // The page is not wider than the window, and nothing stands outside.
  if (document.documentElement.scrollWidth > width + 1) out.push("wide: the page is " + document.documentElement.scrollWidth + " px wide in a window of " + width);
  for (const e of document.body.querySelectorAll("*")) {
    if (e.closest("svg") && e.tagName !== "svg" || !seen(e) || scrolls(e) || e.classList.contains("skip")) continue;
    const r = rect(e);
    if (r.right > width + 1 || r.left < -1 || r.top + scrollY < -1) say("outside", e, Math.round(r.left) + " to " + Math.round(r.right));
    const s = getComputedStyle(e);
    if (e.tagName !== "svg" && /hidden|clip/.test(s.overflowX + s.overflowY) && (e.scrollWidth > e.clientWidth + 1 || e.scrollHeight > e.clientHeight + 1)) say("cut", e);
  }

  // Neighbours do not lie over each other.
  for (const p of document.body.querySelectorAll("body, header, main, .frame, section, article, .blocks, .head, figure, .verdict, dl, dl > div, .legend, .legend li, nav li")) {
    const children = [...p.children].filter((e) => seen(e) && !e.classList.contains("skip") && e.tagName !== "STYLE" && getComputedStyle(e).position !== "absolute");
    for (let i = 0; i < children.length; i++) {
      for (let k = i + 1; k < children.length && k < i + 4; k++) {
        if (meet(rect(children[i]), rect(children[k]), 1)) say("overlap", children[i], where(children[k]));
      }
    }
  }

  // What stands in a cell, a heading or a badge stays in it.
  for (const e of document.querySelectorAll("td, th, h1, h2, h3, dd, dt, caption, figcaption, .badge")) {
    const walk = document.createTreeWalker(e, NodeFilter.SHOW_TEXT);
    for (let n = walk.nextNode(); n; n = walk.nextNode()) {
      if (!n.data.trim() || !seen(n.parentElement)) continue;
      const range = document.createRange();
      range.selectNodeContents(n);
      const r = range.getBoundingClientRect();
      if (r.left < rect(e).left - 1.5 || r.right > rect(e).right + 1.5) say("sticks out", e, Math.round(r.right - rect(e).right) + " px");
    }
  }

  // What is drawn stays inside its drawing, and its texts apart.
  for (const svg of document.querySelectorAll("svg")) {
    if (!seen(svg)) continue;
    const box = rect(svg);
    const texts = [...svg.querySelectorAll("text")];
    for (const e of [...texts, ...svg.querySelectorAll("path")]) {
      const r = rect(e);
      if ((r.width || r.height) && !within(r, box, 1.5)) say("drawn outside", e, [r.left - box.left, r.right - box.right, r.top - box.top, r.bottom - box.bottom].map((x) => x.toFixed(1)).join(" "));
    }
    for (let i = 0; i < texts.length; i++) {
      for (let k = i + 1; k < texts.length; k++) {
        if (meet(rect(texts[i]), rect(texts[k]), 2)) say("overlap", texts[i], where(texts[k]));
      }
    }
    if (svg.getAttribute("aria-hidden") !== "true" && (svg.getAttribute("role") !== "img" || !svg.getAttribute("aria-label") || !svg.querySelector(":scope > title"))) say("unlabelled", svg);
  }

  // Texts can be read: large enough, and in a colour that differs from what is behind it.
  const channel = (v) => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; };
  const light = (c) => 0.2126 * channel(c[0]) + 0.7152 * channel(c[1]) + 0.0722 * channel(c[2]);
  const colour = (s) => { const m = s.match(/[\d.]+/g); return m ? m.map(Number) : [0, 0, 0, 0]; };
  const behind = (e) => {
    for (let p = e; p; p = p.parentElement) {
      const c = colour(getComputedStyle(p).backgroundColor);
      if (c.length === 3 || c[3] > 0.99) return c;
    }
    return matchMedia("(prefers-color-scheme: dark)").matches ? [18, 18, 18] : [255, 255, 255];
  };
  const said = new Set();
  const walk = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  for (let n = walk.nextNode(); n; n = walk.nextNode()) {
    const e = n.parentElement;
    if (!n.data.trim() || said.has(e) || e.tagName === "STYLE" || e.tagName === "title" || !seen(e)) continue;
    said.add(e);
    const s = getComputedStyle(e), svg = e.closest("svg");
    let size = parseFloat(s.fontSize);
    if (svg && svg.viewBox.baseVal && svg.viewBox.baseVal.width) size *= rect(svg).width / svg.viewBox.baseVal.width;
    if (size < 11) say("small", e, size.toFixed(1) + " px");
    if (svg && (e.classList.contains("on") || e.classList.contains("over"))) continue; // over a colour of the drawing
    const a = light(colour(svg ? s.fill : s.color)), b = light(behind(svg || e));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05);
    if (contrast < 4.5) say("faint", e, contrast.toFixed(2));
  }

  // The page is as dark as the reader wants it, and so are its cards; what is drawn for data can be told from what is behind it.
  const dark = matchMedia("(prefers-color-scheme: dark)").matches;
  for (const e of [document.body, ...document.querySelectorAll("section > .blocks, article, .verdict")]) {
    const l = light(behind(e));
    if (dark ? l > 0.1 : l < 0.75) say("scheme", e, "luminance " + l.toFixed(2));
  }
  const pale = new Set();
  for (const e of document.querySelectorAll("svg .bars, svg .line, svg .f0, svg .f1, svg .dots, svg.bar path")) {
    const s = getComputedStyle(e), stroked = e.classList.contains("line");
    const a = light(colour(stroked ? s.stroke : s.fill)), b = light(behind(e.closest("svg")));
    const contrast = (Math.max(a, b) + 0.05) / (Math.min(a, b) + 0.05), kind = e.getAttribute("class");
    if (contrast < 3 && seen(e) && !pale.has(kind)) { pale.add(kind); say("pale", e, contrast.toFixed(2)); }
  }

  // What those need who do not see the page: captions, scopes, headings in order, names that are there once, links that lead somewhere.
  let level = 0;
  for (const e of document.querySelectorAll("h1, h2, h3, h4, h5, h6")) {
    const l = Number(e.tagName[1]);
    if (l > level + 1) say("heading", e, "after level " + level);
    level = l;
    if (!e.textContent.trim()) say("heading", e, "empty");
  }
  if (document.querySelectorAll("h1").length !== 1) out.push("heading: want one h1");
  for (const e of document.querySelectorAll("table")) if (!e.caption || !e.caption.textContent.trim()) say("caption", e);
  for (const e of document.querySelectorAll("th")) if (!e.scope) say("scope", e);
  const ids = new Set();
  for (const e of document.querySelectorAll("[id]")) { if (ids.has(e.id)) say("twice", e); ids.add(e.id); }
  for (const e of document.querySelectorAll("a[href^='#']")) if (!ids.has(decodeURIComponent(e.getAttribute("href").slice(1)))) say("leads nowhere", e);
  if (!document.documentElement.lang || !document.title.trim()) out.push("page: want a language and a title");
  return out.slice(0, 40);
})()
