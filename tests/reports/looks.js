// == contrast
() => {
const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; };
const lum = ([r, g, b]) => { const f = [r, g, b].map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const paper = node => { for (let e = node; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c) return c; }
  return [255, 255, 255]; };
  const behind = (svg, node) => { const b = node.getBoundingClientRect(); const x = b.x + b.width / 2, y = b.y + b.height / 2;
    const shapes = [...svg.querySelectorAll('rect')].filter(s => { const r = s.getBoundingClientRect();
      return r.x <= x && r.right >= x && r.y <= y && r.bottom >= y; });
    const top = shapes.pop(); return top ? parse(getComputedStyle(top).fill) : paper(svg); };
  const texts = [], marks = [];
  document.querySelectorAll('svg').forEach(svg => {
    svg.querySelectorAll('text').forEach(t => texts.push(ratio(parse(getComputedStyle(t).fill), behind(svg, t))));
    svg.querySelectorAll('.up,.dn,.dot,.pt').forEach(m => marks.push(ratio(parse(getComputedStyle(m).fill), paper(svg))));
    svg.querySelectorAll('.basel,.med,.ln').forEach(m => marks.push(ratio(parse(getComputedStyle(m).stroke), paper(svg))));
  });
  return {texts, marks}; }
// == overlaps
() => { const found = [];
  document.querySelectorAll('svg').forEach(svg => {
    const unit = svg.getBoundingClientRect().width / (svg.viewBox.baseVal.width || 1);
    const boxes = [...svg.querySelectorAll('text')].map(t => [t.textContent, t.getBoundingClientRect()]).filter(b => b[1].width);
    boxes.forEach(([a, p], i) => boxes.slice(i + 1).forEach(([b, q]) => {
      const w = Math.min(p.right, q.right) - Math.max(p.left, q.left);
      const h = Math.min(p.bottom, q.bottom) - Math.max(p.top, q.top);
      if (w > unit && h > 3 * unit) found.push([a, b]); })); });
  return found; }
// == reach
() => { const cut = [];
  document.querySelectorAll('p, h1, h2, th, td, li, dd, summary').forEach(e => {
    if (e.closest('.skip') || getComputedStyle(e).position === 'absolute') return;
    if (e.scrollWidth > e.clientWidth + 1 && e.clientWidth > 0 && !e.closest('thead')) cut.push(e.textContent.slice(0, 40)); });
  const sizes = [...document.querySelectorAll('svg text')].map(t => { const svg = t.ownerSVGElement;
    return parseFloat(getComputedStyle(t).fontSize) * svg.getBoundingClientRect().width / svg.viewBox.baseVal.width; }).filter(v => v > 0);
  return {page: document.documentElement.scrollWidth, cut, smallest: Math.min(...sizes)}; }
// == focus
() => { const e = document.activeElement; const all = [...document.querySelectorAll('*')];
  return {tag: e.tagName, place: all.indexOf(e), outline: parseFloat(getComputedStyle(e).outlineWidth)}; }
// == paper
() => {
const parse = c => { const m = c.match(/[\d.]+/g).map(Number); return m.length > 3 && m[3] === 0 ? null : m; };
const lum = ([r, g, b]) => { const f = [r, g, b].map(v => { v /= 255; return v <= 0.04045 ? v / 12.92 : ((v + 0.055) / 1.055) ** 2.4; });
  return 0.2126 * f[0] + 0.7152 * f[1] + 0.0722 * f[2]; };
const ratio = (a, b) => { const [x, y] = [lum(a), lum(b)].sort((p, q) => q - p); return (x + 0.05) / (y + 0.05); };
const paper = node => { for (let e = node; e; e = e.parentElement) { const c = parse(getComputedStyle(e).backgroundColor); if (c) return c; }
  return [255, 255, 255]; };
return [...document.querySelectorAll('body *:not(svg):not(svg *)')].filter(e => [...e.childNodes].some(
  n => n.nodeType === 3 && n.nodeValue.trim())).map(e => ratio(parse(getComputedStyle(e).color), paper(e))); }
// == cells
() => [...document.querySelectorAll('#rows tr')].map(r => [...r.cells].map(c => c.textContent))
// == heads
() => [...document.querySelectorAll('#list thead th')].map(h => h.textContent.trim())
// == edges
() => [...document.querySelectorAll('.card')].flatMap(card => { const edge = card.getBoundingClientRect().right;
  return [...card.querySelectorAll('table, svg, td, th, p, li')].filter(e => e.getBoundingClientRect().width
    && e.getBoundingClientRect().right > edge + 0.5).map(e => [card.id, e.tagName, e.textContent.slice(0, 40)]); })
// == broken
() => [...document.querySelectorAll('.grid td, .grid th')].flatMap(cell => {
  const found = [], walk = document.createTreeWalker(cell, NodeFilter.SHOW_TEXT);
  for (let node; (node = walk.nextNode());) for (const word of node.nodeValue.matchAll(/\p{L}{2,16}/gu)) {
    const range = document.createRange(); range.setStart(node, word.index); range.setEnd(node, word.index + word[0].length);
    const tops = new Set([...range.getClientRects()].map(r => Math.round(r.top))); if (tops.size > 1) found.push(word[0]); }
  return found; })
