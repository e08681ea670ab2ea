// The map: every guest is a cell, grouped by host, in one canvas. What is well is a small dot; what is not is
// larger and has a shape of its own, and its letter where there is room. The table has the same as text.
"use strict";
(() => {
  const section = document.getElementById("map");
  if (!section) return;
  const canvas = section.querySelector("canvas");
  const say = section.querySelector(".say");
  const pen = canvas.getContext("2d");
  const KEYS = {
    F: "failed", B: "blocked", U: "unreachable", "?": "not-looked-at", D: "drifted", X: "fighting",
    C: "change", W: "waiting", P: "pending-restart", S: "suspended", K: "kept", "✓": "converged",
  };
  const SIZES = [18, 14, 11, 9, 7, 6, 5];
  const LABEL = 15;
  const GAP = 14;
  let hosts = [];
  let blocks = [];
  let size = SIZES[0];
  let at = null;
  let etag = "";

  // Where each host's cells go: the largest cells with which all of the fleet fits the room that there is.
  function place() {
    const width = section.clientWidth - 2;
    const room = Math.max(150, window.innerHeight * 0.3);
    let height = 0;
    for (size of SIZES) {
      height = flow(width);
      if (height <= room) break;
    }
    const scale = window.devicePixelRatio || 1;
    canvas.width = Math.round(width * scale);
    canvas.height = Math.round(height * scale);
    canvas.style.width = `${width}px`;
    canvas.style.height = `${height}px`;
    pen.setTransform(scale, 0, 0, scale, 0, 0);
  }

  function flow(width) {
    const most = Math.max(1, ...hosts.map((host) => host.names.length));
    const wide = Math.max(Math.ceil(Math.sqrt(most * 2.2)), Math.ceil(72 / size));
    const columns = Math.max(1, Math.min(wide, Math.floor((width - GAP) / size)));
    const step = columns * size + GAP;
    const across = Math.max(1, Math.floor((width - GAP) / step));
    let top = 6;
    blocks = [];
    for (let first = 0; first < hosts.length; first += across) {
      let tallest = 0;
      for (let i = first; i < Math.min(first + across, hosts.length); i++) {
        const lines = Math.max(1, Math.ceil(hosts[i].names.length / columns));
        blocks.push({ x: GAP + (i - first) * step, y: top, columns, width: columns * size });
        tallest = Math.max(tallest, lines * size);
      }
      top += LABEL + tallest + 8;
    }
    return top;
  }

  function draw() {
    const style = getComputedStyle(document.documentElement);
    const colour = Object.fromEntries(
      Object.entries(KEYS).map(([letter, key]) => [letter, style.getPropertyValue(`--${key}`).trim()]));
    colour["✓"] = style.getPropertyValue("--dot").trim();
    const on = style.getPropertyValue("--on").trim();
    const ink = style.getPropertyValue("--ink").trim();
    const soft = style.getPropertyValue("--soft").trim();
    const wanted = section.dataset.show;
    pen.clearRect(0, 0, canvas.width, canvas.height);
    hosts.forEach((host, i) => {
      const block = blocks[i];
      const other = section.dataset.host && section.dataset.host !== host.host;
      label(host, block, host.late ? ink : soft);
      [...host.letters].forEach((letter, n) => {
        const x = block.x + (n % block.columns) * size;
        const y = block.y + LABEL + Math.floor(n / block.columns) * size;
        pen.globalAlpha = other || (wanted && !wanted.includes(letter)) ? 0.22 : 1;
        cell(letter, x, y, size - 1, colour[letter], on);
      });
      pen.globalAlpha = 1;
    });
    if (at) ring(ink);
  }

  function label(host, block, colour) {
    pen.font = `${host.late ? "700 " : ""}11px ${getComputedStyle(document.body).fontFamily}`;
    pen.fillStyle = colour;
    pen.textBaseline = "alphabetic";
    pen.textAlign = "left";
    let text = `${host.late ? "? " : ""}${host.host}`;
    while (text.length > 2 && pen.measureText(text).width > block.width) text = `${text.slice(0, -2)}…`;
    pen.fillText(text, block.x, block.y + 10);
  }

  function cell(letter, x, y, side, colour, on) {
    const middle = side / 2;
    pen.fillStyle = pen.strokeStyle = colour;
    pen.lineWidth = side > 9 ? 1.5 : 1;
    pen.beginPath();
    if (letter === "✓") {
      const dot = Math.min(5, Math.max(2, side * 0.42));
      pen.fillRect(x + (side - dot) / 2, y + (side - dot) / 2, dot, dot);
    } else if ("FU".includes(letter)) {
      pen.fillRect(x, y, side, side);
    } else if (letter === "B") {
      pen.arc(x + middle, y + middle, middle, 0, 7);
      pen.fill();
    } else if (letter === "?") {
      pen.setLineDash(side > 9 ? [3, 2] : []);
      pen.globalAlpha *= side > 9 ? 1 : 0.5;
      pen.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
      pen.setLineDash([]);
    } else if (letter === "D") {
      pen.moveTo(x, y + side);
      pen.lineTo(x + middle, y);
      pen.lineTo(x + side, y + side);
      pen.closePath();
      side > 12 ? pen.stroke() : pen.fill();
    } else if (letter === "X") {
      pen.moveTo(x, y);
      pen.lineTo(x + side, y + side);
      pen.moveTo(x + side, y);
      pen.lineTo(x, y + side);
      pen.stroke();
      return;
    } else if (letter === "C") {
      pen.strokeRect(x + 0.5, y + 0.5, side - 1, side - 1);
      if (side <= 12) pen.fillRect(x, y, middle, side);
    } else if ("WP".includes(letter)) {
      pen.arc(x + middle, y + middle, middle - 0.5, letter === "P" ? Math.PI : 0, 2 * Math.PI);
      letter === "P" && side <= 12 ? pen.fill() : pen.stroke();
    } else {
      pen.fillRect(x, y + middle - 1, side, 2);
    }
    if (side > 12 && letter !== "✓") {
      pen.fillStyle = "FUB".includes(letter) ? on : colour;
      pen.font = `700 ${Math.round(side * 0.68)}px monospace`;
      pen.textAlign = "center";
      pen.textBaseline = "middle";
      pen.fillText("SK".includes(letter) ? "" : letter, x + middle, y + middle + 1);
    }
  }

  function ring(colour) {
    const block = blocks[at.host];
    pen.strokeStyle = colour;
    pen.lineWidth = 2;
    pen.strokeRect(block.x + (at.cell % block.columns) * size - 1.5,
      block.y + LABEL + Math.floor(at.cell / block.columns) * size - 1.5, size + 2, size + 2);
  }

  function under(event) {
    const box = canvas.getBoundingClientRect();
    const x = event.clientX - box.left;
    const y = event.clientY - box.top;
    for (let i = 0; i < blocks.length; i++) {
      const block = blocks[i];
      if (x < block.x || x >= block.x + block.width || y < block.y) continue;
      if (y < block.y + LABEL) return { host: i, cell: -1 };
      const n = Math.floor((y - block.y - LABEL) / size) * block.columns + Math.floor((x - block.x) / size);
      if (n < hosts[i].names.length) return { host: i, cell: n };
    }
    return null;
  }

  function tell(spot) {
    const told = document.createElement("bdi");
    const host = document.createElement("bdi");
    say.replaceChildren();
    if (!spot) return;
    host.textContent = hosts[spot.host].host;
    if (spot.cell < 0) {
      say.append(host, `: ${hosts[spot.host].names.length} guests${hosts[spot.host].late ? ", not looked at" : ""}`);
      return;
    }
    told.textContent = visible(hosts[spot.host].names[spot.cell]);
    const letter = [...hosts[spot.host].letters][spot.cell];
    say.append(told, ` on `, host, `: ${KEYS[letter].replaceAll("-", " ").replace("converged", "as declared")}`);
  }

  const visible = (name) => name.replace(/[\p{Cc}\p{Cf}]/gu, (c) => `\\u{${c.codePointAt(0).toString(16).padStart(4, "0")}}`);

  function open(spot) {
    if (!spot) return;
    const host = hosts[spot.host];
    location.href = spot.cell < 0
      ? `${section.dataset.fleet}?host=${encodeURIComponent(host.host)}`
      : `${section.dataset.page}?address=${encodeURIComponent(`Domain/${host.names[spot.cell]}`)}`;
  }

  // Arrow keys go through the guests of a host, and on to the next host.
  function walk(event) {
    const moves = { ArrowRight: 1, ArrowLeft: -1, ArrowDown: blocks[at?.host ?? 0]?.columns, ArrowUp: -blocks[at?.host ?? 0]?.columns };
    if (event.key === "Enter" && at) return open(at);
    const by = moves[event.key];
    if (!by || !hosts.length) return;
    event.preventDefault();
    at = at ? moved(at, by) : moved({ host: 0, cell: -1 }, 1);
    tell(at);
    draw();
  }

  function moved(spot, by) {
    let { host, cell: to } = { host: spot.host, cell: spot.cell + by };
    if (to >= hosts[host].names.length || to < 0) {
      const next = nextHost(host, Math.sign(by));
      if (next === null) return spot.cell < 0 ? null : spot;
      host = next;
      to = by > 0 ? 0 : hosts[host].names.length - 1;
    }
    return { host, cell: to };
  }

  function nextHost(host, by) {
    for (let i = host + by; i >= 0 && i < hosts.length; i += by) if (hosts[i].names.length) return i;
    return null;
  }

  async function load() {
    if (document.hidden && hosts.length) return;
    const answer = await fetch(section.dataset.source, { headers: etag ? { "If-None-Match": etag } : {} }).catch(() => null);
    if (!answer || answer.status !== 200 || answer.redirected) return;
    etag = answer.headers.get("ETag") || "";
    hosts = (await answer.json()).hosts;
    section.hidden = !hosts.length;
    if (at && !(at.host < hosts.length && at.cell < hosts[at.host].names.length)) at = null;
    place();
    draw();
    section.dataset.drawn = String(hosts.reduce((sum, host) => sum + host.names.length, 0));
  }

  canvas.addEventListener("mousemove", (event) => tell(under(event)));
  canvas.addEventListener("mouseleave", () => tell(at));
  canvas.addEventListener("click", (event) => open(under(event)));
  canvas.addEventListener("keydown", walk);
  canvas.addEventListener("blur", () => { at = null; draw(); });
  new ResizeObserver(() => { if (hosts.length) { place(); draw(); } }).observe(section);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", draw);
  load();
  setInterval(load, 10000);
})();
