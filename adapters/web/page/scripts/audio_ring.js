/**
 * The audio that was captured and that the server has not yet said it has: what is resent after a lost connection.
 * Positions are samples at the capture's own rate, from 0 at the session's first one.
 */
export class AudioRing {
  #frames = [];
  #capacitySamples;
  #lostSamples = 0;

  /**
   * @param {number} capacitySamples so much is kept at most; beyond it the oldest is given up and counted.
   * @param {number} firstPosition where the first frame will be.
   */
  constructor(capacitySamples, firstPosition = 0) {
    this.#capacitySamples = capacitySamples;
    this.acknowledgedPosition = firstPosition;
    this.endPosition = firstPosition;
  }

  /** The position of the oldest sample that is still here; `endPosition` when there is none. */
  get firstPosition() {
    return this.#frames.length ? this.#frames[0].position : this.endPosition;
  }

  /** How many samples the server has not confirmed. */
  get waitingSamples() {
    return this.endPosition - this.acknowledgedPosition;
  }

  /** How many samples were given up before the server had them. */
  get lostSamples() {
    return this.#lostSamples;
  }

  /** Keep a frame behind the last one; returns its position. */
  append(samples) {
    const position = this.endPosition;
    this.#frames.push({ position, samples });
    this.endPosition += samples.length;
    while (this.endPosition - this.firstPosition > this.#capacitySamples && this.#frames.length > 1) {
      this.#lostSamples += this.#frames.shift().samples.length;
    }
    return position;
  }

  /** The server has all before `position`, which may lie inside a frame: forget it. An older word is ignored. */
  acknowledge(position) {
    const until = Math.min(position, this.endPosition);
    if (until <= this.acknowledgedPosition) return;
    this.acknowledgedPosition = until;
    while (this.#frames.length && endOf(this.#frames[0]) <= until) this.#frames.shift();
    if (this.#frames.length) this.#frames[0] = cutBefore(this.#frames[0], until);
  }

  /** What the server does not have, in a ring of its own that begins at 0: for a session of its own. */
  begunAnew() {
    const ring = new AudioRing(this.#capacitySamples);
    for (const { samples } of this.#frames) ring.append(samples);
    return ring;
  }

  /** What is kept from `position` on, each frame with the position of its first sample; at most `limit` frames. */
  framesFrom(position, limit = Infinity) {
    const frames = [];
    for (let index = this.#placeOf(position); index < this.#frames.length && frames.length < limit; index++) {
      frames.push(cutBefore(this.#frames[index], position));
    }
    return frames;
  }

  /** The place of the first frame that reaches beyond `position`: found by halving, for the ring may be long. */
  #placeOf(position) {
    let [low, high] = [0, this.#frames.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (endOf(this.#frames[middle]) <= position) low = middle + 1;
      else high = middle;
    }
    return low;
  }
}

function endOf(frame) {
  return frame.position + frame.samples.length;
}

function cutBefore(frame, position) {
  if (position <= frame.position) return frame;
  return { position, samples: frame.samples.subarray(position - frame.position) };
}
