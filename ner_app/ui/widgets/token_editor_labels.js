/* Deciding: verdicts, changed labels, undo and redo, and the same change elsewhere. Goes on from token_editor.js. */

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
