/** How long to wait before the next attempt: doubling, with chance in it so that many clients do not come at once. */
export class Backoff {
  #attempts = 0;

  constructor({ firstSeconds = 0.3, longestSeconds = 10, random = Math.random } = {}) {
    Object.assign(this, { firstSeconds, longestSeconds, random });
  }

  /** How many attempts failed since the last success. */
  get attempts() {
    return this.#attempts;
  }

  /** The seconds to wait now; one more attempt is counted. */
  next() {
    const full = Math.min(this.longestSeconds, this.firstSeconds * 2 ** this.#attempts);
    this.#attempts += 1;
    return full * (0.75 + 0.25 * this.random());
  }

  /** The connection stands: begin anew the next time. */
  reset() {
    this.#attempts = 0;
  }
}
