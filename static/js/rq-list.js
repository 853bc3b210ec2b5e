// Lists: keyboard, selection with the bulk bar, and the order of columns in the chooser.
(() => {
  'use strict';

  const rows = (list) => [...list.querySelectorAll('[data-rq-row]')];
  const tick = (row) => row.querySelector('input[name=ids]');

  const moveTo = (list, row) => {
    rows(list).forEach((other) => { other.tabIndex = other === row ? 0 : -1; });
    row.focus();
    row.scrollIntoView({ block: 'nearest' });
  };

  document.addEventListener('keydown', (event) => {
    const list = event.target.closest('[data-rq-list]');
    if (!list || !event.target.matches('[data-rq-row]')) return;
    const all = rows(list);
    const at = all.indexOf(event.target);
    const next = { ArrowDown: at + 1, ArrowUp: at - 1, Home: 0, End: all.length - 1 }[event.key];
    if (next !== undefined) {
      event.preventDefault();
      if (all[next]) moveTo(list, all[next]);
    } else if (event.key === ' ' && tick(event.target)) {
      event.preventDefault();
      tick(event.target).click();
    } else if (event.key === 'Enter') {
      const link = event.target.querySelector('a[href]');
      if (link) link.click();
    }
  });

  const refresh = (list) => {
    const boxes = [...list.querySelectorAll('input[name=ids]')];
    const chosen = boxes.filter((box) => box.checked);
    boxes.forEach((box) => box.closest('tr').classList.toggle('rq-sel', box.checked));
    const bar = list.querySelector('[data-rq-bulk]');
    if (bar) {
      bar.hidden = chosen.length === 0;
      bar.querySelector('[data-rq-selected]').textContent = chosen.length;
    }
    const all = list.querySelector('[data-rq-all]');
    if (all) {
      all.checked = chosen.length > 0 && chosen.length === boxes.length;
      all.indeterminate = chosen.length > 0 && chosen.length < boxes.length;
    }
  };

  document.addEventListener('change', (event) => {
    const list = event.target.closest('[data-rq-list]');
    if (!list) return;
    if (event.target.matches('[data-rq-all]')) {
      list.querySelectorAll('input[name=ids]').forEach((box) => { box.checked = event.target.checked; });
    }
    if (event.target.matches('[data-rq-all], input[name=ids]')) refresh(list);
  });

  document.addEventListener('click', (event) => {
    if (!event.target.closest('[data-rq-unselect]')) return;
    const list = event.target.closest('[data-rq-list]');
    list.querySelectorAll('input[name=ids]').forEach((box) => { box.checked = false; });
    refresh(list);
  });

  // Column chooser: drag a line, or Alt with the arrow keys on its tick box.
  let dragged = null;
  document.addEventListener('dragstart', (event) => {
    dragged = event.target.closest?.('[data-rq-columns] label[draggable]') ?? null;
    dragged?.classList.add('rq-drag');
  });
  document.addEventListener('dragover', (event) => {
    const over = event.target.closest?.('[data-rq-columns] label[draggable]');
    if (!dragged || !over || over === dragged) return;
    event.preventDefault();
    const box = over.getBoundingClientRect();
    over[event.clientY < box.top + box.height / 2 ? 'before' : 'after'](dragged);
  });
  document.addEventListener('dragend', () => {
    dragged?.classList.remove('rq-drag');
    dragged = null;
  });
  document.addEventListener('keydown', (event) => {
    const line = event.target.closest?.('[data-rq-columns] label[draggable]');
    if (!line || !event.altKey || !['ArrowUp', 'ArrowDown'].includes(event.key)) return;
    event.preventDefault();
    if (event.key === 'ArrowUp') line.previousElementSibling?.before(line);
    else line.nextElementSibling?.after(line);
    event.target.focus();
  });

  // One parameter for all columns, so that the address stays short; conditions left empty are not sent.
  document.addEventListener('htmx:configRequest', (event) => {
    const form = event.detail.elt.closest?.('[data-rq-list] form');
    if (!form || event.detail.verb !== 'get') return;
    const sent = event.detail.formData;
    const columns = sent.getAll('cols');
    if (columns.length) sent.set('cols', columns.join(','));
    [...sent.keys()].forEach((name) => {
      const kept = sent.getAll(name).filter((value) => value !== '');
      sent.delete(name);
      kept.forEach((value) => sent.append(name, value));
    });
  });
})();
