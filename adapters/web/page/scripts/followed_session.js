/** A session that the page shows: what is known of it so far, and how more of it comes. */
import { addEnvelope, emptySession, isOver } from "./session_fold.js";
import { SessionStream } from "./session_stream.js";

const PAGE = 1000;

export class FollowedSession {
  #api;
  #listener;

  /**
   * @param {object} listener told by `changed(followed, envelope)`, `connection(followed, state, seconds)`,
   *   `audioPosition(followed, nextPosition)`, `serverClosing(followed)`, `problem(code, message)` and `refused(followed, code, reason)`.
   */
  constructor(api, sessionId, listener) {
    this.#api = api;
    this.#listener = listener;
    this.session = emptySession(sessionId);
    this.isServerClosing = false;
    this.openedAt = Date.now() / 1000;
    this.stream = new SessionStream(sessionId, {
      lastSeq: () => this.session.lastSeq,
      envelope: (envelope) => this.#take(envelope),
      connection: (state, seconds) => listener.connection(this, state, seconds),
      audioPosition: (nextPosition) => listener.audioPosition(this, nextPosition),
      serverClosing: () => {
        this.isServerClosing = true;
        listener.serverClosing(this);
      },
      problem: (code, message) => listener.problem(code, message),
      refused: (code, reason) => listener.refused(this, code, reason),
    });
  }

  get sessionId() {
    return this.session.sessionId;
  }

  /** Whether the session is over, as far as is known. */
  get isOver() {
    return isOver(this.session);
  }

  /** Whether it is over because the server ended. */
  get isCutOff() {
    return this.isOver && (this.session.activity === "interrupted" || this.isServerClosing);
  }

  /** Take all events that there are by now; used for sessions that are over. */
  async load() {
    for (let more = true; more; ) {
      const { events } = await this.#api.events(this.sessionId, this.session.lastSeq, PAGE);
      for (const envelope of events) addEnvelope(this.session, envelope);
      more = events.length === PAGE;
    }
    this.#listener.changed(this, null);
  }

  /** Take events as they come, until the session is over. */
  follow() {
    this.stream.open();
  }

  /** Take no more. */
  leave() {
    this.stream.close();
  }

  #take(envelope) {
    if (!addEnvelope(this.session, envelope)) return;
    if (this.isOver) this.stream.close();
    this.#listener.changed(this, envelope);
  }
}
