/** The bar at the bottom: the live caption, the buttons that steer the session, and its instruments. */
import { byId, element, showIcon } from "./elements.js";
import { Meters } from "./meters.js";
import { SAMPLE_RATE_HZ, clockTime, samplesToSeconds } from "./positions.js";
import { isOver, utterancesInOrder } from "./session_fold.js";
import { ACTIVITIES, spokenWakeWord } from "./words.js";

export class Dock {
  meters = new Meters();

  /** The wake words that the server can hear, each with a `name` and how it is `spoken`. */
  wakeWords = [];

  /** @param {{start, stop, togglePause, commit}} actions what the buttons do. */
  constructor(actions) {
    byId("start").addEventListener("click", actions.start);
    byId("stop").addEventListener("click", actions.stop);
    byId("pause").addEventListener("click", actions.togglePause);
    byId("commit").addEventListener("click", actions.commit);
  }

  /** Show that a start or a stop is on its way, which takes a moment; null when it is not. */
  showBusy(text) {
    const start = byId("start");
    start.toggleAttribute("data-busy", text !== null);
    start.querySelector("span").textContent = text ?? "Start listening";
    if (text !== null) start.disabled = true;
  }

  /** Show a session that is steered, null for none; `shown` is the one in the middle of the page. */
  show(session, shown = session) {
    const isRunning = session !== null && !isOver(session);
    const isStopping = session?.activity === "stopping";
    const isBusy = byId("start").hasAttribute("data-busy");
    const focused = document.querySelector("#start:focus-visible, #stop:focus-visible");
    byId("start").disabled = isRunning || isBusy;
    byId("stop").disabled = !isRunning || isStopping || isBusy;
    byId("pause").disabled = byId("commit").disabled = !isRunning || isStopping || isBusy;
    if (focused?.disabled && !isBusy) byId(isRunning ? "stop" : "start").focus();
    const isPaused = session?.activity === "paused";
    const pause = byId("pause");
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.title = isPaused ? "Go on (P)" : "Pause (P)";
    showIcon(pause, isPaused ? "play" : "pause");
    document.body.toggleAttribute("data-running", isRunning);
    document.title = isRunning ? `${isPaused ? "Paused" : "Listening"} – Live captions` : "Live captions";
    this.#drawCaption(isRunning ? session : null);
    this.meters.show(isRunning ? session : null, session ?? shown, this.#wakeWord(session));
  }

  /** Show how far the session has got: in samples, and how many seconds the server is behind, null if not known. */
  showProgress(samples, lagSeconds) {
    this.meters.showProgress(samples / SAMPLE_RATE_HZ, lagSeconds);
  }

  #wakeWord(session) {
    return spokenWakeWord(session?.wake.word, this.wakeWords) || "the wake word";
  }

  #drawCaption(session) {
    byId("caption-bar").hidden = session === null;
    if (!session) return;
    const open = utterancesInOrder(session).filter((utterance) => utterance.kind === "unfinished");
    const texts = open.filter(({ stableText, unstableText }) => stableText || unstableText);
    const pieces = texts.flatMap(({ stableText, unstableText }) => [
      element("span", {}, stableText.trimStart()),
      element("span", { className: "unstable" }, unstableText),
      " ",
    ]);
    const caption = byId("caption");
    caption.replaceChildren(...(pieces.length ? pieces : [element("span", { className: "unstable" }, this.#waiting(session))]));
    caption.scrollTop = caption.scrollHeight;
    byId("caption-time").textContent = open.length ? clockTime(samplesToSeconds(open[0].startSample)) : "";
  }

  #waiting(session) {
    if (session.activity === "awaiting-wake-word") return `Say “${this.#wakeWord(session)}”, then speak…`;
    if (session.activity === "hearing-speech") return "…";
    return session.activity === "listening" ? "Listening…" : (ACTIVITIES[session.activity] ?? "");
  }
}
