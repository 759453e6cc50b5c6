/* The label editor of Review. It works on a window of items that it fetched, shows the next one at once, and writes in the background:
   each operation stays in localStorage until the app says that it is on disk, and is sent again (with the same key) until then.
   Runs as js_on_load of a gr.HTML: element, props, server, trigger and watch are there, and nerTags (tags.js). Text goes in by textContent. */
const root = element.querySelector('.rv') || element;
const STORE = 'ner-review:';
const AHEAD = 10, WINDOW = 20;
let queue = null;          // what open_queue answered
let where = null;          // {source, column, queue, reviewer} of it: part of every request
let items = new Map();     // position in the queue -> item
let at = 0;                // index into queue.order
let letters = [];          // state of each item in order: . k c f s
let sel = null;            // selected words {from, to}, both included; from is where the selection began
let choice = 0;            // which of several suggestions
let picked = false;        // a suggestion was asked for on a sentence that is decided already
let waiting = [];          // keys pressed while an undo or redo is on its way: they mean the sentence that it will show
let pending = [];          // operations that are not known to be on disk
let sending = false, retryIn = 0, unsaved = '';
let opened = [];
let progress = null, progressTimer = 0, message = '', opening = 0;

const el = (tag, cls, text) => { const node = document.createElement(tag); if (cls) node.className = cls; if (text !== undefined) node.textContent = text; return node; };
const same = (a, b) => a.length === b.length && a.every((x, i) => x === b[i]);
const newKey = () => [...crypto.getRandomValues(new Uint8Array(16))].map(b => b.toString(16).padStart(2, '0')).join('');
const visible = () => root.isConnected && root.offsetParent !== null;
const item = () => queue && items.get(queue.order[at]);
const plain = () => queue.scheme === 'plain';
const kindOf = tag => nerTags.split(tag)[1];
const hue = kind => `hue-${queue.hues[kind] ?? 8}`;
const count = (n, one, many) => `${n.toLocaleString('en')} ${n === 1 ? one : many}`;
const labelsNow = it => it.mine || it.given;
const suggestion = it => (it.suggestions.length ? it.suggestions[choice % it.suggestions.length][1] : null);

// ---- opening a queue and fetching its items

async function open() {
  const wish = recalled(props.value);
  if (queue && wish && same([wish.source, wish.column, wish.queue, wish.reviewer, wish.made || 0, JSON.stringify(wish.filter)], opened)) { leaveField(); return; }
  const turn = ++opening;
  queue = null; message = ''; waiting = []; delete root.dataset.queue;
  if (!wish || !wish.source) { say('No queue is open.', 'Choose a queue above, or make one.'); return; }
  if (!wish.reviewer) { say('Who is reviewing?', 'Enter your name above: decisions are kept by name, and others do not see them until both are done.'); return; }
  if (wish.opening) { say('Opening the queue', ''); return; }
  if (!wish.queue) { say('No queue is open.', wish.hint || 'Choose a queue above, or make one.'); return; }
  say('Opening the queue', '');
  await flushed();
  let answer;
  try { answer = await server.open_queue(wish); } catch { answer = {refused: 'The app did not answer. Reload the page when it is back; what you decided is kept in this browser until it is stored.'}; }
  if (turn !== opening) return;
  if (answer.refused) { say('This queue cannot be opened.', answer.refused); return; }
  if (!answer.order.length) { say('No sentence of this queue passes the filter.', 'Choose another filter above.'); return; }
  opened = [wish.source, wish.column, wish.queue, answer.reviewer, wish.made || 0, JSON.stringify(wish.filter)];
  const wordy = kind => /[\p{L}\p{N}]/u.test(kind);  // the nine keys go to types with a name before those of punctuation
  answer.types = [...answer.types.filter(wordy), ...answer.types.filter(kind => !wordy(kind))];
  queue = answer; where = {source: wish.source, column: wish.column, queue: wish.queue, reviewer: answer.reviewer};
  items = new Map(answer.items.map(it => [it.n, it])); letters = [...answer.states]; at = answer.at;
  progress = null; choice = 0;
  root.dataset.queue = wish.queue; root.dataset.made = wish.made || 0;
  remember();
  if (visible()) window.nerParam?.('queue', wish.queue);
  leaveField();
  if (answer.finished) message = 'Everything in this queue is decided. Look through it again, or choose another queue.';
  arrive(); ask();
}

/* Keys are for the sentence now: Enter must not press the button that opened it, nor may a key go into the name that was just entered. */
function leaveField() {
  const focused = document.activeElement;
  if (!visible() || !focused) return;
  const named = focused.closest('#review-name') && (focused.value || '').trim().split(/\s+/).join(' ') === where.reviewer;
  if (named || focused.matches('button:not([role="tab"])')) focused.blur();
}

/* The browser remembers who reviews, and which queue of each corpus was open last. */
const REMEMBERED = 'ner-reviewer';
let linked = new URLSearchParams(location.search).get('queue');  // a link to a queue comes before what was open last, once
function remembered() { try { return JSON.parse(localStorage.getItem(REMEMBERED)) || {}; } catch { return {}; } }
function remember() {
  const queues = {...remembered().queues, [`${where.source} ${where.column}`]: where.queue};
  try { localStorage.setItem(REMEMBERED, JSON.stringify({reviewer: where.reviewer, queues})); } catch { /* then it is asked again */ }
}
/* What to open when nobody has entered a name yet: it is opened at once, and the fields above are told. */
function recalled(wish) {
  const known = remembered();
  if (!wish || !wish.source || wish.reviewer || !known.reviewer) return wish;
  const queue = linked || (wish.queue && known.queues?.[`${wish.source} ${wish.column}`]) || wish.queue;
  linked = null;
  setTimeout(() => trigger('input', {reviewer: known.reviewer, queue}), 0);
  const sent = Date.now() - (window.nerSent || 0) < 5000;  // another tab is sending one: it is not this queue that is wanted
  return sent ? {...wish, reviewer: known.reviewer, queue: '', opening: true} : {...wish, reviewer: known.reviewer, queue};
}

function say(title, how) {
  root.replaceChildren();
  const box = el('div', 'empty'); box.append(el('b', '', title), el('p', '', how)); root.append(box);
}

async function fetchAround() {
  const wanted = queue.order.slice(Math.max(0, at - 2), at + AHEAD).filter(n => !items.has(n));
  if (!wanted.length) return;
  const first = queue.order.indexOf(wanted[0]), mine = opening;
  const more = queue.order.slice(first, first + WINDOW).filter(n => !items.has(n));
  let answer;
  try { answer = await server.read_items({...where, positions: more}); } catch { return; }
  if (mine !== opening || !queue) return;
  if (answer.refused) { toast(answer.refused); return; }
  const waiting = !item();
  for (const it of answer.items) if (!items.has(it.n)) items.set(it.n, it);
  if (items.size > 400) for (const n of [...items.keys()].slice(0, 200)) if (Math.abs(queue.order.indexOf(n) - at) > 60) items.delete(n);
  if (waiting) arrive();
}

function arrive() {
  const it = item();
  choice = 0; picked = false; sel = null;
  if (it && it.area[1] > it.area[0]) sel = {from: it.area[0], to: it.area[1] - 1};
  draw(); fetchAround();
}

function go(index) {
  if (!queue || index < 0 || index >= queue.order.length) { if (queue) toast(index < 0 ? 'This is the first sentence.' : 'This is the last sentence of the queue.'); return; }
  at = index; message = ''; arrive();
}

function goUndone() {
  for (const letter of ['.', 's']) {
    let next = letters.indexOf(letter, at + 1);
    if (next < 0) next = letters.indexOf(letter);
    if (next >= 0 && next !== at) { go(next); return; }
  }
  message = 'Everything in this queue is decided.';
  if (at + 1 < queue.order.length) { at += 1; arrive(); } else draw();
}

// ---- operations: kept here until they are on disk

function operate(operation) {
  const full = {...where, adjudicates: queue.origin === 'reviewers differ', ...operation, key: newKey(), made: Date.now()};
  pending.push(full);
  try { localStorage.setItem(STORE + full.key, JSON.stringify(full)); } catch { /* full or switched off: the page itself still holds it */ }
  drawSaved(); pump();
  return full;
}

async function pump() {
  if (sending || !pending.length) return;
  sending = true;
  const batch = pending.slice(0, 50);
  let answer = null;
  try { answer = await server.write({operations: batch}); } catch { answer = null; }
  sending = false;
  if (!answer || answer.refused || !answer.results) { later(answer && answer.refused); return; }
  for (const result of answer.results) settle(result);
  if (answer.again) { later(answer.again); return; }
  retryIn = 0; unsaved = '';
  drawSaved();
  if (pending.length) pump(); else askSoon();
  while (waiting.length && !mustWait(waiting[0].key)) waiting.shift().run();
}

/* What is done while an undo or redo is on its way waits for it: the page may go to another sentence then. */
const mustWait = key => !/^[uU]$/.test(key) && pending.some(one => one.op === 'undo' || one.op === 'redo');
function inTurn(key, run) {
  if (!waiting.length && !mustWait(key)) { run(); return; }
  waiting.push({key, run});
  if (unsaved) toast('Your undo is not stored yet; this waits for it.');
}

function settle(result) {
  const done = pending.find(one => one.key === result.key);
  pending = pending.filter(one => one.key !== result.key);
  try { localStorage.removeItem(STORE + result.key); } catch { /* nothing was kept */ }
  if (!done) return;
  if (result.refused) { toast(result.refused); refresh(done); return; }
  if (done.op !== 'decide') afterSwitch(done, result.places);
}

function later(why) {
  unsaved = why || 'The app does not answer.';
  retryIn = Math.min(15000, (retryIn || 500) * 2);
  drawSaved();
  setTimeout(pump, retryIn);
}

const flushed = async () => { for (let n = 0; pending.length && n < 40; n++) { pump(); await new Promise(done => setTimeout(done, 50)); } };

async function refresh(operation) {
  const position = queue && [...items.values()].find(it => it.split === operation.split && it.index === operation.index);
  if (!position) return;
  try {
    const answer = await server.read_items({...where, positions: [position.n]});
    if (answer.items && answer.items.length) { items.set(position.n, answer.items[0]); mark(answer.items[0]); draw(); }
  } catch { /* the old state stays until the next try */ }
}

function leftovers() {
  try {
    const keys = Object.keys(localStorage).filter(name => name.startsWith(STORE));
    const found = keys.map(name => JSON.parse(localStorage.getItem(name))).filter(Boolean).sort((a, b) => a.made - b.made);
    if (found.length) { pending = [...found, ...pending]; pump(); }
  } catch { /* no storage, or not ours */ }
}

// ---- deciding

function letterOf(it) {
  if (it.verdict === 'flag') return 'f';
  if (it.verdict === 'skip') return 's';
  if (!it.verdict) return '.';
  return it.mine && !same(it.mine, it.given) ? 'c' : 'k';
}
function mark(it) { const n = queue.order.indexOf(it.n); if (n >= 0) letters[n] = letterOf(it); }

function decide(verdict, after) {
  const it = item();
  if (!it) return;
  if (after) it.mine = after;
  if (verdict === 'accept_given') it.mine = it.given;
  it.verdict = verdict;
  mark(it);
  operate({op: 'decide', split: it.split, index: it.index, hash: it.hash, verdict, after: after || [], reason: it.reasons[0] || ''});
}

function edit(after, what) {
  const it = item();
  if (!it) return;
  if (!after) { toast(what); return; }
  if (same(after, labelsNow(it))) { toast(what || 'That changes nothing.'); return; }
  const unknown = after.find(tag => !queue.labels.includes(tag));
  if (unknown !== undefined) { toast(`This column has no label ${unknown}, so that cannot be written.`); return; }
  message = '';
  decide('correct', after);
  draw();
}

const touched = it => Boolean(it.mine) && !same(it.mine, it.given);
const settled = it => Boolean(it.mine) && !['', 'skip', 'flag'].includes(it.verdict);
/* Is it the suggestion that Enter accepts? Not on a sentence that is decided: whoever looks through those again changes none of them. */
const takes = it => Boolean(suggestion(it)) && (picked || (!touched(it) && !settled(it)));

function accept() {
  const it = item();
  if (!it) return;
  if (takes(it)) decide('accept_suggestion', suggestion(it));
  else if (!it.verdict || it.verdict === 'skip' || it.verdict === 'flag') decide(touched(it) ? 'correct' : 'accept_given', touched(it) ? it.mine : it.given);
  goUndone();
}
const keep = () => { if (item()) { decide('accept_given', item().given); goUndone(); } };
const flag = () => { if (item()) { decide('flag'); goUndone(); } };
const skip = () => { if (item()) { decide('skip'); goUndone(); } };

function setLabel(kind) {
  const it = item();
  if (!it) return;
  if (!sel) { toast('Select words first: click one, or press ← or →.'); return; }
  if (plain() && !kind) return;
  const [start, end] = range();
  edit(nerTags.retag(labelsNow(it), start, end, kind, queue.scheme), 'The words have this label already.');
}
const range = () => [Math.min(sel.from, sel.to), Math.max(sel.from, sel.to) + 1];
function spanEdit(make, cannot) {
  const it = item();
  if (!it) return;
  if (plain()) { toast('These labels stand for single words; there are no spans to change.'); return; }
  if (!sel) { toast('Select a word of the entity first.'); return; }
  edit(make(labelsNow(it), ...range()), cannot);
}
/* A border moves of the last (for its end) or first (for its start) entity that the selection touches; the selection follows it. */
function moveBorder(side, by) {
  const it = item();
  if (!it || plain() || !sel) { spanEdit(() => null, ''); return; }
  const [start, end] = range();
  const touched = nerTags.spans(labelsNow(it)).filter(span => span.end > start && span.start < end);
  const span = side === 'end' ? touched[touched.length - 1] : touched[0];
  const fresh = span && nerTags.move(labelsNow(it), span.start, side, by, queue.scheme);
  if (!fresh) { toast(span ? 'This border cannot move further.' : 'There is no entity here whose border can move.'); return; }
  sel = side === 'end' ? {from: span.start, to: span.end - 1 + by} : {from: span.end - 1, to: span.start + by};
  edit(fresh);
}
const moveEnd = by => moveBorder('end', by);
const moveStart = by => moveBorder('start', by);
const split = () => spanEdit((tags, start, end) => nerTags.cut(tags, sel.to, queue.scheme), 'Select the word that the second entity starts with.');
const merge = () => spanEdit((tags, start, end) => nerTags.merge(tags, start, end, queue.scheme), 'There is no second entity to join.');

function take(word) {
  const it = item(), wanted = suggestion(it);
  if (!wanted) return;
  if (plain()) { edit(labelsNow(it).map((tag, i) => (i === word ? wanted[i] : tag))); return; }
  const span = nerTags.at(nerTags.spans(wanted), word);
  const own = nerTags.at(nerTags.spans(labelsNow(it)), word);
  edit(span ? nerTags.retag(labelsNow(it), span.start, span.end, span.kind, queue.scheme)
            : own ? nerTags.retag(labelsNow(it), own.start, own.end, '', queue.scheme) : null, 'Nothing is suggested for this word.');
}

function nextSuggestion() {
  const it = item();
  if (!it || !it.suggestions.length) { toast('There is no suggestion.'); return; }
  const back = settled(it) && !picked;  // first the suggestion comes back to be accepted, then the others follow
  if (!back && it.suggestions.length < 2) { toast('There is only one suggestion.'); return; }
  picked = settled(it);
  if (!back) choice = (choice + 1) % it.suggestions.length;
  draw();
}

function switchBack(op) {
  if (!queue) return;
  operate({op});
}

function afterSwitch(operation, places) {
  if (!queue) return;
  for (const place of places) {
    for (const it of items.values()) {
      if (it.split === place.split && it.index === place.index) { it.mine = place.mine; it.verdict = place.verdict; mark(it); }
    }
  }
  if (operation.op === 'apply') { toast(`Applied to ${count(places.length, 'sentence', 'sentences')}. u takes it back as one.`); sync(places); draw(); return; }
  const first = places[0];
  const verb = operation.op === 'undo' ? 'Undone' : 'Done again';
  if (!first) { draw(); return; }
  sync(places);
  const found = places.length === 1 ? [...items.values()].find(it => it.split === first.split && it.index === first.index) : null;
  const position = found ? queue.order.indexOf(found.n) : -1;
  if (position >= 0 && position !== at) { at = position; arrive(); } else draw();
  toast(places.length > 1 ? `${verb} in ${count(places.length, 'sentence', 'sentences')}.` : `${verb}: ${first.split} ${first.index}${found ? '' : ', which is not in view'}.`);
}

/* States of items that are not in the window: read the queue's states again when something changed outside it. */
async function sync(places) {
  if (places.every(place => [...items.values()].some(it => it.split === place.split && it.index === place.index))) return;
  const mine = opening;
  try {
    const answer = await server.open_queue({...props.value});
    if (mine === opening && queue && answer.states && answer.states.length === letters.length) { letters = [...answer.states]; draw(); }
  } catch { /* shown at the next opening */ }
}

// ---- apply to all like it

async function like() {
  const it = item();
  if (!it) return;
  if (!sel) { toast('Select the words first.'); return; }
  let [start, end] = range();
  const own = labelsNow(it), wanted = same(own, it.given) && suggestion(it) ? suggestion(it) : own;
  if (!plain()) {
    for (const span of [...nerTags.spans(wanted), ...nerTags.spans(it.given)])
      if (span.end > start && span.start < end) { start = Math.min(start, span.start); end = Math.max(end, span.end); }
  }
  const spans = plain() ? [] : nerTags.spans(wanted).filter(span => span.end > start && span.start < end);
  const kind = plain() ? wanted[start] : spans.length ? spans[0].kind : '';
  const whole = plain() ? end - start === 1 : spans.length <= 1 && (!spans.length || (spans[0].start === start && spans[0].end === end));
  if (!whole) { toast('Select the words of one entity: only a single entity can be applied elsewhere.'); return; }
  if (same(wanted.slice(start, end), it.given.slice(start, end))) { toast('Nothing differs from the given labels here. Change the labels first.'); return; }
  const what = {split: it.split, index: it.index, start, end, kind};
  let answer;
  try { await flushed(); answer = await server.find_like({...where, ...what}); } catch { answer = {refused: 'The app did not answer; try again.'}; }
  if (answer.refused) { toast(answer.refused); return; }
  if (!answer.hits.length) { toast(`“${answer.words.join(' ')}” has these labels nowhere else.`); return; }
  preview(what, answer);
}

function preview(what, answer) {
  const dialog = el('dialog', 'rv-like');
  const words = answer.words.join(' ');
  dialog.append(el('h2', '', `${count(answer.total, 'other place', 'other places')} with “${words}” under the same labels`));
  const to = what.kind || 'O';
  dialog.append(el('p', 'meta', `Chosen places become ${to}.${answer.total > answer.hits.length ? ` The first ${answer.hits.length} are shown.` : ''} Places that you decided yourself are not chosen at first.`));
  const all = el('label', 'rv-all'), allBox = el('input'); allBox.type = 'checkbox'; all.append(allBox, el('span', '', 'all'));
  const list = el('ul');
  const boxes = answer.hits.map(hit => {
    const row = el('li'), label = el('label'), box = el('input');
    box.type = 'checkbox'; box.checked = !hit.decided;
    const text = el('span', 'ctx'); text.dir = 'auto';
    text.append(`${hit.left} `, el('mark', `ent ${hue(what.kind)}`, words), ` ${hit.right}`);
    label.append(box, el('span', 'id', `${hit.split} ${hit.index}`), text); row.append(label); list.append(row);
    return box;
  });
  const bar = el('div', 'rv-actions'), apply = el('button', 'rv-btn primary'), cancel = el('button', 'rv-btn', 'Cancel');
  const counted = () => { const n = boxes.filter(box => box.checked).length; apply.textContent = `Apply to ${n.toLocaleString('en')}`; apply.disabled = !n; allBox.checked = n === boxes.length; };
  list.addEventListener('change', counted);
  allBox.addEventListener('change', () => { boxes.forEach(box => { box.checked = allBox.checked; }); counted(); });
  apply.addEventListener('click', () => {
    operate({op: 'apply', ...what, hits: answer.hits.filter((_, n) => boxes[n].checked).map(hit => [hit.split, hit.index, hit.start])});
    const it = item();
    if (it && same(labelsNow(it), it.given) && suggestion(it)) decide('accept_suggestion', suggestion(it));
    dialog.close(); draw();
  });
  cancel.addEventListener('click', () => dialog.close());
  dialog.addEventListener('close', () => dialog.remove());
  bar.append(apply, cancel); counted();
  dialog.append(all, list, bar); root.append(dialog); dialog.showModal(); apply.focus();
}

// ---- drawing

function draw() {
  if (!queue) return;
  const it = item();
  const page = el('div', 'rv-cols'), main = el('section', 'card rv-card');
  main.append(head(it));
  if (queue.note) main.append(el('div', 'notice warning', queue.note));
  if (message) main.append(el('div', 'notice', message));
  if (!it) main.append(el('div', 'empty waiting', 'Fetching the sentence'));
  else {
    main.append(context(it.before, it.dir), sentence(it), context(it.after, it.dir));
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

function context(text, dir) {
  const p = el('p', 'rv-context', text || ''); p.dir = dir; return p;
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
  row('pace', progress.per_hour ? `${Math.round(progress.per_hour).toLocaleString('en')} an hour` : '–');
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
  box.textContent = unsaved ? `${count(pending.length, 'change', 'changes')} not saved yet, trying again. ${unsaved}` : pending.length ? 'saving …' : decided || progress?.reviewed ? 'saved' : '';
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

// ---- keys

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
