/** Tells of what happens: to a screen reader the final texts, to the log the problems, and how the connection is. */
import { byId } from "./elements.js";
import { logEntry, logProblem, dismissNotice, showNotice } from "./notices.js";
import { isLeftOut, restoredSentence, wordsForCode } from "./words.js";

/** What was recorded so long before the session was opened is history and is not announced. */
const HISTORY_SECONDS = 3;

const CONNECTIONS = {
  idle: ["idle", "Not connected"],
  closed: ["idle", "Disconnected"],
  connecting: ["waiting", "Connecting…"],
  open: ["open", "Connected"],
  waiting: ["lost", "Connection lost, trying again"],
};

export class Newsroom {
  #connection = "idle";

  /** Tell of an event, if it is news. */
  tell(followed, envelope) {
    const isNews = envelope.recorded_at > followed.openedAt - HISTORY_SECONDS;
    const { type, data, recorded_at: at } = envelope;
    if ("code" in data && "message" in data) logProblem(data.code, type === "session-failed" ? null : data.message, at);
    if (isNews) NEWS[type]?.(data, at);
  }

  /** Show how the connection is, and log what changes for long. */
  showConnection(state) {
    const [shown, text] = CONNECTIONS[state];
    const pill = byId("connection");
    pill.dataset.state = shown;
    const isStillLost = this.#connection === "waiting" && state === "connecting";
    if (!isStillLost) pill.querySelector(".pill-text").textContent = text;
    if (state === "waiting" && this.#connection !== "waiting") logEntry("The connection is lost.", { kind: "problem" });
    if (state === "open" && this.#connection === "waiting") logEntry("Connected again.");
    if (!isStillLost) this.#connection = state;
  }
}

/** The code of the notice that says that a part of the service is left out. */
const NOTICED = new Map();

const NEWS = {
  "utterance-transcribed": ({ text }) => announce(text),
  "wake-word-detected": ({ word }) => announce(`Heard ${word.replaceAll("_", " ")}`),
  "audio-source-lost": ({ code, message }) => showNotice(code, message, { kind: "warning" }),
  "audio-source-recovered": (_, at) => {
    for (const code of ["audio-device-not-found", "microphone-silent", "audio-source"]) dismissNotice(code);
    logEntry("The source delivers again.", { at });
  },
  "service-degraded": ({ part, code, message }) => {
    if (isLeftOut(code)) return; // a line says so for as long as it lasts
    NOTICED.set(part, code);
    showNotice(code, message, { kind: "warning" });
  },
  "service-restored": ({ part }, at) => {
    if (NOTICED.has(part)) dismissNotice(NOTICED.get(part));
    logEntry(restoredSentence(part), { at });
  },
  "session-stopped": (_, at) => logEntry("Finished.", { at }),
  "transcription-failed": ({ code }) => announce(`No text: ${wordsForCode(code).title}`),
};

/** Polite: a screen reader says it when it has nothing else to say. */
function announce(text) {
  byId("announcer").textContent = text;
}
