/* Drawing the sentence, its buttons and the progress. Goes on from token_editor_labels.js. */

function draw() {
  if (!queue) return;
  const it = item();
  const page = el('div', 'rv-cols'), main = el('section', 'card rv-card');
  main.append(head(it));
  if (queue.note) main.append(el('div', 'notice warning', queue.note));
  if (message) main.append(el('div', 'notice', message));
  if (!it) main.append(el('div', 'empty waiting', 'Fetching the sentence'));
  else {
    main.append(context(it.before), sentence(it), context(it.after));
    const why = el('div', 'rv-why');
    (it.reasons.length ? it.reasons : []).forEach(text => { const line = el('div', '', text); line.dir = 'auto'; why.append(line); });
    if (it.reasons.length) main.append(why);
    main.append(palette(), actions(it));
  }
  page.append(main, aside());
  const old = root.querySelector('.rv-cols');
  if (old) old.replaceWith(page); else root.replaceChildren(page);
  drawSaved();
}

function head(it) {
  const h = el('h4');
  h.append(el('span', '', it ? `${it.split} ${it.index}` : 'Review'));
  const filtered = queue.order.length < queue.size ? ` (of ${queue.size.toLocaleString('en')}, filtered)` : '';
  h.append(el('span', 'meta', `${(at + 1).toLocaleString('en')} of ${queue.order.length.toLocaleString('en')} in this queue${filtered}`));
  const states = {k: 'kept as given', c: 'corrected', f: 'flagged', s: 'skipped'};
  const letter = letters[at];
  if (states[letter]) h.append(el('span', `rv-state ${letter}`, states[letter]));
  const right = el('span', 'r');
  right.append(el('span', 'rv-saved'));
  for (const tab of ['browse', 'inspect']) {
    const link = el('button', 'act', tab === 'browse' ? 'Browse' : 'Inspect'); link.type = 'button';
    link.addEventListener('click', () => { const now = item(); if (now) trigger('select', {tab, split: now.split, index: now.index}); });
    right.append(link);
  }
  h.append(right);
  return h;
}

function context(text) {
  const p = el('p', 'rv-context', text || ''); p.dir = 'auto'; return p;
}

function sentence(it) {
  const box = el('div', 'aligned rv-words'); box.dir = it.dir; box.tabIndex = 0;
  box.setAttribute('role', 'listbox'); box.setAttribute('aria-multiselectable', 'true'); box.setAttribute('aria-label', 'Words of the sentence');
  const now = labelsNow(it), wanted = suggestion(it), edited = !same(now, it.given);
  const rows = ['given', ...(edited ? ['yours'] : []), ...it.suggestions.map(([name]) => name)];
  const titles = el('span', 'tk titles'); titles.append(el('span', 'w', '\u00a0'));
  rows.forEach(name => { const title = el('span', 'l', name); title.dir = 'auto'; titles.append(title); });
  box.append(titles);
  const spans = plain() ? now.map((tag, i) => ({start: i, end: i + 1, kind: tag})) : nerTags.spans(now);
  const [from, to] = sel ? range() : [-1, -1];
  it.words.forEach((word, i) => {
    const span = nerTags.at(spans, i);
    const tk = el('span', `tk${span && !plain() ? ` e ${hue(span.kind)}${span.start === i ? ' b' : ''}${span.end === i + 1 ? ' z' : ''}` : ''}${i >= from && i < to ? ' sel' : ''}`);
    tk.dataset.word = i; tk.setAttribute('role', 'option'); tk.setAttribute('aria-selected', i >= from && i < to);
    const w = el('span', 'w', word); w.dir = 'auto'; tk.append(w);
    tk.append(label(it.given[i], edited && now[i] !== it.given[i] ? 'was' : ''));
    if (edited) tk.append(label(now[i], now[i] !== it.given[i] ? 'new' : 'quiet'));
    const differ = it.suggestions.some(([, tags]) => tags[i] !== now[i]);
    it.suggestions.forEach(([, tags]) => tk.append(label(tags[i], !differ ? 'quiet' : tags === wanted ? 'want' : 'other')));
    box.append(tk);
  });
  box.addEventListener('pointerdown', event => press(event, box));
  return box;
}

function label(tag, how) {
  const quiet = how === 'quiet' || (tag === 'O' && !['new', 'want', 'was', 'other'].includes(how));
  const node = el('span', `l${quiet ? ' o' : ''}${['new', 'want', 'other'].includes(how) ? ` ${how} ${hue(kindOf(tag))}` : how === 'was' ? ' was' : ''}`, tag === 'O' && quiet ? '·' : tag);
  node.dir = 'ltr'; node.title = tag;
  return node;
}

/* Pointer: a press selects a word, with shift (or by dragging a mouse) up to it; a tap on a suggested label takes that label. */
function press(event, box) {
  const target = event.target.closest('[data-word]');
  if (!target) return;
  const word = Number(target.dataset.word);
  if (event.target.closest('.want')) { event.preventDefault(); take(word); return; }
  if (event.pointerType !== 'touch') event.preventDefault();
  sel = (event.shiftKey || (extending && sel)) ? {from: sel ? sel.from : word, to: word} : {from: word, to: word};
  paint();
  if (event.pointerType === 'touch') return;
  const drag = move => {
    const over = document.elementFromPoint(move.clientX, move.clientY)?.closest?.('[data-word]');
    if (over && box.contains(over) && sel) { sel = {...sel, to: Number(over.dataset.word)}; paint(); }
  };
  const stop = () => { removeEventListener('pointermove', drag); removeEventListener('pointerup', stop); };
  addEventListener('pointermove', drag); addEventListener('pointerup', stop);
}

function paint() {
  const [from, to] = sel ? range() : [-1, -1];
  root.querySelectorAll('.rv-words [data-word]').forEach(tk => {
    const on = Number(tk.dataset.word) >= from && Number(tk.dataset.word) < to;
    tk.classList.toggle('sel', on); tk.setAttribute('aria-selected', on);
  });
}

let extending = false;
function button(key, text, run, {primary = false, name = '', cap = ''} = {}) {
  const node = el('button', `rv-btn${primary ? ' primary' : ''}${key ? ` key-${key}` : ''}`); node.type = 'button';
  const caps = {Enter: '↵', ArrowUp: '↑', ArrowDown: '↓', ArrowLeft: '←', ArrowRight: '→'};
  if (key) node.append(el('kbd', 'k', cap || caps[key] || key));
  node.append(el('span', '', text));
  node.dataset.keyLabel = name || text;
  node.addEventListener('mousedown', event => event.preventDefault());  // the focus stays where it is, so that Enter means accept
  node.addEventListener('click', () => inTurn(key, run));
  return node;
}

function palette() {
  const bar = el('div', 'rv-palette');
  queue.types.forEach((kind, n) => {
    const node = button(n < 9 ? String(n + 1) : '', kind, () => setLabel(kind), {name: `Label the words ${kind}`});
    node.classList.add('chip', hue(kind)); bar.append(node);
  });
  if (queue.types.length > 9) {
    const field = el('input', 'rv-find'); field.setAttribute('list', 'rv-labels'); field.placeholder = 'label (l)'; field.setAttribute('aria-label', 'Label by name');
    const list = el('datalist'); list.id = 'rv-labels'; queue.types.forEach(kind => { const option = el('option'); option.value = kind; list.append(option); });
    field.addEventListener('keydown', event => {
      if (event.key !== 'Enter') return;
      event.preventDefault(); event.stopPropagation();
      const typed = field.value.trim().toUpperCase();
      const fits = queue.types.filter(kind => kind.toUpperCase() === typed);
      const starts = fits.length ? fits : queue.types.filter(kind => kind.toUpperCase().startsWith(typed));
      if (typed && starts.length === 1) { field.blur(); setLabel(starts[0]); } else toast(starts.length ? `${starts.length} labels start so.` : 'There is no such label in this column.');
    });
    bar.append(field, list);
  }
  if (!plain()) {
    const tools = [['0', 'none', () => setLabel(''), 'No entity: remove the label'], ['[', 'shrink', () => moveEnd(-1), 'Move the end of the entity one word back'],
      [']', 'extend', () => moveEnd(1), 'Move the end of the entity one word on'], ['{', 'start back', () => moveStart(-1), 'Move its start one word back'],
      ['}', 'start on', () => moveStart(1), 'Move its start one word on'], ['x', 'split', split, 'Split: a second entity starts at the word'], ['m', 'merge', merge, 'Merge the entities into one']];
    for (const [key, text, run, name] of tools) bar.append(button(key, text, run, {name}));
  }
  const more = button('', extending ? 'selecting up to' : 'select up to', () => { extending = !extending; draw(); }, {name: 'The next tap selects up to that word'});
  more.classList.add('rv-touch'); more.setAttribute('aria-pressed', extending); bar.append(more);
  return bar;
}

function actions(it) {
  const bar = el('div', 'rv-actions');
  const named = it.suggestions.length > 1 ? it.suggestions[choice % it.suggestions.length][0] : 'suggestion';
  const accepts = takes(it) ? `Accept ${named}, next` : touched(it) || settled(it) ? 'Next' : 'Labels are right, next';
  bar.append(button('Enter', accepts, accept, {primary: true}));
  bar.append(button('g', 'Keep given', keep, {name: 'Keep the given labels, next'}));
  const again = settled(it) && !picked && it.suggestions.length;
  if (again || it.suggestions.length > 1) bar.append(button('c', again ? 'Suggestion again' : 'Other suggestion', nextSuggestion));
  bar.append(button('f', 'Flag', flag, {name: 'Flag for later, next'}), button('s', 'Skip', skip, {name: 'Skip, next'}));
  bar.append(button('p', 'Previous', () => go(at - 1)), button('n', 'Next', () => go(at + 1)));
  bar.append(button('u', 'Undo', () => switchBack('undo')), button('U', 'Redo', () => switchBack('redo')));
  bar.append(button('a', 'All like it', like, {name: 'Apply to all like it'}));
  const hints = el('p', 'rv-hints');
  const hint = (key, cap, name) => { const k = el('kbd', `k key-${key}`, cap); k.dataset.keyLabel = name; hints.append(k); };
  hint('ArrowLeft', '←', 'Select the word to the left (with shift: up to it)'); hint('ArrowRight', '→', 'Select the word to the right (with shift: up to it)');
  hints.append('select words, with shift several; '); hint('ArrowUp', '↑', 'Previous sentence'); hint('ArrowDown', '↓', 'Next sentence'); hints.append('sentences; ');
  hints.append(el('kbd', 'k', '?'), 'every key.');
  bar.append(hints);
  return bar;
}

function aside() {
  const box = el('aside', 'card rv-progress'); box.append(inner()); return box;
}
function inner() {
  const box = el('div'), h = el('h4'); h.append(el('span', '', 'Progress')); box.append(h);
  const done = letters.filter(letter => letter !== '.' && letter !== 's').length, total = letters.length;
  const row = (name, value) => { const line = el('div', 'num'); line.append(el('span', '', name), el('span', '', value)); box.append(line); };
  row('reviewed', `${done.toLocaleString('en')} of ${total.toLocaleString('en')}`);
  const bar = el('div', 'rv-bar'), fill = el('i'); fill.style.width = `${(100 * done) / Math.max(1, total)}%`; bar.append(fill); box.append(bar);
  if (!progress) return box;
  const share = (a, b) => (b ? `${a.toLocaleString('en')} (${Math.round((100 * a) / b)}%)` : '–');
  row('really wrong', share(progress.wrong, progress.reviewed));
  row(`last ${progress.last[1]}`, progress.last[1] ? `${Math.round((100 * progress.last[0]) / progress.last[1])}%` : '–');
  row('left, estimated', progress.reviewed >= 20 ? `${progress.left[0].toLocaleString('en')}–${progress.left[1].toLocaleString('en')}` : '–');
  row('pace', progress.per_hour && progress.reviewed >= 10 ? `${Math.round(progress.per_hour).toLocaleString('en')} an hour` : '–');
  if (progress.blocks.length > 1) {
    const blocks = el('div', 'rv-blocks'); blocks.setAttribute('role', 'img');
    blocks.setAttribute('aria-label', `Wrong in each block of 50: ${progress.blocks.map(([wrong, seen]) => `${wrong} of ${seen}`).join(', ')}`);
    progress.blocks.forEach(([wrong, seen]) => { const i = el('i'); i.style.height = `${Math.max(4, (100 * wrong) / seen)}%`; i.title = `${wrong} of ${seen} wrong`; blocks.append(i); });
    box.append(blocks, el('p', 'meta', 'share wrong, by block of 50'));
  }
  box.append(el('p', 'rv-advice', progress.advice));
  return box;
}
function drawProgress() {
  const box = root.querySelector('.rv-progress');
  if (box) box.replaceChildren(inner());
}

function drawSaved() {
  const box = root.querySelector('.rv-saved');
  if (!box) return;
  const decided = letters[at] && letters[at] !== '.';
  box.classList.toggle('bad', Boolean(unsaved));
  box.textContent = unsaved ? `${count(pending.length, 'change', 'changes')} not saved yet, trying again. ${unsaved}` : pending.length ? 'saving …' : decided || stored || progress?.reviewed ? 'saved' : '';
}

function toast(text) {
  document.querySelectorAll('.toast.rv').forEach(old => old.remove());
  const box = el('div', 'toast rv', text); box.setAttribute('role', 'status');
  document.body.append(box); setTimeout(() => box.remove(), Math.max(1800, 55 * text.length));
}

function askSoon() { clearTimeout(progressTimer); progressTimer = setTimeout(ask, 250); }
async function ask() {
  if (!queue) return;
  const mine = opening;
  try {
    const answer = await server.read_progress(where);
    if (mine === opening && queue && !answer.refused) { progress = answer; drawProgress(); drawSaved(); }
  } catch { /* the numbers stay as they are */ }
}
