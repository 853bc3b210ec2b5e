// What drops down under the search box: shown while there is something to show, walked by the arrow keys.
(() => {
  'use strict';
  const box = document.querySelector('[data-rq-find][role="combobox"]');
  const drop = document.getElementById('finds');
  if (!box || !drop) return;

  const options = () => [...drop.querySelectorAll('[role="option"]')];
  const current = () => drop.querySelector('[aria-selected="true"]');

  const show = (open) => {
    drop.hidden = !open;
    box.setAttribute('aria-expanded', String(open));
    if (!open) mark(null);
  };

  const mark = (option) => {
    current()?.setAttribute('aria-selected', 'false');
    if (option) {
      option.setAttribute('aria-selected', 'true');
      option.scrollIntoView({ block: 'nearest' });
      box.setAttribute('aria-activedescendant', option.id);
    } else {
      box.removeAttribute('aria-activedescendant');
    }
  };

  const step = (by) => {
    const all = options();
    const at = all.indexOf(current());
    mark(all[at < 0 ? (by > 0 ? 0 : all.length - 1) : (at + by + all.length) % all.length]);
  };

  drop.addEventListener('htmx:afterSwap', () => show(box.value.trim() !== '' && drop.childElementCount > 0));

  box.addEventListener('keydown', (event) => {
    if ((event.key === 'ArrowDown' || event.key === 'ArrowUp') && options().length) {
      event.preventDefault();
      show(true);
      step(event.key === 'ArrowDown' ? 1 : -1);
    } else if (event.key === 'Enter' && !drop.hidden && current()) {
      event.preventDefault();
      current().click();
    } else if (event.key === 'Escape') {
      show(false);
    }
  });

  box.addEventListener('focus', () => show(box.value.trim() !== '' && drop.childElementCount > 0));
  document.addEventListener('click', (event) => {
    if (!event.target.closest('.rq-find')) show(false);
  });
  box.form.addEventListener('focusout', (event) => {
    if (!box.form.contains(event.relatedTarget)) setTimeout(() => show(false), 150);
  });
})();
