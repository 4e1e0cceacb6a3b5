/** Push to talk: while it is chosen, the microphone is heard only as long as a key or a button is held. */

const FADING_MILLISECONDS = 250;

export class PushToTalk {
  #live;
  #form;
  #onChange;
  #wasOn = false;

  /** @param {() => void} onChange called when what is heard has changed. */
  constructor(live, form, onChange) {
    this.#live = live;
    this.#form = form;
    this.#onChange = onChange;
  }

  /** Whether a session that this page sends is heard only while something is held. */
  get isOn() {
    return this.#live.isSending && this.#form.isPushToTalk;
  }

  /** The microphone is heard from now on. */
  press() {
    if (this.isOn && !this.#live.isPaused) this.#mute(false);
  }

  /** The microphone is heard no more; resolves when its last sound has faded away. */
  async release() {
    if (!this.isOn || this.#live.sender.isMuted) return;
    this.#mute(true);
    await new Promise((resolve) => setTimeout(resolve, FADING_MILLISECONDS));
  }

  /** The choice may have changed: it counts at once for what is being sent. */
  heed() {
    const isOn = this.#form.isPushToTalk;
    if (isOn !== this.#wasOn) this.#mute(isOn || this.#live.isPaused);
    this.#wasOn = isOn;
  }

  #mute(isMuted) {
    this.#live.mute(isMuted);
    this.#onChange();
  }
}
