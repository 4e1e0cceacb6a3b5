/** Cuts a text into pieces that look alike: words of which the model is not sure, and what a search found. Pure. */

/** Below this probability a word is marked. */
export const DOUBT_BELOW = 0.6;

/** So many letters stand before what was found in a line. */
const SNIPPET_LETTERS = 24;

/**
 * The text in pieces, none of them empty; put together they are the text.
 * @param {{text: string, probability: number}[]} words as in the events; they need not add up to the text.
 * @returns {{text: string, probability: number|null, isMatch: boolean}[]} `probability` only where it is doubtful.
 */
export function textSegments(text, words = [], query = "") {
  const doubts = doubtfulRanges(text, words);
  const matches = matchingRanges(text, query);
  const borders = new Set([0, text.length]);
  for (const { start, end } of [...doubts, ...matches]) borders.add(start).add(end);
  const places = [...borders].sort((a, b) => a - b);
  return places.slice(0, -1).map((start, index) => ({
    text: text.slice(start, places[index + 1]),
    probability: doubts.find((range) => covers(range, start))?.probability ?? null,
    isMatch: matches.some((range) => covers(range, start)),
  }));
}

/** Where the query stands in the text, in any case and with or without accents; none for an empty one. */
export function matchingRanges(text, query) {
  const wanted = folded(query.trim());
  if (!wanted.text) return [];
  const { text: plain, places } = folded(text);
  const ranges = [];
  for (let at = plain.indexOf(wanted.text); at >= 0; at = plain.indexOf(wanted.text, at + wanted.text.length)) {
    ranges.push({ start: places[at], end: places[at + wanted.text.length] });
  }
  return ranges;
}

/** The first line in which the query stands, cut short before it, in pieces as above; null where it stands nowhere. */
export function snippet(text, query) {
  const line = text.split("\n").find((each) => matchingRanges(each, query).length);
  if (line === undefined) return null;
  const { start } = matchingRanges(line, query)[0];
  const cut = start > SNIPPET_LETTERS ? line.lastIndexOf(" ", start - SNIPPET_LETTERS) + 1 : 0;
  return textSegments((cut ? "…" : "") + line.slice(cut), [], query);
}

/** The text in lower case without accents, and for each of its places the place in the text as it was. */
function folded(text) {
  let plain = "";
  const places = [];
  let at = 0;
  for (const letter of text) {
    const bare = letter.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
    for (let index = 0; index < bare.length; index++) places.push(at);
    plain += bare;
    at += letter.length;
  }
  return { text: plain, places: [...places, text.length] };
}

function doubtfulRanges(text, words) {
  const ranges = [];
  let from = 0;
  for (const word of words) {
    const bare = word.text.trim();
    const start = bare ? text.indexOf(bare, from) : -1;
    if (start < 0) continue;
    from = start + bare.length;
    if (word.probability < DOUBT_BELOW) ranges.push({ start, end: from, probability: word.probability });
  }
  return ranges;
}

function covers({ start, end }, place) {
  return start <= place && place < end;
}
