// Charts: a thin wrapper over uPlot. A <figure data-chart="ID"> names a JSON script element:
//
//   {"unit": "views" | "money", "currency": "USD", "exponent": 2,
//    "series": [{"label": "Views seen", "kind": "line" | "dots" | "step" | "bars", "tone": "brand" | "buoy" | "move" | "quiet"}],
//    "rows": [[epoch seconds, value or null, …], …], "gaps": [[from, to, "why"], …], "marks": [[from, to, "what"], …]}
//
// Values are integers (money in minor units). A null is a hole, and so is everything inside a gap: never a zero and
// never a line drawn across. With "sparse": true each row belongs to some of the series only: a null says that the row
// is not this one's, and its line goes on to its next row. Marks are stretches that somebody has to look at: a wash
// behind the curve, with a line where each begins. The same rows stand in the page as a table, for readers and for those without script.

const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const tones = { brand: "--brand", buoy: "--buoy", move: "--move-mark", quiet: "--quiet-mark" };

const compact = new Intl.NumberFormat("en-US", { notation: "compact", maximumFractionDigits: 1 });
const whole = new Intl.NumberFormat("en-US");

const formatsOf = ({ unit, currency = "USD", exponent = 2 }) => {
  if (unit !== "money") return { axis: (value) => compact.format(value), full: (value) => whole.format(value) };
  const scale = 10 ** exponent;
  const digits = { minimumFractionDigits: exponent, maximumFractionDigits: exponent };
  const full = new Intl.NumberFormat("en-US", { style: "currency", currency, ...digits });
  const brief = new Intl.NumberFormat("en-US", { style: "currency", currency, notation: "compact", maximumFractionDigits: 1 });
  // Division is for showing only: no sum is ever made from it.
  return { axis: (value) => brief.format(value / scale), full: (value) => full.format(value / scale) };
};

const utc = (options) => new Intl.DateTimeFormat("en-GB", { timeZone: "UTC", ...options });
const dayAndMonth = utc({ day: "numeric", month: "short" });
const hour = utc({ hour: "2-digit", minute: "2-digit" });
const fullMoment = utc({ weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit" });

// uPlot breaks a line at a null, so each gap gets one row of nulls in its middle.
const columnsOf = ({ rows, series, gaps = [], sparse = false }) => {
  const holes = gaps.map(([from, to]) => [(from + to) / 2, ...series.map(() => null)]);
  const own = sparse ? rows.map((row) => row.map((value) => value ?? undefined)) : rows;
  const sorted = [...own, ...holes].sort((one, other) => one[0] - other[0]);
  return [0, ...series.map((_, index) => index + 1)].map((index) => sorted.map((row) => row[index]));
};

const hatch = (plot, gaps) => {
  const { ctx, bbox } = plot;
  ctx.save();
  ctx.beginPath();
  ctx.rect(bbox.left, bbox.top, bbox.width, bbox.height);
  ctx.clip();
  ctx.strokeStyle = token("--line");
  ctx.lineWidth = devicePixelRatio;
  for (const [from, to] of gaps) {
    const left = plot.valToPos(from, "x", true);
    const width = plot.valToPos(to, "x", true) - left;
    ctx.save();
    ctx.beginPath();
    ctx.rect(left, bbox.top, width, bbox.height);
    ctx.clip();
    ctx.beginPath();
    for (let at = left - bbox.height; at < left + width; at += 7 * devicePixelRatio) {
      ctx.moveTo(at, bbox.top + bbox.height);
      ctx.lineTo(at + bbox.height, bbox.top);
    }
    ctx.stroke();
    ctx.restore();
  }
  ctx.restore();
};

const wash = (plot, marks) => {
  const { ctx, bbox } = plot;
  const right = bbox.left + bbox.width;
  ctx.save();
  for (const [from, to] of marks) {
    const begin = Math.min(right, Math.max(bbox.left, plot.valToPos(from, "x", true)));
    const end = Math.min(right, Math.max(begin, plot.valToPos(to, "x", true)));
    ctx.fillStyle = token("--hold-wash");
    ctx.fillRect(begin, bbox.top, end - begin, bbox.height);
    ctx.strokeStyle = token("--hold-mark");
    ctx.lineWidth = 1.5 * devicePixelRatio;
    ctx.setLineDash([4 * devicePixelRatio, 3 * devicePixelRatio]);
    ctx.beginPath();
    ctx.moveTo(begin, bbox.top);
    ctx.lineTo(begin, bbox.top + bbox.height);
    ctx.stroke();
  }
  ctx.restore();
};

const tooltip = (data, formats) => {
  const box = document.createElement("div");
  box.className = "chart-tip";
  box.hidden = true;
  const line = (tag, text) => {
    const element = document.createElement(tag);
    element.textContent = text;
    box.append(element);
  };
  const show = (plot) => {
    const { idx, left } = plot.cursor;
    const at = idx === null || idx === undefined ? null : plot.data[0][idx];
    const gap = at === null ? null : (data.gaps || []).find(([from, to]) => at > from && at < to);
    box.hidden = at === null || left < 0;
    if (box.hidden) return;
    box.replaceChildren();
    line("span", `${fullMoment.format(at * 1000)} UTC`);
    if (gap) line("b", gap[2] || "not measured");
    else {
      data.series.forEach((series, index) => {
        const value = plot.data[index + 1][idx];
        if (value !== null && value !== undefined) line("b", `${series.label}: ${formats.full(value)}`);
      });
      const mark = (data.marks || []).find(([from, to]) => at > from && at <= to);
      if (mark) line("span", mark[2]);
    }
    const over = plot.over.getBoundingClientRect();
    const offset = over.left - plot.root.getBoundingClientRect().left;
    const room = over.width - box.offsetWidth;
    box.style.left = `${offset + Math.max(0, Math.min(room, left - box.offsetWidth / 2))}px`;
  };
  return { hooks: { init: (plot) => plot.root.append(box), setCursor: show } };
};

const seriesOf = (series, count) => {
  const colour = token(tones[series.tone] || "--brand");
  const paths = {
    dots: () => null,
    step: uPlot.paths.stepped({ align: 1 }),
    bars: uPlot.paths.bars({ size: [0.62, 28], radius: 0.18 }),
    line: uPlot.paths.linear(),
  };
  const lined = series.kind === "line" || series.kind === "step" || !series.kind;
  return {
    label: series.label,
    stroke: colour,
    width: lined ? 2 : series.kind === "bars" ? 0 : 1.5,
    fill: series.kind === "bars" ? colour : series.kind === "line" ? `${colour}1c` : undefined,
    paths: paths[series.kind || "line"],
    spanGaps: false,
    points: { show: series.kind === "dots" || (series.kind !== "step" && lined && count < 90), size: 6, fill: token("--surface"), stroke: colour, width: 1.5 },
  };
};

const axisOf = (extra) => ({
  stroke: token("--ink-faint"),
  font: '12px "Instrument Sans", system-ui, sans-serif',
  grid: { stroke: token("--line"), width: 1 },
  ticks: { show: false },
  ...extra,
});

const underlay = (plot, { marks = [], gaps = [] }) => {
  wash(plot, marks);
  hatch(plot, gaps);
};

const draw = (figure) => {
  const place = figure.querySelector("[data-chart-plot]");
  const source = document.getElementById(figure.dataset.chart);
  if (!place || !source) return;
  const data = JSON.parse(source.textContent);
  const formats = formatsOf(data);
  const size = () => ({ width: place.clientWidth, height: Number(figure.dataset.height || "260") });
  // Bars stand astride their moment, so the first and the last need half a step of room.
  const [first, second] = data.rows;
  const margin = second && data.series.some((series) => series.kind === "bars") ? (second[0] - first[0]) / 2 : 0;
  let plot = null;

  const build = () => {
    plot?.destroy();
    const timeText = (_, ticks, __, ___, step) => ticks.map((at) => (step < 86400 ? hour : dayAndMonth).format(at * 1000));
    plot = new uPlot(
      {
        ...size(),
        tzDate: (seconds) => uPlot.tzDate(new Date(seconds * 1000), "Etc/UTC"),
        padding: [12, 24, 0, 0], // a label stands in the middle under its tick, also under the last one
        cursor: { y: false, drag: { x: false, y: false }, points: { size: 8 } },
        legend: { show: false },
        scales: {
          x: { range: (_, low, high) => [low - margin, high + margin] },
          y: { range: (_, low, high) => [Math.min(0, low ?? 0), (high || 1) * 1.08] },
        },
        axes: [
          axisOf({ grid: { show: false }, values: timeText, space: 70, size: 30 }),
          axisOf({ values: (_, ticks) => ticks.map(formats.axis), size: data.unit === "money" ? 66 : 52 }),
        ],
        series: [{}, ...data.series.map((series) => seriesOf(series, data.rows.length))],
        plugins: [tooltip(data, formats), { hooks: { drawClear: (self) => underlay(self, data) } }],
      },
      columnsOf(data),
      place,
    );
  };
  build();
  new ResizeObserver(() => {
    const now = size();
    if (now.width && now.width !== plot.width) plot.setSize(now);
  }).observe(place);
  document.addEventListener("themechange", build);
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", build);
};

const drawAll = (within) => {
  for (const figure of within.querySelectorAll("[data-chart]:not([data-drawn])")) {
    figure.dataset.drawn = "yes";
    draw(figure);
  }
};
drawAll(document);
document.addEventListener("htmx:load", (event) => drawAll(event.detail.elt));
