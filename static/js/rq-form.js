// Forms: errors get the focus, a form is sent once, and leaving unsaved input asks first. Long choices become searchable.
(() => {
  'use strict';

  const start = (part) => {
    part.querySelector('[data-rq-errors]')?.focus();
    part.querySelectorAll('select[data-rq-select]').forEach(searchable);
  };

  let changed = false;
  document.addEventListener('input', (event) => {
    if (event.target.closest('[data-rq-form]')) changed = true;
  });
  document.addEventListener('submit', (event) => {
    const form = event.target.closest('[data-rq-form]');
    if (!form) return;
    changed = false;
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = 'yes';
  });
  addEventListener('pageshow', () => document.querySelectorAll('[data-rq-form]').forEach((form) => delete form.dataset.sent));
  addEventListener('beforeunload', (event) => {
    if (changed) event.preventDefault();
  });

  const script = document.currentScript;
  let loading = null;
  const load = () => loading ??= new Promise((done) => {
    const style = document.createElement('link');
    style.rel = 'stylesheet';
    style.href = script.dataset.selectStyle;
    const code = document.createElement('script');
    code.src = script.dataset.select;
    code.onload = done;
    document.head.append(style, code);
  });
  const searchable = (select) => load().then(() => {
    if (select.tomselect) return;
    const label = document.querySelector(`label[for="${select.id}"]`);
    if (label) select.setAttribute('aria-label', label.textContent.trim()); // the label moves to the search field
    new TomSelect(select, { maxOptions: 300, plugins: select.multiple ? ['remove_button'] : [] });
  });

  start(document);
  document.addEventListener('htmx:load', (event) => {
    if (event.detail.elt !== document.body) start(event.detail.elt);
  });
})();
