"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const { rows, words, columns, filters } = data;
  const size = 100;
  const state = { sort: -1, down: false, page: 0, on: new Set(), text: "", when: "", since: "", until: "" };
  let shown = rows;

  const mini = (estimate, base) => {
    const bar = document.createElement("span"), set = (key, value) => bar.style.setProperty(key, 4 + 0.92 * value + "%");
    bar.className = "mini" + (base === null ? "" : " base") + (estimate[1] === null ? "" : " range");
    bar.setAttribute("aria-hidden", "true");
    set("--d", estimate[0]);
    if (base !== null) set("--b", base);
    if (estimate[1] !== null) { set("--l", estimate[1]); set("--h", estimate[2]); }
    return bar;
  };
  const dayText = (v) => {
    const day = new Date(v * 864e5);
    const facts = { day: day.getUTCDate(), month: data.months[day.getUTCMonth()], year: day.getUTCFullYear() };
    return data.as_day.replace(/\{(\w+)\}/g, (_, key) => facts[key]);
  };
  const dayOf = (text) => (/^\d{4}-\d\d-\d\d$/.test(text) ? Date.parse(text) / 864e5 : null);
  const written = (value) => String(value).replace("-", "\u2212").replace(".", data.point);
  const signed = (value) => (value > 0 ? "+" : "") + written(value);

  const fill = {
    safety: (cell, v) => { cell.className = "saf s" + (v[0] >= 10 ? 3 : v[0] >= 4 ? 2 : 0); cell.textContent = (v[0] >= 4 ? "\u25B2 " : "") + words[v[1]]; },
    id: (cell, v) => { cell.className = "id"; cell.textContent = v; },
    word: (cell, v) => { cell.textContent = words[v]; },
    number: (cell, v) => { cell.className = "n"; cell.textContent = v === null ? "\u2013" : written(v); },
    date: (cell, v) => { cell.className = "nw"; cell.textContent = v === null ? "\u2013" : dayText(v); },
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
  // What a column is sorted by; null stands last either way.
  const value = (row, k) => {
    const v = row[k], kind = columns[k].kind;
    if (v === null) return null;
    if (kind === "safety" || kind === "estimate") return v[0];
    if (kind === "word" || kind === "why") return words[v];
    if (kind === "link") return v ? 0 : 1;
    return v;
  };
  // Sorting happens once a column: places by rank, ties in the list's own order, then kept.
  const ranked = (k) => {
    const values = rows.map((row) => value(row, k));
    const known = [...new Set(values)].filter((v) => v !== null);
    if (typeof known[0] === "string") known.sort(); else known.sort((a, b) => a - b);
    const place = new Map(known.map((v, i) => [v, i]));
    return values.map((v) => (v === null ? -1 : place.get(v)));
  };
  const orders = new Map();
  const ordered = (k, down) => {
    const name = k + (down ? "-" : "+");
    if (!orders.has(name)) {
      const ranks = ranked(k), n = rows.length;
      const keys = Float64Array.from(ranks, (rank, i) => (rank < 0 ? n : down ? n - 1 - rank : rank) * n + i);
      orders.set(name, Array.from(keys.sort(), (key) => rows[key % n]));
    }
    return orders.get(name);
  };
  const tests = {
    safety: (row) => row[0][0] >= 10,
    before: (row) => row[0][0] === 3,
    unanswered: (row) => row[0][0] === 5,
    none: (row) => data.states[row[data.state]][2] === "none",
    note: (row) => data.states[row[data.state]][2] === "note",
    page: (row) => Boolean(row[data.link]),
  };

  const kept = () => {
    const text = state.text.toLowerCase(), since = dayOf(state.since), until = dayOf(state.until);
    const asked = [...state.on].map((key) => tests[key]);
    if (text) asked.push((row) => row[1].toLowerCase().includes(text));
    if (state.when) asked.push((row) => row[data.when] === Number(state.when));
    if (since !== null) asked.push((row) => row[data.date] !== null && row[data.date] >= since);
    if (until !== null) asked.push((row) => row[data.date] !== null && row[data.date] <= until);
    return asked;
  };
  const select = () => {
    const asked = kept(), all = state.sort < 0 ? rows : ordered(state.sort, state.down);
    shown = asked.length ? all.filter((row) => asked.every((test) => test(row))) : all;
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
    for (const key of ["since", "until"]) if (dayOf(state[key]) !== null) parts.push(key + "=" + state[key]);
    if (state.sort >= 0) parts.push("sort=" + (state.down ? "-" : "") + columns[state.sort].key);
    history.replaceState(null, "", "#" + parts.join("&"));
  };
  const update = (quiet) => { select(); draw(); if (!quiet) remember(); };
  const restore = () => {
    for (const part of location.hash.slice(1).split("&")) {
      const [key, v] = part.split("=");
      if (filters.includes(key)) { state.on.add(key); $("f-" + key).checked = true; }
      if (key === "from" && words[v]) { state.when = v; $("w").value = v; }
      if ((key === "since" || key === "until") && $(key) && dayOf(v) !== null) { state[key] = v; $(key).value = v; }
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
  for (const key of ["since", "until"]) {
    if ($(key)) $(key).addEventListener("input", (event) => { state[key] = event.target.value; state.page = 0; update(); });
  }
  $("clear").addEventListener("click", () => {
    for (const key of ["since", "until"]) { state[key] = ""; if ($(key)) $(key).value = ""; }
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
  const warm = (k) => requestIdleCallback(() => { ordered(k, false); ordered(k, true); if (k + 1 < columns.length) warm(k + 1); });
  if (rows.length) warm(0);
})();
