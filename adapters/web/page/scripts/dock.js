/** The bar at the bottom: the live caption, the buttons that steer the session, and its instruments. */
import { byId, element, showIcon } from "./elements.js";
import { Meters } from "./meters.js";
import { SAMPLE_RATE_HZ, clockTime, samplesToSeconds } from "./positions.js";
import { isOver, utterancesInOrder } from "./session_fold.js";
import { ACTIVITIES, spokenWakeWord } from "./words.js";

/** What is held: a phone has no keys. */
const HOLD = matchMedia("(hover: none)").matches ? "Hold the button" : "Hold Space";

export class Dock {
  meters = new Meters();

  /** The wake words that the server can hear, each with a `name` and how it is `spoken`. */
  wakeWords = [];

  #isHeldToTalk = false;
  #isMuted = false;

  /** @param {{start, stop, togglePause, commit, press, release}} actions what the buttons do. */
  constructor(actions) {
    byId("start").addEventListener("click", actions.start);
    byId("stop").addEventListener("click", actions.stop);
    byId("pause").addEventListener("click", actions.togglePause);
    byId("commit").addEventListener("click", actions.commit);
    startHolding(byId("talk"), actions);
  }

  /** Show that a start or a stop is on its way, which takes a moment; null when it is not. */
  showBusy(text) {
    const start = byId("start");
    start.toggleAttribute("data-busy", text !== null);
    start.querySelector("span").textContent = text ?? "Start listening";
    if (text !== null) start.disabled = true;
  }

  /** Show whether one has to hold to talk, and whether just now nothing is heard because of that. */
  showTalk(isHeldToTalk, isMuted) {
    this.#isHeldToTalk = isHeldToTalk;
    this.#isMuted = isHeldToTalk && isMuted;
    const talk = byId("talk");
    talk.hidden = !isHeldToTalk;
    talk.toggleAttribute("data-held", isHeldToTalk && !isMuted);
    talk.querySelector("span").textContent = isMuted ? "Hold to talk" : "Release to end";
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
    if (focused?.disabled && !isBusy) byId(afterStart(isRunning, this.#isHeldToTalk)).focus();
    const isPaused = session?.activity === "paused";
    const pause = byId("pause");
    pause.setAttribute("aria-pressed", String(isPaused));
    pause.title = isPaused ? "Go on (P)" : "Pause (P)";
    showIcon(pause, isPaused ? "play" : "pause");
    document.body.toggleAttribute("data-running", isRunning);
    document.title = isRunning ? `${isPaused ? "Paused" : this.#isMuted ? "Hold to talk" : "Listening"} – Live captions` : "Live captions";
    this.#drawCaption(isRunning ? session : null);
    this.meters.show(isRunning ? session : null, session ?? shown, this.#wakeWord(session));
    if (this.#isUnheard(session)) this.meters.showUnheard(`${HOLD} to talk`);
  }

  /** Show how far the session has got: in samples, and how many seconds the server is behind, null if not known. */
  showProgress(samples, lagSeconds) {
    this.meters.showProgress(samples / SAMPLE_RATE_HZ, lagSeconds);
  }

  #isUnheard(session) {
    return this.#isMuted && ["listening", "awaiting-wake-word"].includes(session?.activity);
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
    if (this.#isUnheard(session)) return `${HOLD} to talk…`;
    if (session.activity === "awaiting-wake-word") return `Say “${this.#wakeWord(session)}”, then speak…`;
    if (session.activity === "hearing-speech") return "…";
    return session.activity === "listening" ? "Listening…" : (ACTIVITIES[session.activity] ?? "");
  }
}

/** Where the focus goes from a button that is there no more. */
function afterStart(isRunning, isHeldToTalk) {
  if (!isRunning) return "start";
  return isHeldToTalk ? "talk" : "stop";
}

/** A button that is held: with a finger, a mouse, or while it has the focus with Space or Enter. */
function startHolding(button, { press, release }) {
  let isHeld = false;
  const begin = () => {
    if (!isHeld) press();
    isHeld = true;
  };
  const end = () => {
    if (isHeld) release();
    isHeld = false;
  };
  const isKey = (event) => event.key === " " || event.key === "Enter";
  button.addEventListener("pointerdown", (event) => {
    if (event.button !== 0) return;
    button.setPointerCapture(event.pointerId);
    begin();
  });
  for (const name of ["pointerup", "pointercancel", "lostpointercapture", "blur"]) button.addEventListener(name, end);
  button.addEventListener("contextmenu", (event) => event.preventDefault());
  button.addEventListener("keydown", (event) => {
    if (!isKey(event)) return;
    event.preventDefault();
    if (!event.repeat) begin();
  });
  button.addEventListener("keyup", (event) => isKey(event) && end());
}
