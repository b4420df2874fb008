// The timeline: when packets were lost, by finding, and who called what, by thread. A canvas, as
// there may be tens of thousands of calls; the calls are in a table as well.
const kMargin = 8; // of the drawing, left and right
const kAxis = 22;
const kLabel = 18; // a lane's name stands above it
const kBar = 14;   // a call
const kTick = 20;  // a row of losses
const kDepths = 12;
const kSmallest = 100; // ns from edge to edge at the closest

function lanesOf(source) {
  const lanes = source.findings.map((finding) => ({
    label: finding.label, kind: finding.verdict, items: [], rows: 1, isLoss: true }));
  source.drops.at.forEach((at, i) => {
    lanes[source.drops.finding[i]].items.push({ at, took: -1, depth: 0, drop: i });
  });
  const threads = source.lanes.map((label) => ({ label, kind: "call", items: [], rows: 1 }));
  source.calls.at.forEach((at, i) => {
    const lane = threads[source.calls.lane[i]];
    const depth = Math.min(source.calls.depth[i], kDepths - 1);
    lane.rows = Math.max(lane.rows, depth + 1);
    lane.items.push({ at, took: source.calls.took[i], depth, call: i });
  });
  if (source.density.length) lanes.push({ label: "all calls", kind: "density", items: [], rows: 2 });
  return [...lanes, ...threads].filter((lane) => lane.items.length || lane.kind === "density");
}

class Timeline {
  constructor(canvas, source) {
    this.canvas = canvas;
    this.pen = canvas.getContext("2d");
    this.source = source;
    this.lanes = lanesOf(source);
    this.whole = Math.max(source.span_ns * 1.01, kSmallest); // the last thing is not at the edge
    this.from = 0;
    this.to = this.whole;
    this.chosen = { lane: 0, item: -1 };
    this.place();
    this.listen();
    this.draw();
  }

  place() {
    let y = kAxis;
    for (const lane of this.lanes) {
      lane.top = y;
      y += kLabel + lane.rows * (lane.isLoss ? kTick : kBar) + 6;
    }
    this.height = y + 4;
  }

  x(ns) {
    return kMargin + (ns - this.from) / (this.to - this.from) * (this.width - 2 * kMargin);
  }

  moment(x) {
    return this.from + (x - kMargin) / (this.width - 2 * kMargin) * (this.to - this.from);
  }

  show(from, to) {
    const length = Math.min(Math.max(to - from, kSmallest), this.whole);
    this.from = Math.min(Math.max(from, 0), this.whole - length);
    this.to = this.from + length;
    this.draw();
  }

  // The chosen event stays where it is; else the middle does.
  centre() {
    const event = this.lanes[this.chosen.lane].items[this.chosen.item];
    const isSeen = event && event.at >= this.from && event.at <= this.to;
    return isSeen ? event.at : (this.from + this.to) / 2;
  }

  zoom(factor, around = this.centre()) {
    this.show(around - (around - this.from) * factor, around + (this.to - around) * factor);
  }

  pan(share) {
    const by = (this.to - this.from) * share;
    this.show(this.from + by, this.to + by);
  }

  colour(name) {
    this.colours[name] ??= this.style.getPropertyValue(`--${name}`).trim();
    return this.colours[name];
  }

  draw() {
    const scale = window.devicePixelRatio || 1;
    this.width = this.canvas.clientWidth || 600;
    this.canvas.style.height = `${this.height}px`;
    this.canvas.width = Math.round(this.width * scale);
    this.canvas.height = Math.round(this.height * scale);
    this.style = getComputedStyle(document.documentElement);
    this.colours = {};
    this.pen.setTransform(scale, 0, 0, scale, 0, 0);
    this.pen.font = "12px system-ui, sans-serif";
    this.pen.textBaseline = "middle";
    this.drawAxis();
    this.lanes.forEach((lane, i) => this.drawLane(lane, i));
    byId("timeline-window").textContent =
      `${momentText(this.from)} to ${momentText(this.to)} (${timeText(this.to - this.from)})`;
  }

  drawAxis() {
    const { pen } = this;
    const most = Math.max(2, Math.floor(this.width / 110));
    const raw = (this.to - this.from) / most;
    const power = 10 ** Math.floor(Math.log10(raw));
    const step = [1, 2, 5, 10].map((n) => n * power).find((each) => each >= raw);
    const digits = Math.max(0, Math.min(9, Math.ceil(-Math.log10(step / 1e9))));
    for (let at = Math.ceil(this.from / step) * step; at <= this.to; at += step) {
      const x = this.x(at);
      pen.fillStyle = this.colour("line");
      pen.fillRect(x, kAxis - 4, 1, this.height);
      pen.fillStyle = this.colour("soft");
      const text = `${(at / 1e9).toFixed(digits)} s`;
      pen.fillText(text, Math.min(x + 3, this.width - pen.measureText(text).width - 2), kAxis / 2);
    }
  }

  drawLane(lane, number) {
    const { pen } = this;
    const isChosen = number === this.chosen.lane && this.canvas === document.activeElement;
    if (lane.kind === "density") this.drawDensity(lane);
    else lane.items.forEach((item, i) => this.drawItem(lane, item, isChosen && i === this.chosen.item));
    pen.fillStyle = this.colour(isChosen ? "accent" : "ink");
    pen.fillText(this.fitting(isChosen ? `\u25b8 ${lane.label}` : lane.label), kMargin,
      lane.top + kLabel / 2);
  }

  // As much of a label as there is room for.
  fitting(label) {
    const room = this.width - 2 * kMargin;
    if (this.pen.measureText(label).width <= room) return label;
    let length = label.length;
    while (length > 1 && this.pen.measureText(`${label.slice(0, length)}\u2026`).width > room) length -= 1;
    return `${label.slice(0, length)}\u2026`;
  }

  drawDensity(lane) {
    const { density } = this.source;
    const most = Math.max(...density);
    const each = this.whole / density.length;
    this.pen.fillStyle = this.colour("accent");
    density.forEach((count, i) => {
      if (count === 0) return;
      const height = Math.max(2, count / most * kBar * 2);
      const left = this.x(i * each);
      this.pen.fillRect(left, lane.top + kLabel + kBar * 2 - height,
        Math.max(1, this.x((i + 1) * each) - left), height);
    });
  }

  box(lane, item) {
    const left = this.x(item.at);
    if (lane.isLoss) return { x: left - 1.5, y: lane.top + kLabel, w: 3, h: kTick - 4 };
    const width = item.took < 0 ? 2 : this.x(item.at + item.took) - left;
    return { x: left, y: lane.top + kLabel + item.depth * kBar, w: Math.max(width, 2), h: kBar - 2 };
  }

  drawItem(lane, item, isChosen) {
    const { pen } = this;
    const box = this.box(lane, item);
    if (box.x + box.w < 0 || box.x > this.width) return;
    pen.fillStyle = this.colour(lane.isLoss ? lane.kind : "accent");
    pen.fillRect(box.x, box.y, box.w, box.h);
    if (isChosen) {
      pen.strokeStyle = this.colour("ink");
      pen.lineWidth = 2;
      pen.strokeRect(box.x - 2, box.y - 2, box.w + 4, box.h + 4);
    }
    if (box.w < 40 || item.call === undefined) return;
    const left = Math.max(box.x, 0);
    pen.save();
    pen.beginPath();
    pen.rect(left, box.y, box.x + box.w - left - 2, box.h);
    pen.clip();
    pen.fillStyle = this.colour("card");
    pen.fillText(callText(this.source.calls, item.call), left + 4, box.y + box.h / 2);
    pen.restore();
  }

  at(x, y) {
    const number = this.lanes.findIndex((lane, i) => {
      const next = this.lanes[i + 1];
      return y >= lane.top && (!next || y < next.top);
    });
    if (number < 0) return null;
    const lane = this.lanes[number];
    for (let i = lane.items.length - 1; i >= 0; i -= 1) {
      const box = this.box(lane, lane.items[i]);
      if (x >= box.x - 2 && x <= box.x + box.w + 2 && y >= box.y && y <= box.y + box.h) {
        return { lane: number, item: i };
      }
    }
    return null;
  }

  describe({ lane: number, item: index }) {
    const lane = this.lanes[number];
    const item = lane.items[index];
    if (!item) return `${lane.label}: ${plural(lane.items.length, "event", "events")}`;
    const when = `at ${momentText(item.at)}`;
    if (item.drop !== undefined) return `${lane.label}\n${this.source.drops.text[item.drop]}\n${when}`;
    const took = item.took < 0 ? "" : `, took ${timeText(item.took)}`;
    return `${callText(this.source.calls, item.call)}\n${when}${took}, ` +
      `${lane.label}, CPU ${this.source.calls.cpu[item.call]}`;
  }

  choose(lane, item) {
    this.chosen = { lane, item };
    const event = this.lanes[lane].items[item];
    if (event && (event.at < this.from || event.at > this.to)) {
      const half = (this.to - this.from) / 2;
      this.show(event.at - half, event.at + half);
    } else {
      this.draw();
    }
    byId("timeline-readout").textContent = this.describe(this.chosen);
    const box = this.canvas.parentElement;
    const { top } = this.lanes[lane];
    if (top < box.scrollTop || top + 60 > box.scrollTop + box.clientHeight) box.scrollTop = top - kAxis;
  }

  chooseLane(by) {
    const lane = Math.min(Math.max(this.chosen.lane + by, 0), this.lanes.length - 1);
    this.choose(lane, -1);
  }

  chooseItem(by) {
    const { lane, item } = this.chosen;
    const { items } = this.lanes[lane];
    if (!items.length) return;
    const start = item < 0 && by < 0 ? items.length : item;
    this.choose(lane, Math.min(Math.max(start + by, 0), items.length - 1));
  }

  key(event) {
    const does = {
      ArrowLeft: () => this.pan(-0.2),
      ArrowRight: () => this.pan(0.2),
      ArrowUp: () => this.chooseLane(-1),
      ArrowDown: () => this.chooseLane(1),
      "+": () => this.zoom(0.5),
      "=": () => this.zoom(0.5),
      "-": () => this.zoom(2),
      Home: () => this.show(0, this.whole),
      ",": () => this.chooseItem(-1),
      ".": () => this.chooseItem(1),
    }[event.key];
    if (!does || event.ctrlKey || event.metaKey || event.altKey) return;
    event.preventDefault();
    does();
  }

  listen() {
    const { canvas } = this;
    canvas.addEventListener("keydown", (event) => this.key(event));
    canvas.addEventListener("focus", () => this.choose(this.chosen.lane, this.chosen.item));
    canvas.addEventListener("blur", () => this.draw());
    canvas.addEventListener("wheel", (event) => {
      // The page scrolls by the wheel unless the timeline has the focus, or Ctrl says so.
      if (!event.ctrlKey && canvas !== document.activeElement) return;
      event.preventDefault();
      if (event.shiftKey || event.deltaX) this.pan((event.deltaX || event.deltaY) / this.width);
      else this.zoom(event.deltaY > 0 ? 1.25 : 0.8, this.moment(event.offsetX));
    }, { passive: false });
    canvas.addEventListener("pointerdown", (event) => {
      this.drag = { x: event.clientX, from: this.from, to: this.to };
      canvas.setPointerCapture(event.pointerId);
    });
    canvas.addEventListener("pointerup", () => { this.drag = null; });
    canvas.addEventListener("pointercancel", () => { this.drag = null; });
    canvas.addEventListener("pointermove", (event) => this.pointer(event));
    canvas.addEventListener("pointerleave", () => this.tip(null));
    canvas.addEventListener("click", (event) => {
      const hit = this.at(event.offsetX, event.offsetY);
      if (hit) this.choose(hit.lane, hit.item);
    });
    const doing = {
      "timeline-closer": () => this.zoom(0.5),
      "timeline-farther": () => this.zoom(2),
      "timeline-earlier": () => this.pan(-0.5),
      "timeline-later": () => this.pan(0.5),
      "timeline-all": () => this.show(0, this.whole),
    };
    for (const [id, does] of Object.entries(doing)) byId(id).addEventListener("click", does);
    new ResizeObserver(() => this.draw()).observe(canvas.parentElement);
    window.matchMedia("(prefers-color-scheme: dark)").addEventListener("change", () => this.draw());
    window.addEventListener("beforeprint", () => this.draw());
    window.addEventListener("afterprint", () => this.draw());
  }

  pointer(event) {
    if (this.drag) {
      const perPixel = (this.drag.to - this.drag.from) / (this.width - 2 * kMargin);
      const by = (this.drag.x - event.clientX) * perPixel;
      this.show(this.drag.from + by, this.drag.to + by);
      return;
    }
    this.tip(this.at(event.offsetX, event.offsetY), event);
  }

  tip(hit, event) {
    const tip = byId("timeline-tip");
    tip.hidden = !hit;
    if (!hit) return;
    tip.textContent = this.describe(hit);
    tip.style.left = `${Math.min(event.clientX + 12, window.innerWidth - tip.offsetWidth - 8)}px`;
    tip.style.top = `${Math.min(event.clientY + 14, window.innerHeight - tip.offsetHeight - 8)}px`;
  }
}

if (data && byId("timeline-canvas")) new Timeline(byId("timeline-canvas"), data);
