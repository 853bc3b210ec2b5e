// The workbench and its grids: changed cells turn yellow, refusals stand at their cells, spreadsheet blocks may be pasted.
(() => {
  'use strict';

  const mark = (cell) => {
    const input = cell.querySelector('input, select');
    const changed = input.value !== cell.dataset.rqEarlier;
    cell.classList.toggle('rq-chg', changed);
    cell.closest('.rq-assume').querySelector('.rq-was').hidden = !changed;
  };

  document.addEventListener('input', (event) => {
    const cell = event.target.closest('[data-rq-bench] [data-rq-earlier]');
    if (cell) mark(cell);
  });

  // Enter in a cell means "done with it", not "send the form".
  document.addEventListener('keydown', (event) => {
    if (event.key === 'Enter' && event.target.matches('[data-rq-bench] .rq-cell input')) {
      event.preventDefault();
      event.target.dispatchEvent(new Event('input', { bubbles: true }));
    }
  });

  const wrong = (ids) => document.querySelectorAll('[data-rq-bench] .rq-cell input, [data-rq-bench] .rq-cell select').forEach((input) => {
    const is = ids.includes(input.id);
    input.toggleAttribute('aria-invalid', is);
    input.closest('.rq-cell').classList.toggle('rq-wrong', is);
  });

  // A refusal is an answer too: it stands above the figures, and what was typed stays.
  document.addEventListener('htmx:afterSwap', (event) => {
    if (event.detail.target.id !== 'bench-note') return;
    wrong([...event.detail.target.querySelectorAll('[data-rq-wrong]')].map((item) => item.dataset.rqWrong));
    document.getElementById('bench-note').querySelector('[role=alert]')?.scrollIntoView({ block: 'nearest' });
  });

  // Small forms beside the bench send the version that the bench has last seen.
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('[data-rq-bench-act]');
    if (form) form.elements.seen.value = document.getElementById('bench-seen').value;
  });

  document.addEventListener('paste', (event) => {
    const start = event.target.closest('[data-rq-grid] td')?.querySelector('input');
    const text = event.clipboardData.getData('text/plain');
    if (!start || !/[\t\n]/.test(text.trim())) return;
    event.preventDefault();
    const rows = [...start.closest('tbody').rows];
    const firstRow = rows.indexOf(start.closest('tr'));
    const firstCell = start.closest('td').cellIndex;
    text.replace(/\r?\n$/, '').split(/\r?\n/).forEach((line, down) => {
      line.split('\t').forEach((value, right) => {
        const field = rows[firstRow + down]?.cells[firstCell + right]?.querySelector('input, select');
        if (!field) return;
        if (field.tagName === 'SELECT') {
          const option = [...field.options].find((one) => one.text === value.trim());
          if (option) field.value = option.value;
        } else field.value = value.trim();
        field.dispatchEvent(new Event('input', { bubbles: true }));
      });
    });
  });
})();
