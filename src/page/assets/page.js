/** Frames kept on screen: at four a second and 60x, about 30 simulated minutes. */
const KEPT = 480;
const LOG_LINES = 60;
const frames = [];
const byId = (id) => document.getElementById(id);
const style = (name) => getComputedStyle(document.documentElement).getPropertyValue(name).trim();
const COLOURS = ['--ours', '--hpa', '--static'];

const minutes = (seconds) => `${Math.floor(seconds / 60)}:${String(Math.floor(seconds % 60)).padStart(2, '0')}`;

const charts = {};
for (const id of ['arrivals', 'replicas', 'p99', 'queue', 'headroom', 'cost']) charts[id] = echarts.init(byId(id));
addEventListener('resize', () => {
  for (const chart of Object.values(charts)) chart.resize();
});

function line(name, colour, data, extra = {}) {
  return {
    name,
    type: 'line',
    showSymbol: false,
    data,
    lineStyle: { width: 2, color: colour, ...extra.lineStyle },
    itemStyle: { color: colour },
    ...extra.series,
  };
}

function draw(id, series, axis = {}) {
  const soft = style('--soft');
  charts[id].setOption(
    {
      animation: false,
      grid: { left: 44, right: 12, top: 14, bottom: 24 },
      xAxis: {
        type: 'value',
        min: 'dataMin',
        max: 'dataMax',
        axisLabel: { color: soft, formatter: minutes, hideOverlap: true },
        splitLine: { show: false },
      },
      yAxis: {
        type: 'value',
        min: 0,
        axisLabel: { color: soft },
        splitLine: { lineStyle: { color: style('--line') } },
        ...axis,
      },
      series,
    },
    { replaceMerge: ['series'] },
  );
}

const points = (of) => frames.map((frame) => [frame.at, of(frame)]);
const perFleet = (of) =>
  frames[frames.length - 1].fleets.map(({ name }, i) =>
    line(
      name,
      style(COLOURS[i]),
      points((frame) => of(frame.fleets[i])),
    ),
  );

function drawCharts() {
  const { slo } = frames[frames.length - 1];
  draw('arrivals', [
    line(
      'arrivals',
      style('--ink'),
      points((frame) => frame.arrivals),
    ),
  ]);
  const starting = frames[frames.length - 1].fleets.map(({ name }, i) =>
    line(
      `${name} with starting`,
      style(COLOURS[i]),
      points(({ fleets }) => fleets[i].ready + fleets[i].starting),
      { lineStyle: { type: 'dotted', width: 1.5 } },
    ),
  );
  draw('replicas', [...perFleet((fleet) => fleet.ready), ...starting], { minInterval: 1 });
  const objective = {
    symbol: 'none',
    silent: true,
    lineStyle: { color: style('--bad'), type: 'dashed' },
    label: { formatter: `objective ${slo} s`, color: style('--bad'), position: 'insideEndTop' },
    data: [{ yAxis: slo }],
  };
  const latencies = perFleet((fleet) => (fleet.p99 === null ? null : Math.max(0.01, fleet.p99)));
  draw(
    'p99',
    latencies.map((one, i) => (i === 0 ? { ...one, markLine: objective } : one)),
    { type: 'log', min: 0.01, max: 100 },
  );
  draw(
    'queue',
    perFleet((fleet) => fleet.queue),
  );
  draw(
    'headroom',
    perFleet((fleet) => (fleet.headroom === null ? null : Math.round(100 * fleet.headroom))),
    { max: 100 },
  );
  draw(
    'cost',
    perFleet((fleet) => fleet.dollars),
  );
}

function drawCards({ fleets }) {
  const cards = fleets.map((fleet, i) => {
    const card = document.createElement('article');
    card.className = 'fleet';
    card.style.setProperty('--colour', style(COLOURS[i]));
    const title = document.createElement('h2');
    title.textContent = fleet.name;
    const list = document.createElement('dl');
    const entries = [
      ['ready + starting', `${fleet.ready} + ${fleet.starting}`],
      ['cost so far', `$${fleet.dollars.toFixed(2)}`],
      ['replica-hours', fleet.replicaHours.toFixed(2)],
      ['misses', `${(100 * fleet.missRate).toFixed(1)} %`, fleet.missRate > 0.03],
    ];
    for (const [term, text, isBad] of entries) {
      const dt = document.createElement('dt');
      const dd = document.createElement('dd');
      dt.textContent = term;
      dd.textContent = text;
      if (isBad) dd.className = 'bad';
      list.append(dt, dd);
    }
    card.append(title, list);
    return card;
  });
  byId('fleets').replaceChildren(...cards);
}

/** What a decision's line opens on: a list of what was said about what. */
function detailsOf(explanation) {
  const list = document.createElement('dl');
  for (const [about, text] of explanation) {
    const dt = document.createElement('dt');
    const dd = document.createElement('dd');
    dt.textContent = about;
    dd.textContent = text;
    list.append(dt, dd);
  }
  return list;
}

function addLog(lines) {
  for (const { at, source, sentence, explanation } of lines) {
    const item = document.createElement('li');
    const time = document.createElement('time');
    item.dataset.source = source;
    time.textContent = minutes(at);
    if (explanation) {
      const details = document.createElement('details');
      const summary = document.createElement('summary');
      summary.append(time, sentence);
      details.append(summary, detailsOf(explanation));
      item.append(details);
    } else item.append(time, sentence);
    byId('log').prepend(item);
  }
  while (byId('log').children.length > LOG_LINES) byId('log').lastChild.remove();
}

const SOURCES = { policy: 'the policy decides', planner: 'the planner answers', refusal: 'no answer: the HPA holds' };

function show(incoming) {
  frames.push(...incoming);
  frames.splice(0, Math.max(0, frames.length - KEPT));
  const newest = frames[frames.length - 1];
  for (const { log } of incoming) addLog(log);
  byId('clock').textContent = `simulated time ${minutes(newest.at)}, 60x`;
  byId('source').textContent = SOURCES[newest.source];
  byId('source').dataset.source = newest.source;
  toggle('metrics', newest.areMetricsStopped, 'Restore metrics', 'Stop metrics');
  toggle('model', newest.isModelBroken, 'Restore model', 'Break model');
  drawCards(newest);
  drawCharts();
}

function toggle(id, isOn, on, off) {
  byId(id).textContent = isOn ? on : off;
  byId(id).setAttribute('aria-pressed', String(isOn));
}

for (const action of ['spike', 'metrics', 'model']) {
  byId(action).addEventListener('click', () => fetch(`/actions/${action}`, { method: 'POST' }));
}

const events = new EventSource('/events');
events.onmessage = ({ data }) => show(JSON.parse(data));
events.onerror = () => {
  byId('clock').textContent = 'the demo has ended';
};
