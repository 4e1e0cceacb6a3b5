/** The languages that can be chosen: those that people use most first, then all others that Whisper writes. */

const FIRST = ["en", "es", "fr", "de", "it", "pt", "nl", "no", "sv", "da", "pl", "ru", "uk", "zh", "ja", "ko", "ar", "hi", "tr"];

const OTHERS = `af am as az ba be bg bn bo br bs ca cs cy el et eu fa fi fo gl gu ha haw he hr ht hu hy id is jw ka kk km
  kn la lb ln lo lt lv mg mi mk ml mn mr ms mt my ne nn oc pa ps ro sa sd si sk sl sn so sq sr su sw ta te tg th tk tl tt
  ur uz vi yi yo yue`.split(/\s+/);

/** Whisper's own code where it is not that of the browser's names. */
const BROWSER_CODES = { jw: "jv" };

/** The name of a language in the reader's language; the code where it has none. */
export function languageName(code, readerLanguages = navigator.languages) {
  return new Intl.DisplayNames(readerLanguages, { type: "language" }).of(BROWSER_CODES[code] ?? code) ?? code;
}

/** Every language as its code and its name in the reader's language, the most used ones apart. */
export function languageGroups(readerLanguages = navigator.languages) {
  const named = (code) => ({ code, name: languageName(code, readerLanguages) });
  const others = OTHERS.map(named).sort((a, b) => a.name.localeCompare(b.name));
  return { first: FIRST.map(named), others };
}
