/* Keys, and the start: everything before is defined by now. Goes on from token_editor_draw.js. */

function select(step, extend) {
  const it = item();
  if (!it) return;
  const by = it.dir === 'rtl' ? -step : step;
  const bound = n => Math.max(0, Math.min(it.words.length - 1, n));
  if (!sel) sel = {from: by > 0 ? 0 : it.words.length - 1, to: by > 0 ? 0 : it.words.length - 1};
  else sel = extend ? {from: sel.from, to: bound(sel.to + by)} : {from: bound(sel.to + by), to: bound(sel.to + by)};
  paint();
}

const KEYS = {
  Enter: accept, g: keep, f: flag, s: skip, n: () => go(at + 1), p: () => go(at - 1), ArrowDown: () => go(at + 1), ArrowUp: () => go(at - 1),
  u: () => switchBack('undo'), U: () => switchBack('redo'), a: like, c: nextSuggestion, x: split, m: merge, '[': () => moveEnd(-1), ']': () => moveEnd(1),
  '{': () => moveStart(-1), '}': () => moveStart(1), 0: () => setLabel(''), Delete: () => setLabel(''), Backspace: () => setLabel(''),
  l: () => root.querySelector('.rv-find')?.focus(), Escape: () => { sel = null; paint(); },
};

function onKey(event) {
  if (!root.isConnected) { document.removeEventListener('keydown', onKey, true); return; }
  if (!queue || !visible() || event.ctrlKey || event.metaKey || event.altKey || event.isComposing || document.querySelector('dialog[open]')) return;
  const active = document.activeElement;
  const outside = active && active !== document.body && !root.contains(active);
  if (active && (active.isContentEditable || (/^(INPUT|TEXTAREA|SELECT)$/.test(active.tagName) && !/^(checkbox|radio|button|range)$/.test(active.type)))) return;
  if ((event.key === 'Enter' || event.key === ' ') && active && active.matches('button, a, summary, input') && !active.matches('[role="tab"][aria-selected="true"]')) return;
  if (event.key.startsWith('Arrow') && outside && active.matches('[role="tab"], [role="radio"], [role="listbox"], input')) return;
  let run = KEYS[event.key];
  if (event.key === 'ArrowLeft' || event.key === 'ArrowRight') run = () => select(event.key === 'ArrowRight' ? 1 : -1, event.shiftKey);
  if (/^[1-9]$/.test(event.key) && queue.types[event.key - 1] !== undefined) run = () => setLabel(queue.types[event.key - 1]);
  if (!run || (event.shiftKey && (event.key === 'ArrowUp' || event.key === 'ArrowDown'))) return;
  event.preventDefault(); event.stopPropagation(); inTurn(event.key, run);
}

document.addEventListener('keydown', onKey, true);
addEventListener('online', pump);
addEventListener('beforeunload', event => { if (pending.length) event.preventDefault(); });
watch('value', open);
leftovers();
open();
