/** The session that this page started or steers: its microphone, its audio on the way, and the commands to it. */
import { AudioSender } from "./audio_sender.js";
import { BrowserMicrophone } from "./microphone.js";
import { samplesToSeconds, secondsToSamples } from "./positions.js";

/** Remembered by this tab, so that after a reload it goes on sending and no other tab does. */
const REMEMBERED = "stt-sending";

/** Remembered by this browser: the sessions of the server's microphones that it started, the newest first. */
const STARTED = "stt-started";
const MOST_STARTED = 20;

/** Answers of a server that is on its way down or up. */
const AWAY_STATUSES = [0, 502, 503, 504];
const ASK_AGAIN_SECONDS = 1;

/** So long a stop waits for the last words to be sent; a connection may be away just then. */
const STOP_SECONDS = 15;

export class LiveSession {
  #api;
  #listener;
  #microphone = null;
  #wanted = null;
  #isStopping = false;

  /** @param {object} listener told by `level(level)` of every 20 ms and by `microphoneLost()`. */
  constructor(api, listener) {
    this.#api = api;
    this.#listener = listener;
    this.sender = null;
    this.followed = null;

    /** Whether the reader paused it. */
    this.isPaused = false;
  }

  /** The session whose audio this tab sent before it was reloaded; null if there is none. */
  static get remembered() {
    return recall(sessionStorage, REMEMBERED)?.sessionId ?? null;
  }

  /** The sessions of the server's microphones that this browser started. */
  static get started() {
    return recall(localStorage, STARTED) ?? [];
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
    this.#wanted = { profile, settings };
    if (source.isBrowser) await this.#hear(source.device, 0, isMuted);
    try {
      const device = { kind: "microphone", device: source.device || null };
      const sessionId = await this.#startSession(source.isBrowser ? this.#pushed() : device);
      if (!source.isBrowser) remember(localStorage, STARTED, [sessionId, ...LiveSession.started].slice(0, MOST_STARTED));
      this.take(follow(sessionId));
    } catch (error) {
      await this.close();
      throw error;
    }
  }

  /**
   * Whether the server ended, and with it a session that is over, while this page was sending what is said.
   * Where the server could not say so in time it is asked.
   */
  async isCutOff() {
    const { followed } = this;
    if (!this.isSending || this.#isStopping || this.#wanted === null || followed.session.failure) return false;
    if (!followed.isCutOff && followed.session.stopReason === "requested") {
      followed.isServerClosing = await this.#api.isEnding();
    }
    return followed.isCutOff;
  }

  /** How many seconds of what was said the session has not heard. */
  get unheardSeconds() {
    if (!this.sender || !this.followed) return 0;
    const unheard = this.sender.ring.endPosition - this.#heardPosition();
    return Math.max(0, Math.min(unheard / this.sender.rateHz, this.sender.lagSeconds));
  }

  /**
   * The server ended and with it the session: as soon as it is back, start another one with the same settings, which
   * hears all that this one has not. Resolves to whether there is one; there is none when `close` is called meanwhile.
   */
  async renew(follow) {
    const { sender } = this;
    sender.beginAnew(this.#heardPosition());
    while (this.sender === sender) {
      try {
        const sessionId = await this.#startSession(this.#pushed());
        if (this.sender !== sender) break;
        this.take(follow(sessionId));
        if (this.isPaused) await this.pause();
        return true;
      } catch (error) {
        if (!AWAY_STATUSES.includes(error.status)) throw error;
        await later(ASK_AGAIN_SECONDS);
      }
    }
    return false;
  }

  /** The session works with other settings from now on. */
  useSettings(settings) {
    if (this.#wanted) this.#wanted = { ...this.#wanted, settings: { ...this.#wanted.settings, ...settings } };
  }

  /** Steer a session that runs already. */
  take(followed) {
    this.followed = followed;
    if (this.sender) {
      remember(sessionStorage, REMEMBERED, { sessionId: followed.sessionId, wanted: this.#wanted });
      followed.stream.attach(this.sender);
    }
    followed.follow();
  }

  /** After a reload: hear the microphone again, and send from where the server is. */
  async goOn(deviceId, nextPosition, isMuted) {
    this.#wanted = recall(sessionStorage, REMEMBERED)?.wanted ?? null;
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
    this.isPaused = true;
    this.mute(true);
    await this.#command("pause");
  }

  /** Listen again; `isMuted`: only once the reader wants to be heard. */
  async resume(isMuted) {
    this.isPaused = false;
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
    this.#isStopping = true;
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
    this.sender = this.#microphone = this.followed = this.#wanted = null;
    this.isPaused = this.#isStopping = false;
  }

  async #startSession(source) {
    const { session_id: sessionId } = await this.#api.startSession({ ...this.#wanted, source });
    return sessionId;
  }

  /** What this page sends, as the server wants to be told. */
  #pushed() {
    return { kind: "push", encoding: "pcm_s16le", sample_rate_hz: this.sender.rateHz, channels: 1 };
  }

  /** How far the session has heard this page: its last word may have come by an event. */
  #heardPosition() {
    const told = secondsToSamples(samplesToSeconds(this.followed.session.capturedSamples), this.sender.rateHz);
    return Math.max(told, this.sender.ring.acknowledgedPosition);
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

/** What was remembered; null where nothing was, or nothing that can be read. */
function recall(storage, key) {
  try {
    return JSON.parse(storage.getItem(key));
  } catch {
    return null;
  }
}

function remember(storage, key, value) {
  storage.setItem(key, JSON.stringify(value));
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
