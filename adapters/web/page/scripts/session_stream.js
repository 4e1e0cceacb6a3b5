/**
 * The WebSocket of one session: its events as they come, its audio if this page sends it, and by itself a new
 * connection when one is lost, which goes on behind the last event and the last sample that arrived.
 */
import { Backoff } from "./backoff.js";
import { audioMessage, openMessage, streamAddress } from "./stream_protocol.js";

/** Close codes after which another attempt would end in the same way. */
const FINAL_CODES = new Set([1000, 4400, 4401, 4403, 4404, 4409]);

export class SessionStream {
  #socket = null;
  #backoff = new Backoff();
  #timer = 0;
  #isWanted = false;
  #sender = null;

  /**
   * @param {string} sessionId
   * @param {object} listener told of everything, by methods that must return at once:
   *   `lastSeq()` the last event that it has; `envelope(envelope)`; `connection(state, seconds)` with `connecting`,
   *   `open`, `waiting` (and for how long), or `closed`; `audioPosition(nextPosition)` where a session that is sent its
   *   audio goes on;
   *   `serverClosing()` when the server is about to end; `problem(code, message)`; `refused(code, reason)` when the server wants no further attempt.
   */
  constructor(sessionId, listener) {
    this.sessionId = sessionId;
    this.listener = listener;
    this.reconnectNow = this.reconnectNow.bind(this);
  }

  /** Whether messages can be sent now. */
  get isOpen() {
    return this.#socket?.readyState === WebSocket.OPEN;
  }

  /** Connect, and stay connected until `close`. */
  open() {
    if (this.#isWanted) return;
    this.#isWanted = true;
    addEventListener("online", this.reconnectNow);
    addEventListener("offline", this.reconnectNow);
    this.#connect();
  }

  /** Disconnect, and stay disconnected. Idempotent. */
  close() {
    if (!this.#isWanted) return;
    this.#isWanted = false;
    removeEventListener("online", this.reconnectNow);
    removeEventListener("offline", this.reconnectNow);
    this.#drop(1000);
    this.listener.connection("closed", 0);
  }

  /** Send the session's audio from here on; the next word from the server says from which position. */
  attach(sender) {
    this.#sender = sender;
  }

  /** Send a command behind all audio that was sent; returns whether there is a connection for it. */
  command(command) {
    if (!this.isOpen) return false;
    this.#socket.send(JSON.stringify(command));
    return true;
  }

  /** The network changed: do not wait for the next attempt, nor for the silence of a dead connection. */
  reconnectNow() {
    if (!this.#isWanted) return;
    this.#drop(4000);
    this.#backoff.reset();
    this.#connect();
  }

  #connect() {
    clearTimeout(this.#timer);
    this.listener.connection("connecting", 0);
    const socket = new WebSocket(streamAddress(this.sessionId));
    socket.onopen = () => socket.send(openMessage(this.listener.lastSeq(), this.#sender?.rateHz ?? null));
    socket.onmessage = (event) => this.#receive(JSON.parse(event.data));
    socket.onclose = (event) => this.#lost(event.code, event.reason);
    this.#socket = socket;
  }

  #drop(code) {
    clearTimeout(this.#timer);
    this.#sender?.disconnect();
    const socket = this.#socket;
    this.#socket = null;
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = null;
    socket.close(code);
  }

  #lost(code, reason) {
    this.#sender?.disconnect();
    this.#socket = null;
    if (!this.#isWanted) return;
    if (FINAL_CODES.has(code)) {
      this.close();
      this.listener.refused(code, reason);
      return;
    }
    const seconds = this.#backoff.next();
    this.listener.connection("waiting", seconds);
    this.#timer = setTimeout(() => this.#connect(), seconds * 1000);
  }

  #receive(message) {
    if ("seq" in message) this.listener.envelope(message);
    else this.#heed(message);
  }

  #heed(message) {
    switch (message.type) {
      case "stream-opened":
        this.#backoff.reset();
        this.listener.connection("open", 0);
        if (message.next_position === null) return;
        this.listener.audioPosition(message.next_position);
        this.#sender?.connect(this.#link(), message.next_position);
        return;
      case "audio-accepted":
        this.#sender?.acknowledge(message.next_position);
        return;
      case "audio-overflow":
        this.#sender?.holdBack(message.next_position);
        return;
      case "audio-resumable":
        this.#sender?.goOn(message.next_position);
        return;
      case "server-closing":
        this.listener.serverClosing();
        return;
      case "problem":
        this.listener.problem(message.code, message.message);
    }
  }

  /** The way for audio over the present socket; over a later one there is another. */
  #link() {
    const socket = this.#socket;
    return {
      sendAudio: (position, samples) => socket.send(audioMessage(position, samples)),
      skipAudio: (position) => socket.send(JSON.stringify({ type: "skip-audio", to: position })),
      get bufferedBytes() {
        return socket.bufferedAmount;
      },
    };
  }
}
