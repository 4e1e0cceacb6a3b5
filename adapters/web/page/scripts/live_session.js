/** The session that this page started or steers: its microphone, its audio on the way, and the commands to it. */
import { AudioSender } from "./audio_sender.js";
import { BrowserMicrophone } from "./microphone.js";
import { secondsToSamples } from "./positions.js";

/** Remembered by this tab, so that after a reload it goes on sending and no other tab does. */
const REMEMBERED = "stt-sending";

/** So long a stop waits for the last words to be sent; a connection may be away just then. */
const STOP_SECONDS = 15;

export class LiveSession {
  #api;
  #listener;
  #microphone = null;

  /** @param {object} listener told by `level(level)` of every 20 ms and by `microphoneLost()`. */
  constructor(api, listener) {
    this.#api = api;
    this.#listener = listener;
    this.sender = null;
    this.followed = null;
  }

  /** The session whose audio this tab sent before it was reloaded; null if there is none. */
  static get remembered() {
    return sessionStorage.getItem(REMEMBERED);
  }

  /** Whether this page sends the session's audio. */
  get isSending() {
    return this.sender !== null;
  }

  /** What the browser calls the microphone that is heard. */
  get microphoneLabel() {
    return this.#microphone?.label ?? null;
  }

  /**
   * Start a session. What is said while the server is still being asked is kept and sent then.
   * @param {{profile: string, settings: object, source: {isBrowser: boolean, device: string}, isMuted: boolean}} wanted
   * @param {(sessionId: string) => import("./followed_session.js").FollowedSession} follow
   */
  async start({ profile, settings, source, isMuted }, follow) {
    const body = { profile, settings, source: { kind: "microphone", device: source.device || null } };
    if (source.isBrowser) {
      await this.#hear(source.device, 0, isMuted);
      body.source = { kind: "push", encoding: "pcm_s16le", sample_rate_hz: this.sender.rateHz, channels: 1 };
    }
    try {
      const { session_id: sessionId } = await this.#api.startSession(body);
      this.take(follow(sessionId));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /** Steer a session that runs already. */
  take(followed) {
    this.followed = followed;
    if (this.sender) {
      sessionStorage.setItem(REMEMBERED, followed.sessionId);
      followed.stream.attach(this.sender);
    }
    followed.follow();
  }

  /** After a reload: hear the microphone again, and send from where the server is. */
  async goOn(deviceId, nextPosition, isMuted) {
    await this.#hear(deviceId, nextPosition, isMuted);
    this.followed.stream.attach(this.sender);
    this.followed.stream.reconnectNow();
  }

  /** Send silence in place of what is heard, or not. */
  mute(isMuted) {
    if (this.sender) this.sender.isMuted = isMuted;
  }

  /** Listen no more until resumed; meanwhile nothing that is said leaves the browser. */
  async pause() {
    this.mute(true);
    await this.#command("pause");
  }

  /** Listen again; `isMuted`: only once the reader wants to be heard. */
  async resume(isMuted) {
    this.mute(isMuted);
    await this.#command("resume");
  }

  /** End the sentence here. */
  async commit() {
    await this.#command("commit");
  }

  /** Where this page sends the audio, the command goes the same way: it then counts behind what was sent before it. */
  async #command(name) {
    if (this.isSending && this.followed.stream.command({ type: name })) return;
    await this.#api.command(this.followed.sessionId, name);
  }

  /** Take in all that was said until now, then end the session with the texts that it owes. */
  async stop() {
    if (!this.isSending) {
      await this.#api.stop(this.followed.sessionId);
      return;
    }
    await this.#microphone.close();
    const isSent = await Promise.race([this.sender.drained().then(() => true), later(STOP_SECONDS).then(() => false)]);
    if (isSent && this.followed.stream.command({ type: "end-audio" })) return;
    await this.#api.stop(this.followed.sessionId);
  }

  /** Give the microphone back and forget the session. Idempotent. */
  async close() {
    if (this.sender) sessionStorage.removeItem(REMEMBERED);
    this.sender?.disconnect();
    await this.#microphone?.close();
    this.sender = this.#microphone = this.followed = null;
  }

  async #hear(deviceId, firstPosition, isMuted) {
    const microphone = new BrowserMicrophone();
    this.#microphone = microphone;
    try {
      await microphone.open(deviceId);
      this.sender = new AudioSender(microphone.rateHz, { firstPosition });
      this.sender.isMuted = isMuted;
      await microphone.start(
        (samples, level) => {
          this.#listener.level(this.sender?.isMuted ? 0 : level);
          this.sender?.take(samples);
        },
        () => this.#listener.microphoneLost(),
      );
    } catch (error) {
      await microphone.close();
      this.#microphone = null;
      throw error;
    }
  }
}

function later(seconds) {
  return new Promise((resolve) => setTimeout(resolve, seconds * 1000));
}

/** How much longer than the events say the session has lasted: what was captured counts at once. */
export function capturedSamples(live, session) {
  const sender = live.sender;
  const sent = sender ? secondsToSamples(sender.ring.endPosition / sender.rateHz) : 0;
  return Math.max(sent, session?.capturedSamples ?? 0);
}
