"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const { rows, words, columns, filters } = data;
  const size = 100;
  const state = { sort: -1, down: false, page: 0, on: new Set(), text: "", when: "" };
  let shown = [];

  const NS = "http://www.w3.org/2000/svg";
  const mark = (name, facts) => {
    const node = document.createElementNS(NS, name);
    for (const key in facts) node.setAttribute(key, facts[key]);
    return node;
  };
  const x = (value) => 4 + 1.52 * value;
  const mini = (estimate, base) => {
    const svg = mark("svg", { viewBox: "0 0 160 20", "aria-hidden": "true" });
    svg.append(mark("rect", { class: "track", x: 4, y: 8, width: 152, height: 4, rx: 2 }));
    if (estimate[1] !== null) {
      svg.append(mark("rect", { class: "rng", x: x(estimate[1]), y: 5, width: x(estimate[2]) - x(estimate[1]), height: 10, rx: 3 }));
    }
    if (base !== null) svg.append(mark("line", { class: "basel", x1: x(base), x2: x(base), y1: 1, y2: 19 }));
    svg.append(mark("circle", { class: "dot", cx: x(estimate[0]), cy: 10, r: 4.6 }));
    return svg;
  };
  const signed = (value) => (value > 0 ? "+" : "") + String(value).replace("-", "\u2212");

  const fill = {
    safety: (cell, v) => { cell.className = "saf s" + (v[0] >= 10 ? 3 : v[0] >= 4 ? 2 : 0); cell.textContent = (v[0] >= 4 ? "\u25B2 " : "") + words[v[1]]; },
    id: (cell, v) => { cell.className = "id"; cell.textContent = v; },
    word: (cell, v) => { cell.textContent = words[v]; },
    number: (cell, v) => { cell.className = "n"; cell.textContent = v === null ? "\u2013" : String(v); },
    change: (cell, v) => { cell.className = "n"; cell.textContent = v === null ? "\u2013" : signed(v); },
    estimate: (cell, v, c) => {
      cell.className = "est n";
      if (v === null) { cell.textContent = "\u2013"; return; }
      const range = v[1] === null ? "" : " (" + v[1] + "\u2013" + v[2] + ")";
      cell.textContent = (v[3] || String(v[0])) + range;
      cell.append(mini(v, c.base));
    },
    state: (cell, v) => {
      const tag = document.createElement("span");
      tag.className = "st " + data.states[v][1];
      tag.textContent = data.states[v][0];
      cell.append(tag);
    },
    why: (cell, v) => { cell.className = "why"; cell.textContent = words[v]; },
    link: (cell, v, c) => {
      if (!v) { cell.textContent = "\u2013"; return; }
      const link = document.createElement("a");
      link.href = "patients/" + v + ".html";
      link.textContent = c.word;
      cell.append(link);
    },
  };
  const value = (row, k) => {
    const v = row[k];
    if (v === null) return null;
    const kind = columns[k].kind;
    if (kind === "safety" || kind === "estimate") return v[0];
    if (kind === "word" || kind === "why") return words[v];
    return v;
  };
  const compare = (a, b) => (typeof a === "string" ? (a < b ? -1 : a > b ? 1 : 0) : a - b);
  const tests = {
    safety: (row) => row[0][0] >= 10,
    unanswered: (row) => row[0][0] === 5,
    none: (row) => data.states[row[data.state]][2] === "none",
    note: (row) => data.states[row[data.state]][2] === "note",
    page: (row) => Boolean(row[data.link]),
  };

  const select = () => {
    const text = state.text.toLowerCase();
    shown = rows.filter((row) => [...state.on].every((key) => tests[key](row)) && (!text || row[1].toLowerCase().includes(text)) && (!state.when || row[data.when] === Number(state.when)));
    const k = state.sort;
    if (k >= 0) {
      const turn = state.down ? -1 : 1;
      const keyed = shown.map((row, i) => [value(row, k), i, row]);
      keyed.sort((a, b) => {
        if (a[0] === null || b[0] === null) return a[0] === b[0] ? a[1] - b[1] : a[0] === null ? 1 : -1;
        return turn * compare(a[0], b[0]) || a[1] - b[1];
      });
      shown = keyed.map((entry) => entry[2]);
    }
    state.page = Math.min(state.page, Math.max(0, Math.ceil(shown.length / size) - 1));
  };
  const draw = () => {
    const first = state.page * size;
    const part = document.createDocumentFragment();
    for (const row of shown.slice(first, first + size)) {
      const line = document.createElement("tr");
      columns.forEach((column, k) => {
        const cell = document.createElement("td");
        fill[column.kind](cell, row[k], column);
        line.append(cell);
      });
      part.append(line);
    }
    $("rows").replaceChildren(part);
    const last = Math.min(first + size, shown.length);
    $("span").textContent = data.say.span.replace("{first}", shown.length ? first + 1 : 0).replace("{last}", last).replace("{n}", shown.length);
    $("status").textContent = data.say.status.replace("{n}", shown.length).replace("{all}", rows.length);
    $("prev").disabled = first === 0;
    $("next").disabled = last >= shown.length;
    $("warn").hidden = state.sort < 0 || columns[state.sort].kind !== "estimate";
    document.querySelectorAll("#list th").forEach((head, k) => {
      if (k === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  const remember = () => {
    const parts = [...state.on].map((key) => key + "=1");
    if (state.when) parts.push("from=" + state.when);
    if (state.sort >= 0) parts.push("sort=" + (state.down ? "-" : "") + columns[state.sort].key);
    history.replaceState(null, "", "#" + parts.join("&"));
  };
  const update = (quiet) => { select(); draw(); if (!quiet) remember(); };
  const restore = () => {
    for (const part of location.hash.slice(1).split("&")) {
      const [key, v] = part.split("=");
      if (filters.includes(key)) { state.on.add(key); $("f-" + key).checked = true; }
      if (key === "from" && words[v]) { state.when = v; $("w").value = v; }
      if (key === "sort" && v) {
        state.down = v.startsWith("-");
        state.sort = columns.findIndex((column) => column.key === v.replace("-", ""));
      }
    }
  };

  document.querySelectorAll("#list th").forEach((head, k) => {
    const button = document.createElement("button");
    button.type = "button";
    button.textContent = head.textContent;
    button.addEventListener("click", () => {
      state.down = state.sort === k ? !state.down : false;
      state.sort = k;
      state.page = 0;
      update();
    });
    head.replaceChildren(button);
  });
  $("q").addEventListener("input", (event) => { state.text = event.target.value; state.page = 0; update(); });
  for (const key of filters) {
    $("f-" + key).addEventListener("change", (event) => {
      if (event.target.checked) state.on.add(key); else state.on.delete(key);
      state.page = 0;
      update();
    });
  }
  for (const code of [...new Set(rows.map((row) => row[data.when]))].filter((code) => words[code])) {
    const option = document.createElement("option");
    option.value = code;
    option.textContent = words[code];
    $("w").append(option);
  }
  $("w").addEventListener("change", (event) => { state.when = event.target.value; state.page = 0; update(); });
  $("clear").addEventListener("click", () => {
    state.on.clear(); state.text = ""; state.when = ""; $("w").value = ""; state.sort = -1; state.down = false; state.page = 0;
    $("q").value = "";
    for (const key of filters) $("f-" + key).checked = false;
    update();
  });
  $("prev").addEventListener("click", () => { state.page -= 1; draw(); });
  $("next").addEventListener("click", () => { state.page += 1; draw(); });
  $("tools").hidden = false;
  $("pager").hidden = false;
  restore();
  update(true);
})();
