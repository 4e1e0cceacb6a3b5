/** A page that is opened or reloaded goes on with the session that its tab or its browser has started, and with no other. */
import { LiveSession } from "./live_session.js";
import { dismissNotice, logEntry, showNotice } from "./notices.js";

const ELSEWHERE = "session-elsewhere";

export class PickUp {
  #live;
  #form;
  #open;
  #awaitsAudioOf = null;

  /** @param {(sessionId: string) => Promise<void>} open shows a session. */
  constructor(live, form, open) {
    this.#live = live;
    this.#form = form;
    this.#open = open;
  }

  /** Go on with one of these sessions, or offer to follow the newest of them. */
  async choose(running) {
    const ids = running.map((item) => item.session_id);
    const remembered = LiveSession.remembered;
    const own = ids.includes(remembered) ? remembered : ids.find((id) => LiveSession.started.includes(id));
    if (!own) return this.#offer(ids[0]);
    this.#awaitsAudioOf = own === remembered ? own : null;
    await this.#open(own);
    logEntry("Picked up a session that is running.");
  }

  /** The server is where `nextPosition` says: if this tab sent the session's audio before, it sends on from there. */
  async sendFrom(sessionId, nextPosition) {
    if (sessionId !== this.#awaitsAudioOf) return;
    this.#awaitsAudioOf = null;
    const { source, isPushToTalk } = this.#form;
    await this.#live.goOn(source.isBrowser ? source.device : "", nextPosition, isPushToTalk);
  }

  /** What another program or tab has started is shown only when the reader wants to see it. */
  #offer(sessionId) {
    if (!sessionId) return;
    const follow = () => {
      dismissNotice(ELSEWHERE);
      return this.#open(sessionId);
    };
    const message = "It was started by another tab or program, and goes on without this page.";
    showNotice(ELSEWHERE, message, { kind: "news", actions: [{ label: "Follow it", act: follow }] });
  }
}
