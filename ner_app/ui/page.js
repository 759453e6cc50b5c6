/* Keys, copying and the address. Elements say what they do by class or data attribute:
   - class "key-X" (key-ArrowRight, key-r, key-Enter): pressing X clicks the element, when it is visible and nobody types in a field
   - class "focus-slash": "/" puts the cursor into its field;  "?" lists the keys of what is visible
   - data-copy: a click copies that text */
(() => {
  const visible = el => el.offsetParent !== null && !el.closest('[inert]');
  const typing = el => el && (el.isContentEditable || /^(INPUT|TEXTAREA|SELECT)$/.test(el.tagName)) && !/^(radio|checkbox|button|range)$/.test(el.type || '');
  const keyClass = el => [...el.classList].find(name => name.startsWith('key-'));
  const clickable = el => el.matches('button') ? el : el.querySelector('button') || el;
  const label = el => el.dataset.keyLabel || el.getAttribute('aria-label') || el.title || el.innerText.trim();
  const caps = {ArrowLeft: '←', ArrowRight: '→', ArrowUp: '↑', ArrowDown: '↓', Enter: '↵', ' ': 'space', Delete: 'del'};

  function toast(text) {
    const box = document.createElement('div');
    box.className = 'toast'; box.setAttribute('role', 'status'); box.textContent = text;
    document.body.append(box); setTimeout(() => box.remove(), 1600);
  }

  async function copy(text) {
    try { await navigator.clipboard.writeText(text); }
    catch {
      const area = document.createElement('textarea');
      area.value = text; document.body.append(area); area.select(); document.execCommand('copy'); area.remove();
    }
    toast('Copied');
  }

  function help() {
    const dialog = document.createElement('dialog');
    dialog.className = 'keys-help';
    const title = document.createElement('h2'); title.textContent = 'Keys on this tab'; dialog.append(title);
    const row = (cap, what) => {
      const line = document.createElement('div'), k = document.createElement('kbd'), text = document.createElement('span');
      k.className = 'k'; k.textContent = cap; text.textContent = what; line.append(k, text); dialog.append(line);
    };
    const seen = new Set();
    for (const el of document.querySelectorAll('[class*="key-"]')) {
      const name = keyClass(el);
      if (!name || !visible(el) || seen.has(name)) continue;
      seen.add(name); row(caps[name.slice(4)] || name.slice(4), label(el));
    }
    if ([...document.querySelectorAll('.focus-slash')].some(visible)) row('/', 'Find');
    row('?', 'Show this list'); row('esc', 'Close, or leave a field');
    document.body.append(dialog); dialog.addEventListener('close', () => dialog.remove());
    dialog.addEventListener('click', () => dialog.close());
    dialog.showModal();
  }

  document.addEventListener('keydown', event => {
    if (event.ctrlKey || event.metaKey || event.altKey || event.defaultPrevented) return;
    const active = document.activeElement;
    if (typing(active)) { if (event.key === 'Escape') active.blur(); return; }
    if (document.querySelector('dialog[open]')) return;
    if (event.key === '?') { event.preventDefault(); help(); return; }
    if (event.key === '/') {
      const field = [...document.querySelectorAll('.focus-slash textarea, .focus-slash input')].find(visible);
      if (field) { event.preventDefault(); field.focus(); field.select(); }
      return;
    }
    if ((event.key === 'Enter' || event.key === ' ') && active && active.matches('button, a, summary, [tabindex]')) return;
    if (event.key.startsWith('Arrow') && active && active.matches('[role="tab"], [role="radio"], input')) return;
    const target = [...document.querySelectorAll(`.key-${CSS.escape(event.key)}`)].find(visible);
    if (target) { event.preventDefault(); clickable(target).click(); }
  });

  document.addEventListener('click', event => {
    const source = event.target.closest('[data-copy]');
    if (source) { event.preventDefault(); copy(source.dataset.copy); }
    if (event.target.closest('[data-act="review"], #inspect-review')) window.nerSent = Date.now();  // Review waits for this queue
  });

  // What had the focus when its block was drawn anew (a list of runs that is followed): the same element of the new block gets it, or whoever
  // works by keys would start from the top of the page at each step of a run.
  let held = null;
  const named = el => JSON.stringify({...el.dataset});
  document.addEventListener('focusin', event => {
    const el = event.target.closest('[data-act]');
    held = el ? {el, name: named(el)} : null;
  });
  document.addEventListener('pointerdown', event => { if (!event.target.closest('[data-act]')) held = null; }, true);
  new MutationObserver(() => {
    if (!held || held.el.isConnected || document.activeElement !== document.body) return;
    [...document.querySelectorAll('[data-act]')].find(el => visible(el) && named(el) === held.name)?.focus({preventScroll: true});
  }).observe(document.documentElement, {childList: true, subtree: true});

  // A tab that a visitor clicks before the address has been read: the answer to the page's load would switch back from it, so it is clicked again.
  let early = null;
  document.addEventListener('click', event => {
    const tab = event.isTrusted && !window.nerReady && event.target.closest('[role="tab"][id^="tab-"]');
    if (tab) early = tab.id;
  }, true);

  // The address: the app gives the query string of the view; the theme's own parameter and the tab stay.
  window.nerAddress = (query, tabs) => {
    window.nerReady = true;
    const now = new URLSearchParams(location.search), next = new URLSearchParams(query);
    for (const keep of ['__theme', 'tab', 'run', 'queue']) if (now.has(keep) && !next.has(keep)) next.set(keep, now.get(keep));
    if (next.has('tab') && !tabs.includes(next.get('tab'))) next.set('tab', tabs[0]);  // what the page shows then
    history.replaceState(null, '', `${location.pathname}?${next}`);
    if (early) document.getElementById(early)?.click();
    early = null;
  };
  window.nerParam = (name, value) => {
    const now = new URLSearchParams(location.search);
    if (value) now.set(name, value); else now.delete(name);
    if (name === 'tab') {  // the queue belongs to Review alone
      const queue = value === 'review' && document.querySelector('.rv')?.dataset.queue;
      if (queue) now.set('queue', queue); else now.delete('queue');
    }
    history.replaceState(null, '', `${location.pathname}?${now}`);
  };
})();
