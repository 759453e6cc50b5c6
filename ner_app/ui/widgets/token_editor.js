/* The label editor of Review. It works on a window of items that it fetched, shows the next one at once, and writes in the background:
   each operation stays in localStorage until the app says that it is on disk, and is sent again (with the same key) until then.
   Runs as js_on_load of a gr.HTML, in one scope with the other token_editor_*.js: element, props, server, trigger and watch are there, and
   nerTags (tags.js). Text goes in by textContent. */
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
let sending = false, retryIn = 0, unsaved = '', stored = false;
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
  retryIn = 0; unsaved = ''; stored = true;
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
