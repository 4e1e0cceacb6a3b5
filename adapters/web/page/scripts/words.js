/** What codes and closed words mean, in words for a person, and what to do next. */

/** Why an utterance was left out of the transcript. */
export const REJECTION_RULES = {
  "digital-silence": "Left out: the audio is silent.",
  "too-little-speech": "Left out: too short to be speech. A lower “Shortest speech” keeps it.",
  "wake-word": "Left out: it was the wake word itself.",
  "no-speech": "Left out: the model thinks that nobody spoke.",
  repetition: "Left out: the text repeats itself, as happens with noise.",
  "impossible-pace": "Left out: nobody can say so much in so short a time.",
  "empty-text": "Left out: no letter and no digit was heard.",
};

/** Why a stretch of audio was not heard. */
export const GAP_REASONS = {
  overflow: "could not be taken in time",
  "source-lost": "passed while the microphone was away",
  paused: "passed while listening was paused",
  "invalid-samples": "held no sound",
  skipped: "never arrived",
};

/** What a session does. */
export const ACTIVITIES = {
  "not-started": "Starting…",
  "awaiting-wake-word": "Waiting for the wake word",
  listening: "Listening",
  "hearing-speech": "Hearing speech",
  paused: "Paused",
  stopping: "Writing the last words…",
  stopped: "Finished",
  failed: "Failed",
  interrupted: "Interrupted",
};

/** Where the server works, as a reader of the page would say it. */
export function machineName(hostname = location.hostname) {
  const isHere = ["localhost", "[::1]"].includes(hostname) || hostname.startsWith("127.");
  return isHere ? "this machine" : "the server’s machine";
}

/** What is left out while more is said than can be written at once, by the code that says so. */
const LEFT_OUT = {
  "hypotheses-slower": "partial texts are shown more rarely",
  "hypotheses-off": "only finished sentences are shown",
  "smaller-model": "a smaller model writes",
};

/** Whether the code says that something is left out to keep up, which `leftOutSentence` puts into words. */
export function isLeftOut(code) {
  return code in LEFT_OUT;
}

/** What is left out just now, and why, as a sentence; empty where nothing is. */
export function leftOutSentence(codes, engine, hostname = location.hostname) {
  const said = codes.filter(isLeftOut).map((code) => LEFT_OUT[code]).join(", and ");
  const who = engine === "openai" ? "the service" : machineName(hostname);
  return said && `${said[0].toUpperCase()}${said.slice(1)}: ${who} is busy.`;
}

/** What is said when a part of the service is there again. */
export function restoredSentence(part) {
  if (part === "hypotheses") return "Partial texts are shown as usual again.";
  return part === "model" ? "The usual model writes again." : `The ${part} works again.`;
}

/** What a session listens to, as a reader would say it. */
export function sourceName(source) {
  return ["pushed audio", "a client's audio"].includes(source) ? "audio sent by a browser" : source;
}

/** A wake word as one says it: people write `jarvis` for the word of the model `hey_jarvis`. */
export function spokenWakeWord(word, knownWords) {
  const name = (word ?? "").split("/").at(-1).toLowerCase().replaceAll(" ", "_");
  const known = knownWords.find((candidate) => [name, `hey_${name}`].includes(candidate.name));
  return known?.spoken ?? name.replaceAll("_", " ");
}

/** A title and what to do next for errors that people meet; the server's own sentence stands between the two. */
const PROBLEMS = {
  "microphone-denied": [
    "The microphone is blocked",
    "Allow it in the address bar of the browser, or choose the server’s microphone under Settings.",
  ],
  "microphone-missing": ["No microphone here", "Connect one, or choose the server’s microphone under Settings."],
  "microphone-busy": ["The microphone is in use", "Close the program that has it, then start again."],
  "microphone-insecure": [
    "Browsers share no microphone with this address",
    "Open the page as http://localhost or over https, or choose the server’s microphone.",
  ],
  "microphone-lost": ["The microphone went away", "Connect it again and press Start; what was said so far is kept."],
  "server-unreachable": [
    "The server does not answer",
    "Start it with “stt serve”, or check the network. What you say is kept meanwhile.",
  ],
  "audio-device-not-found": ["That microphone is not there", "Choose another source under Settings."],
  "audio-device-busy": ["The microphone is in use", "Close the program that has it, then start again."],
  "microphone-silent": ["The microphone gives only silence", "Check whether it is muted, or choose another source."],
  "audio-source": ["The source cannot be heard", "Choose another source under Settings."],
  "audio-cut-short": ["The file is not whole", "Send it again whole if there was more; what it holds is heard."],
  "unknown-wake-word": ["No model hears that wake word", "Choose one of those that the message names."],
  "unknown-model": ["There is no such model", "Choose another one under Settings."],
  "model-unreachable": ["The model is not here yet", "Connect to the internet once, or choose a model that is ready."],
  "model-corrupt": ["The model’s files are damaged", "Pull it again with “stt models pull”, or choose another one."],
  "api-key-missing": ["OpenAI needs a key", "Start the server with OPENAI_API_KEY set, or choose a local model."],
  "api-key-refused": ["OpenAI refused the key", "Check OPENAI_API_KEY of the server, or choose a local model."],
  "service-offline": ["OpenAI cannot be reached", "Check the network, or choose a local model."],
  "service-rate-limit": ["OpenAI takes no more for now", "Wait a minute, or choose a local model."],
  "invalid-setting": ["A setting is out of range", "Change it under Settings."],
  "unknown-language": ["The model does not write that language", "Choose another model or language."],
  "too-many-sessions": ["The server is busy", "Stop another session in the list, then start again."],
  "too-many-streams": ["The server has too many connections", "Close other pages, then connect again."],
  "session-not-found": ["That session is gone", "It may have been deleted elsewhere."],
  "session-interrupted": ["The program ended in between", "What had been written is here; start a new session to go on."],
  "hypotheses-slower": ["Partial texts are shown more rarely", "They come back by themselves."],
  "hypotheses-off": ["Only finished sentences are shown", "Partial texts come back by themselves."],
  "smaller-model": ["A smaller model writes", "The usual one comes back by itself."],
  "transcription-behind": ["The texts are late", "Choose a faster model under Settings, or stop another session."],
  "event-store-full": ["The disk is full", "Free some space: what is written now is held in memory only."],
  "session-elsewhere": ["A session is running", "Start listening begins one of your own; all that run are listed under Sessions."],
  "server-gone": ["The server is gone", "Leave this page open, and start it again with “stt serve”."],
  "server-restarted": ["The server was restarted", "Go on speaking; the session before ended with the server."],
  "server-stopped": ["The server was stopped", "Start it again with “stt serve”; what was written is kept."],
  "audio-unheard": ["The session is over", "What was written is kept; start a new session to go on."],
  "audio-lost": ["Some audio was given up", "The connection was away for longer than this page can bridge."],
  "profile-name": ["That name cannot be used", "Use letters, digits and dashes; built-in profiles stay as they are."],
};

/** The title and the advice for a code; codes without words of their own get a general title. */
export function wordsForCode(code) {
  const [title, advice] = PROBLEMS[code] ?? ["Something went wrong", "The message says what it was."];
  return { title, advice };
}

/** How sure, as a whole percentage. */
export function percent(fraction) {
  return `${Math.round(fraction * 100)} %`;
}
