// The shell: "/" goes to the search box, the theme switches at once and is saved behind, refused requests are said.
(() => {
  'use strict';
  const root = document.documentElement;

  const typing = (element) => element.closest('input, textarea, select, [contenteditable]');

  document.addEventListener('keydown', (event) => {
    if (event.key !== '/' || event.ctrlKey || event.metaKey || event.altKey || typing(event.target)) return;
    const box = document.querySelector('[data-rq-find]');
    if (box && box.offsetParent) {
      event.preventDefault();
      box.focus();
      box.select();
    }
  });

  // Without this script the button posts the form and the page comes back in the other theme.
  document.addEventListener('click', (event) => {
    const button = event.target.closest('[data-rq-theme]');
    if (!button) return;
    event.preventDefault();
    const wanted = button.value;
    const form = button.form;
    const body = new FormData(form);
    body.set('theme', wanted);
    root.dataset.bsTheme = wanted;
    button.value = wanted === 'dark' ? 'light' : 'dark';
    button.setAttribute('aria-label', wanted === 'dark' ? button.dataset.light : button.dataset.dark);
    document.dispatchEvent(new CustomEvent('rq:theme'));
    fetch(form.action, { method: 'POST', body, headers: { 'X-Requested-With': 'fetch' } }).catch(() => say('gone'));
  });

  const say = (which) => {
    const region = document.getElementById('toasts');
    if (!region) return;
    const toast = document.createElement('div');
    toast.className = 'rq-toast';
    toast.textContent = region.dataset[which];
    region.replaceChildren(toast);
    setTimeout(() => toast.remove(), 8000);
  };
  document.addEventListener('htmx:sendError', () => say('gone'));
  document.addEventListener('htmx:timeout', () => say('gone'));
  document.addEventListener('htmx:responseError', () => say('refused'));

  // The page tab on display is brought into sight where the tabs scroll.
  document.querySelectorAll('.rq-top nav .rq-on, .rq-views .rq-on').forEach((tab) => {
    const bar = tab.parentElement;
    if (bar.scrollWidth > bar.clientWidth) bar.scrollLeft = tab.offsetLeft - bar.offsetLeft - 40;
  });
})();
