// Chart defaults for Apache ECharts: canvas, rich-text tooltip (an HTML one writes inline styles), no animation.
// A figure is <div data-rq-chart="id"> and <script type="application/json" id="id">. Colours in the JSON are token names
// ("@loan"), formatters are names ("$money"), so that one option serves both themes. The words for those who cannot see
// the picture stand in the element's aria-label. ECharts itself is loaded only where there is a chart.
(() => {
  'use strict';
  const root = document.documentElement;
  const source = document.currentScript.dataset.echarts;
  const charts = new Map();
  const token = (name) => getComputedStyle(root).getPropertyValue(`--rq-${name}`).trim();
  const colours = {
    loan: 'c-loan', loan2: 'c-loan2', cash: 'c-cash', equity: 'c-equity', prev: 'c-prev', red: 'c-red', orange: 'c-orange',
    yellow: 'c-yellow', blue: 'c-blue', ink2: 'ink-2', ink3: 'ink-3', line2: 'line-2', redbg: 'red-bg', pos: 'pos', neg: 'neg',
  };

  const figure = (value, decimals = 0) => {
    const number = Number(value);
    if (value === null || value === undefined || value === '-' || Number.isNaN(number)) return '—';
    const text = Math.abs(number).toLocaleString('en-US', { minimumFractionDigits: decimals, maximumFractionDigits: decimals });
    return number < 0 ? `(${text})` : text;
  };
  const valueOf = (item) => {
    const value = item !== null && typeof item === 'object' ? item.value : item;
    return Array.isArray(value) ? value[1] : value;
  };
  const formatters = {
    money: (item) => figure(valueOf(item)),
    x1: (item) => figure(valueOf(item), 1),
    x2: (item) => figure(valueOf(item), 2),
    pct1: (item) => `${figure(valueOf(item), 1)}%`,
    pct2: (item) => `${figure(valueOf(item), 2)}%`,
    nonzero: (item) => (valueOf(item) ? figure(valueOf(item)) : ''),
    flow: (item) => (item.dataType === 'edge'
      ? `${plain(item.data.source)} → ${plain(item.data.target)}\n${figure(item.data.value)}`
      : `${plain(item.data.name)}\n${item.data.note ?? ''}`),
    node: (item) => `{b|${item.name.split('|')[0]}}${item.data.note ? `\n{s|${item.data.note}}` : ''}`,
  };
  const plain = (name) => name.replace('|', '·');

  const resolve = (part) => {
    if (typeof part === 'string') {
      if (part.startsWith('@')) return token(colours[part.slice(1)] ?? part.slice(1));
      if (part.startsWith('$')) return formatters[part.slice(1)];
      return part;
    }
    if (Array.isArray(part)) return part.map(resolve);
    if (part && typeof part === 'object') return Object.fromEntries(Object.entries(part).map(([name, value]) => [name, resolve(value)]));
    return part;
  };

  const axis = (given, isValue) => {
    const defaults = {
      axisLine: { show: !isValue, lineStyle: { color: token('line-2') } },
      axisTick: { show: false },
      axisLabel: { color: token('ink-3'), fontSize: 12, hideOverlap: true, ...(isValue && { formatter: (value) => figure(value, Number.isInteger(value) ? 0 : 2) }) },
      splitLine: { show: isValue, lineStyle: { color: token('line'), width: 1 } },
      nameTextStyle: { color: token('ink-3'), fontSize: 12, align: 'left', padding: [0, 0, 0, -24] },
      splitNumber: 4,
    };
    const merged = { ...defaults, ...given };
    Object.keys(defaults).forEach((name) => {
      if (given[name] && typeof given[name] === 'object') merged[name] = { ...defaults[name], ...given[name] };
    });
    return merged;
  };

  const complete = (given) => {
    const option = resolve(given);
    option.animation = false;
    option.textStyle = { fontFamily: getComputedStyle(document.body).fontFamily, color: token('ink-2'), fontSize: 12 };
    option.tooltip = {
      trigger: 'axis', renderMode: 'richText', confine: true, backgroundColor: token('card'), borderColor: token('line-2'),
      borderWidth: 1, padding: [8, 10], textStyle: { color: token('ink'), fontSize: 12 },
      axisPointer: { type: 'line', lineStyle: { color: token('ink-3'), type: 'dotted' } },
      ...option.tooltip,
    };
    if (option.xAxis) {
      option.xAxis = [option.xAxis].flat().map((one) => axis(one, one.type === 'value'));
      option.yAxis = [option.yAxis ?? {}].flat().map((one) => axis(one, one.type !== 'category'));
      option.grid ??= { left: 8, right: 12, top: 18, bottom: 4, containLabel: true };
    }
    option.aria = { enabled: false };
    return option;
  };

  const draw = (element) => {
    const data = document.getElementById(element.dataset.rqChart);
    if (!data) return;
    charts.get(element)?.dispose();
    const chart = echarts.init(element, null, { renderer: 'canvas' });
    chart.setOption(complete(JSON.parse(data.textContent)));
    charts.set(element, chart);
  };

  let loading = null;
  const library = () => loading ??= new Promise((done) => {
    const code = document.createElement('script');
    code.src = source;
    code.onload = done;
    document.head.append(code);
  });
  const drawAll = (part) => {
    const found = part.querySelectorAll('[data-rq-chart]');
    if (found.length) Promise.all([library(), document.fonts.ready]).then(() => found.forEach(draw));
  };

  const forgetGone = () => charts.forEach((chart, element) => {
    if (!element.isConnected) {
      chart.dispose();
      charts.delete(element);
    }
  });
  drawAll(document);
  document.addEventListener('htmx:load', (event) => {
    if (event.detail.elt === document.body) return;
    forgetGone();
    drawAll(event.detail.elt);
  });
  document.addEventListener('rq:theme', () => [...charts.keys()].forEach(draw));
  addEventListener('resize', () => charts.forEach((chart) => chart.resize()));
  addEventListener('beforeprint', () => charts.forEach((chart) => chart.resize()));
})();
