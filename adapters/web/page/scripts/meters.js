/** The live instruments of the dock: loudness over the last seconds, who speaks, the wake word, and the figures. */
import { byId } from "./elements.js";
import { median } from "./latency_fold.js";
import { clockTime, shortSeconds } from "./positions.js";
import { isOver } from "./session_fold.js";
import { ACTIVITIES } from "./words.js";

const BARS = 80;
const BAR_MILLISECONDS = 60;
const MEANINGFUL_LEVEL = 0.0005;
const UNHEARD_SPEECH_LEVEL = 0.5;

export class Meters {
  #levels = new Array(BARS).fill({ level: 0, isSpeech: false });
  #loudest = 0;
  #lastBarAt = 0;
  #lastSpokenAt = 0;
  #isSpeech = false;
  #canvas = byId("wave");
  #isStill = matchMedia("(prefers-reduced-motion: reduce)").matches;

  /** Take the loudness of 20 ms, the root of the mean square from 0 to 1. */
  hear(level) {
    this.#loudest = Math.max(this.#loudest, level);
    const now = performance.now();
    if (now - this.#lastBarAt < BAR_MILLISECONDS) return;
    this.#lastBarAt = now;
    this.#tell(now);
    this.#add(loudness(this.#loudest));
    this.#loudest = 0;
  }

  /** Show that time passes in a session whose loudness this page does not hear: only whether somebody speaks. */
  passTime() {
    this.#add(this.#isSpeech ? UNHEARD_SPEECH_LEVEL : 0);
  }

  /** Forget what was heard. */
  clear() {
    this.#levels.fill({ level: 0, isSpeech: false });
    byId("level").setAttribute("aria-valuenow", "0");
    this.draw();
  }

  /** Show what the session does, null for none; the latency is that of `measured`. */
  show(session, measured, wakeWord) {
    const activity = session?.activity ?? "idle";
    this.#isSpeech = activity === "hearing-speech";
    const lamp = byId("activity");
    lamp.dataset.state = LAMP_STATES[activity] ?? "idle";
    lamp.querySelector(".lamp-text").textContent = ACTIVITIES[activity] ?? "Not listening";
    showWake(session, wakeWord);
    showLatency(measured);
  }

  /** Say in place of what the session does that it hears nothing, and what to do. */
  showUnheard(text) {
    byId("activity").dataset.state = "paused";
    byId("activity").querySelector(".lamp-text").textContent = text;
  }

  /** Show how long the session has lasted and how far the server is behind, in seconds; null where not known. */
  showProgress(seconds, lagSeconds) {
    byId("figure-time").textContent = clockTime(seconds);
    byId("figure-lag").textContent = lagSeconds === null ? "–" : shortSeconds(lagSeconds);
  }

  /** Draw the bars in the theme's colours; with reduced motion one bar that grows. */
  draw() {
    const { width, height } = this.#canvas;
    const pen = this.#canvas.getContext("2d");
    const colours = getComputedStyle(document.documentElement);
    const [accent, calm] = ["--accent", "--control-line"].map((name) => colours.getPropertyValue(name));
    pen.clearRect(0, 0, width, height);
    if (this.#isStill) {
      pen.fillStyle = this.#isSpeech ? accent : calm;
      pen.fillRect(0, height * 0.4, Math.max(4, width * this.#levels.at(-1).level), height * 0.2);
      return;
    }
    const step = width / BARS;
    this.#levels.forEach(({ level, isSpeech }, index) => {
      const tall = Math.max(4, level * height);
      pen.fillStyle = isSpeech ? accent : calm;
      pen.globalAlpha = 0.25 + (0.75 * index) / BARS;
      pen.beginPath();
      pen.roundRect(index * step, (height - tall) / 2, step * 0.55, tall, step * 0.27);
      pen.fill();
    });
    pen.globalAlpha = 1;
  }

  #add(level) {
    this.#levels.push({ level, isSpeech: this.#isSpeech });
    this.#levels.shift();
    this.draw();
  }

  /** A screen reader asks for the level now and then; once in half a second is enough. */
  #tell(now) {
    if (now - this.#lastSpokenAt < 500) return;
    this.#lastSpokenAt = now;
    byId("level").setAttribute("aria-valuenow", String(Math.round(loudness(this.#loudest) * 100)));
  }
}

const LAMP_STATES = {
  listening: "listening",
  "awaiting-wake-word": "listening",
  "hearing-speech": "speaking",
  paused: "paused",
  stopping: "waiting",
  "not-started": "waiting",
  failed: "failed",
  interrupted: "failed",
};

/** Loudness as the ear has it: 0 at -66 dB of full scale, 1 at -6 dB. */
function loudness(level) {
  if (level < MEANINGFUL_LEVEL) return 0;
  return Math.min(1, Math.max(0, (20 * Math.log10(level) + 66) / 60));
}

function showWake(session, word) {
  const lamp = byId("wake-lamp");
  const wake = session && !isOver(session) ? session.wake : { phase: "off" };
  lamp.hidden = wake.phase === "off";
  lamp.dataset.state = wake.phase;
  lamp.querySelector(".lamp-text").textContent = wake.phase === "heard" ? `Heard “${word}”` : `Say “${word}”`;
}

function showLatency(session) {
  const latencies = (session?.latencies ?? []).map((latency) => latency.endOfSpeechToTextSeconds);
  const middle = median(latencies);
  const text = latencies.length ? shortSeconds(latencies.at(-1)) : "–";
  byId("figure-latency").textContent = text;
  byId("figure-latency").title = middle === null ? "" : `Median of ${latencies.length}: ${shortSeconds(middle)}`;
}
