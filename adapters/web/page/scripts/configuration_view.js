/** Says with which settings a session works, for the panel "Active configuration". */
import { element } from "./elements.js";
import { languageName } from "./languages.js";
import { sourceName } from "./words.js";

/** The settings of a session as names and values for a reader. */
export function configurationRows(session) {
  const { settings } = session;
  if (!settings) return [];
  const { transcription, voice_activity: voice, endpointing, wake_word: wakeWord } = settings;
  return [
    ["Source", sourceName(session.source)],
    ["Engine", transcription.engine],
    ["Model", transcription.model],
    ["Language", transcription.language ? languageName(transcription.language) : "detected"],
    ...toldRows(transcription),
    ["Mode", wakeWord ? "after a wake word" : "all speech"],
    ...(wakeWord ? wakeWordRows(wakeWord) : []),
    ["Speech from", `${voice.onset_threshold.toFixed(2)} on`],
    ["Shortest speech", `${endpointing.minimum_speech_seconds} s`],
    ["Silence at the end", `${endpointing.minimum_silence_seconds} s`],
    ["Longest sentence", `${endpointing.longest_utterance_seconds} s`],
    ["Live text every", transcription.partial_interval_seconds ? `${transcription.partial_interval_seconds} s` : "never"],
  ];
}

/** Draw the settings into a list of terms. */
export function drawConfiguration(list, session) {
  const rows = configurationRows(session).map(([name, value]) =>
    element("div", {}, element("dt", {}, name), element("dd", {}, value)),
  );
  list.replaceChildren(...rows);
}

/** What the model is told besides; most sessions tell it nothing, and their logs of before may not even have the words. */
function toldRows(transcription) {
  return [
    ["Names", transcription.glossary?.join(", ")],
    ["Prompt", transcription.prompt],
    ["Last sentences", transcription.carries_context && "shown to the model"],
    ["Written", transcription.task === "translate" && "in English"],
    ["Beams", transcription.beam_size > 1 && transcription.beam_size],
    ["Where it is too slow", transcription.smaller_model && `${transcription.smaller_model} writes`],
  ].filter(([, value]) => value);
}

function wakeWordRows(wakeWord) {
  return [
    ["Wake word", wakeWord.words.join(", ").replaceAll("_", " ")],
    ["Wake word from", `${wakeWord.threshold.toFixed(2)} on`],
    ["Time to begin", `${wakeWord.timeout_seconds} s`],
  ];
}
