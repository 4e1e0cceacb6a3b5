/**
 * Sends what the microphone gives, and sends again what the server does not have: after a lost connection, and when the
 * server could not take it because the session is behind. It knows no socket; see `SessionStream`.
 */
import { AudioRing } from "./audio_ring.js";

/** So much is kept for a connection that is away; beyond it the oldest is given up. */
export const KEPT_SECONDS = 120;

const MOST_BUFFERED_BYTES = 64_000;
const MOST_FRAMES_AT_ONCE = 100;
const PUMP_MILLISECONDS = 50;

/**
 * Where audio is sent to.
 * @typedef {object} AudioLink
 * @property {(position: number, samples: Int16Array) => void} sendAudio
 * @property {(position: number) => void} skipAudio says that what is before the position will not come.
 * @property {number} bufferedBytes so much waits for the network.
 */

export class AudioSender {
  #link = null;
  #sentPosition = 0;
  #isHeldBack = false;
  #timer = 0;
  #drained = [];

  /**
   * @param {number} rateHz of the samples.
   * @param {number} firstPosition where the first sample will be.
   */
  constructor(rateHz, { firstPosition = 0, keptSeconds = KEPT_SECONDS } = {}) {
    this.rateHz = rateHz;
    this.ring = new AudioRing(keptSeconds * rateHz, firstPosition);
    this.isMuted = false;
  }

  /** How many seconds of audio the server has not confirmed. */
  get lagSeconds() {
    return this.ring.waitingSamples / this.rateHz;
  }

  /** How many seconds of audio were given up because the connection was away for too long. */
  get lostSeconds() {
    return this.ring.lostSamples / this.rateHz;
  }

  /** Take 20 ms from the microphone; while muted silence is sent in their place, so that time goes on. */
  take(samples) {
    if (this.isMuted) samples.fill(0);
    this.ring.append(samples);
    this.#pump();
  }

  /** A connection stands, and the server has all before `nextPosition`: go on from there. */
  connect(link, nextPosition) {
    this.#link = link;
    this.goOn(nextPosition);
  }

  /** The connection is gone; what comes is kept. */
  disconnect() {
    this.#link = null;
    clearTimeout(this.#timer);
  }

  /** The server has all before `nextPosition`. */
  acknowledge(nextPosition) {
    this.ring.acknowledge(nextPosition);
    this.#tellWhenDrained();
    this.#pump();
  }

  /** The server is behind and takes nothing beyond `nextPosition`: send nothing until it says so. */
  holdBack(nextPosition) {
    this.#isHeldBack = true;
    this.acknowledge(nextPosition);
  }

  /** The server has all before `nextPosition` and takes what follows: send it, again where it was sent before. */
  goOn(nextPosition) {
    this.#isHeldBack = false;
    this.ring.acknowledge(nextPosition);
    this.#sentPosition = Math.max(nextPosition, this.ring.firstPosition);
    if (this.#sentPosition > nextPosition) this.#link?.skipAudio(this.#sentPosition);
    this.#tellWhenDrained();
    this.#pump();
  }

  /** The session is over that had all before `heardPosition`: what it has not heard is for a new one, from 0 on. */
  beginAnew(heardPosition) {
    this.disconnect();
    this.ring.acknowledge(heardPosition);
    this.ring = this.ring.begunAnew();
    this.#sentPosition = 0;
    this.#isHeldBack = false;
  }

  /** Resolves when the server has everything that was taken until now. */
  drained() {
    return new Promise((resolve) => {
      this.#drained.push(resolve);
      this.#tellWhenDrained();
    });
  }

  /** Send what may be sent now; where the connection is slow, look again in a moment. */
  #pump() {
    clearTimeout(this.#timer);
    if (!this.#link || this.#isHeldBack) return;
    for (const { position, samples } of this.ring.framesFrom(this.#sentPosition, MOST_FRAMES_AT_ONCE)) {
      if (this.#link.bufferedBytes >= MOST_BUFFERED_BYTES) break;
      this.#link.sendAudio(position, samples);
      this.#sentPosition = position + samples.length;
    }
    if (this.#sentPosition < this.ring.endPosition) this.#timer = setTimeout(() => this.#pump(), PUMP_MILLISECONDS);
  }

  #tellWhenDrained() {
    if (this.ring.waitingSamples) return;
    for (const resolve of this.#drained.splice(0)) resolve();
  }
}
