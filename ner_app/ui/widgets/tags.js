/* Tags and spans in the browser, as ner_app/core/labels.py and ner_app/core/review/similar.py have them. Pure functions: arrays in, arrays out.
   A span is {start, end, kind}, half-open, in words. */
const nerTags = (() => {
  const prefixes = {IO: 'IIII', IOB1: 'IIII', IOB2: 'BIIB', BIOES: 'BIES', BMES: 'BMES', BILOU: 'BILU'};  // begin, inside, end, single

  function split(tag) {
    if (tag === 'O') return ['O', ''];
    return /^[BIMELSU]-[^]+$/.test(tag) ? [tag[0], tag.slice(2)] : ['', tag];
  }

  function spans(tags) {
    const found = [];
    let start = 0, current = '', open = false;
    tags.forEach((tag, i) => {
      const [prefix, kind] = split(tag);
      const inside = prefix !== '' && prefix !== 'O';
      if (open && (!inside || 'BSU'.includes(prefix) || kind !== current)) { found.push({start, end: i, kind: current}); open = false; }
      if (inside && !open) { start = i; current = kind; open = true; }
      if (open && 'ELSU'.includes(prefix)) { found.push({start, end: i + 1, kind: current}); open = false; }
    });
    if (open) found.push({start, end: tags.length, kind: current});
    return found;
  }

  function tags(list, length, scheme) {
    const [begin, inside, end, single] = prefixes[scheme];
    const out = new Array(length).fill('O');
    let before = null;
    for (const span of [...list].sort((a, b) => a.start - b.start)) {
      for (let i = span.start; i < span.end; i++) out[i] = `${inside}-${span.kind}`;
      out[span.end - 1] = `${end}-${span.kind}`;
      const touching = before && before.end === span.start && before.kind === span.kind;
      const first = scheme === 'IOB1' && touching ? 'B' : span.end - span.start === 1 ? single : begin;
      out[span.start] = `${first}-${span.kind}`;
      before = span;
    }
    return out;
  }

  /* Words start..end become one entity of a kind ('' for none); entities that reach into them are cut back. */
  function retag(old, start, end, kind, scheme) {
    if (scheme === 'plain') return old.map((tag, i) => (i >= start && i < end ? kind : tag));
    const kept = [];
    for (const span of spans(old)) {
      if (span.end <= start || span.start >= end) { kept.push(span); continue; }
      if (span.start < start) kept.push({...span, end: start});
      if (span.end > end) kept.push({...span, start: end});
    }
    if (kind) kept.push({start, end, kind});
    return tags(kept, old.length, scheme);
  }

  const at = (list, word) => list.find(span => span.start <= word && word < span.end);

  /* Move one border of the span at a word: side 'start' or 'end', by -1 or 1. Other spans give way; a span of one word does not vanish. */
  function move(old, word, side, by, scheme) {
    const span = at(spans(old), word);
    if (!span) return null;
    const fresh = {...span, [side]: span[side] + by};
    if (fresh.start < 0 || fresh.end > old.length || fresh.start >= fresh.end) return null;
    return retag(retag(old, span.start, span.end, '', scheme), fresh.start, fresh.end, span.kind, scheme);
  }

  /* Two spans of one: the second begins at the word. */
  function cut(old, word, scheme) {
    const list = spans(old), span = at(list, word);
    if (!span || span.start === word) return null;
    return tags([...list.filter(one => one !== span), {...span, end: word}, {...span, start: word}], old.length, scheme);
  }

  /* The spans that words start..end touch become one, from the first of them to the last, of the first one's kind;
     where they touch only one, it is joined with the one after it. */
  function merge(old, start, end, scheme) {
    const list = spans(old);
    let touched = list.filter(span => span.end > start && span.start < end);
    if (touched.length === 1) touched = [...touched, ...list.filter(span => span.start >= touched[0].end).slice(0, 1)];
    if (touched.length < 2) return null;
    return retag(old, touched[0].start, touched[touched.length - 1].end, touched[0].kind, scheme);
  }

  return {split, spans, tags, retag, at, move, cut, merge};
})();
