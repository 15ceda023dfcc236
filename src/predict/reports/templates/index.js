"use strict";
(() => {
  const $ = (id) => document.getElementById(id);
  const data = JSON.parse($("data").textContent);
  const { rows, words, columns, filters } = data;
  const size = 100;
  const state = { sort: -1, down: false, page: 0, on: new Set(), text: "", when: "", course: "", since: "", until: "" };
  const ended = (row) => data.courses[row[data.course][0]];
  // On paper every row of the list stands, not a page of them.
  let whole = false;
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

  const small = (cell, text, css) => {
    const part = document.createElement("span");
    part.className = css || "at";
    part.textContent = " " + text;
    cell.append(part);
  };

  const fill = {
    safety: (cell, v) => { cell.className = "saf s" + (v[0] >= 10 ? 3 : v[0] >= 4 ? 2 : 0); cell.textContent = (v[0] >= 4 ? "\u25B2 " : "") + words[v[1]]; },
    id: (cell, v, c, row) => {
      cell.className = "id";
      const page = row[data.page];
      if (!page) { cell.textContent = v; return; }
      const link = document.createElement("a");
      link.href = "patients/" + page + ".html";
      link.textContent = v;
      link.setAttribute("aria-label", data.say.report_of.replace("{id}", () => v));
      cell.append(link);
    },
    course: (cell, v) => { cell.className = "crs c" + v[0]; cell.textContent = words[v[1]]; },
    word: (cell, v) => { cell.textContent = words[v]; },
    number: (cell, v) => { cell.className = "n"; cell.textContent = v === null ? "\u2013" : written(v); },
    date: (cell, v) => { cell.className = "nw"; cell.textContent = v === null ? "\u2013" : dayText(v); },
    missing: (cell, v) => fill.number(cell, v),
    latest: (cell, v) => {
      cell.className = "n";
      cell.textContent = v === null ? "\u2013" : written(v[0]);
      if (v !== null && words[v[1]]) small(cell, words[v[1]]);
    },
    change: (cell, v, c, row) => {
      cell.className = "n";
      cell.textContent = v === null ? "\u2013" : signed(v);
      if (row[data.marks] & 1) { cell.className = "n worse"; small(cell, data.say.worse); }
    },
    estimate: (cell, v, c, row) => {
      cell.className = "est n";
      if (v === null) { cell.textContent = "\u2013"; return; }
      const range = v[1] === null ? "" : " (" + v[1] + "\u2013" + v[2] + ")", past = ended(row);
      cell.textContent = (past ? data.say.then + " " : "") + (v[3] || String(v[0])) + range;
      if (past) cell.className = "est n past";
      else if (c.alone) cell.append(mini(v, c.base));
    },
    state: (cell, v) => {
      const tag = document.createElement("span");
      tag.className = "st " + data.states[v[0]][1];
      tag.textContent = data.states[v[0]][0];
      cell.append(tag);
      if (words[v[1]]) small(cell, words[v[1]], "why");
    },
  };
  // What a column is sorted by; null stands last either way.
  const value = (row, k) => {
    const v = row[k], kind = columns[k].kind;
    if (v === null) return null;
    if (kind === "word") return words[v];
    return typeof v === "object" ? v[0] : v;
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
    overdue: (row) => row[data.course][0] === 0,
    due: (row) => row[data.course][0] === 1,
    worse: (row) => Boolean(row[data.marks] & 1),
    new: (row) => Boolean(row[data.marks] & 2),
    none: (row) => data.states[row[data.state][0]][2] === "none",
    note: (row) => data.states[row[data.state][0]][2] === "note",
    page: (row) => Boolean(row[data.page]),
  };

  const kept = () => {
    const text = state.text.toLowerCase(), since = dayOf(state.since), until = dayOf(state.until);
    const asked = [...state.on].map((key) => tests[key]);
    if (text) asked.push((row) => row[1].toLowerCase().includes(text));
    if (state.course) asked.push((row) => row[data.course][1] === Number(state.course));
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
    const first = whole ? 0 : state.page * size, most = whole ? shown.length : size;
    const part = document.createDocumentFragment();
    for (const row of shown.slice(first, first + most)) {
      const line = document.createElement("tr");
      columns.forEach((column, k) => {
        const cell = document.createElement(column.kind === "id" ? "th" : "td");
        if (column.kind === "id") cell.scope = "row";
        fill[column.kind](cell, row[k], column, row);
        line.append(cell);
      });
      if (row[data.page]) line.id = nameOf(row);
      part.append(line);
    }
    $("rows").replaceChildren(part);
    const last = Math.min(first + most, shown.length);
    $("span").textContent = data.say.span.replace("{first}", shown.length ? first + 1 : 0).replace("{last}", last).replace("{n}", shown.length);
    $("status").textContent = data.say.status.replace("{n}", shown.length).replace("{all}", rows.length);
    $("prev").disabled = first === 0;
    $("next").disabled = last >= shown.length;
    $("warn").hidden = state.sort < 0 || columns[state.sort].kind !== "estimate";
    document.querySelectorAll("#list thead th").forEach((head, k) => {
      if (k === state.sort) head.setAttribute("aria-sort", state.down ? "descending" : "ascending");
      else head.removeAttribute("aria-sort");
    });
  };
  const remember = () => {
    const parts = [...state.on].map((key) => key + "=1");
    if (state.when) parts.push("from=" + state.when);
    if (state.course) parts.push("course=" + state.course);
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
      if (key === "course" && words[v]) { state.course = v; $("c").value = v; }
      if ((key === "since" || key === "until") && $(key) && dayOf(v) !== null) { state[key] = v; $(key).value = v; }
      if (key === "sort" && v) {
        state.down = v.startsWith("-");
        state.sort = columns.findIndex((column) => column.key === v.replace("-", ""));
      }
    }
  };

  // A link of a person's page leads back to the row, on whatever page of the list it stands.
  const nameOf = (row) => row[data.page].split("/").pop();
  const goBack = () => {
    const wanted = location.hash.slice(1), place = wanted ? shown.findIndex((row) => row[data.page] && nameOf(row) === wanted) : -1;
    if (place < 0) return;
    state.page = Math.floor(place / size);
    draw();
    const line = $(wanted);
    line.classList.add("here");
    line.querySelector("a").focus();
    line.scrollIntoView({ block: "center" });
  };
  const cellText = (row, k) => {
    const cell = document.createElement("td");
    fill[columns[k].kind](cell, row[k], columns[k], row);
    const text = cell.textContent;
    return text === "\u2013" ? "" : text.replace("\u2212", "-");
  };
  // A cell that a spreadsheet would take for a formula begins with a quote; numbers stay numbers.
  const quoted = (text) => '"' + (/^[=+\-@\t\r]/.test(text) && isNaN(text) ? "'" + text : text).replace(/"/g, '""') + '"';
  const table = () => [columns.map((column) => column.title), ...shown.map((row) => columns.map((_, k) => cellText(row, k)))];
  const save = () => {
    const text = "\ufeff" + table().map((line) => line.map(quoted).join(",")).join("\r\n") + "\r\n";
    const link = document.createElement("a");
    link.href = URL.createObjectURL(new Blob([text], { type: "text/csv;charset=utf-8" }));
    link.download = data.say.file;
    link.click();
    URL.revokeObjectURL(link.href);
  };

  const buttons = [];
  const heads = [...document.querySelectorAll("#list thead th")];
  // Paper repeats the heads on every sheet as words; a button is drawn on the first alone.
  const onPaper = (paper) => {
    whole = paper;
    heads.forEach((head, k) => head.replaceChildren(paper ? buttons[k].textContent : buttons[k]));
    draw();
  };
  heads.forEach((head, k) => {
    const button = document.createElement("button");
    buttons.push(button);
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
  const options = (into, codes) => {
    for (const code of [...new Set(codes)].filter((code) => words[code])) {
      const option = document.createElement("option");
      option.value = code;
      option.textContent = words[code];
      into.append(option);
    }
  };
  options($("w"), rows.map((row) => row[data.when]));
  options($("c"), [...rows].sort((a, b) => a[data.course][0] - b[data.course][0]).map((row) => row[data.course][1]));
  $("c").addEventListener("change", (event) => { state.course = event.target.value; state.page = 0; update(); });
  $("w").addEventListener("change", (event) => { state.when = event.target.value; state.page = 0; update(); });
  for (const key of ["since", "until"]) {
    if ($(key)) $(key).addEventListener("input", (event) => { state[key] = event.target.value; state.page = 0; update(); });
  }
  $("clear").addEventListener("click", () => {
    for (const key of ["since", "until"]) { state[key] = ""; if ($(key)) $(key).value = ""; }
    state.on.clear(); state.text = ""; state.when = ""; $("w").value = ""; state.course = ""; $("c").value = ""; state.sort = -1; state.down = false; state.page = 0;
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
  goBack();
  // A browser that follows the link takes the focus away once the page is there: set it again then.
  if (document.readyState !== "complete") window.addEventListener("load", () => setTimeout(goBack, 0));
  window.addEventListener("hashchange", goBack);
  $("save").addEventListener("click", save);
  window.addEventListener("beforeprint", () => onPaper(true));
  window.addEventListener("afterprint", () => onPaper(false));
  const warm = (k) => requestIdleCallback(() => { ordered(k, false); ordered(k, true); if (k + 1 < columns.length) warm(k + 1); });
  if (rows.length) warm(0);
})();
