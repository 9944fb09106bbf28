// Where the words of a citation stand in a passage. The API counts Unicode code points
// of the canonical text; JavaScript counts UTF-16 units of the passage.

// unitOffset answers the UTF-16 offset that lies `points` code points into text, or -1
// when the text is shorter.
export function unitOffset(text, points) {
  let units = 0;
  for (let i = 0; i < points; i++) {
    if (units >= text.length) return -1;
    units += text.codePointAt(units) > 0xffff ? 2 : 1;
  }
  return units;
}

// passageOf finds the passage that a citation quotes: the same revision of the same
// document, around the quoted words.
export function passageOf(citation, passages) {
  const same = passages.filter((passage) => passage.doc_id === citation.doc_id
    && passage.revision === citation.revision);
  return same.find((passage) => passage.char_start <= citation.char_start
    && citation.char_end <= passage.char_end) ?? null;
}

// quoteRange answers the [start, end) of the citation's quote in the passage's text, in
// UTF-16 units, or null. Offsets that do not lead to the quoted words are not trusted:
// nothing is marked that was not quoted.
export function quoteRange(citation, passage) {
  const start = unitOffset(passage.text, citation.char_start - passage.char_start);
  const end = start + citation.quote.length;
  if (start >= 0 && passage.text.slice(start, end) === citation.quote) return [start, end];
  const found = citation.quote ? passage.text.indexOf(citation.quote) : -1;
  return found < 0 ? null : [found, found + citation.quote.length];
}
