/** What follows when a session that is steered ends: it is told why, and goes on in a new one if the server was restarted. */
import { dismissNotice, logEntry, showNotice } from "./notices.js";

/** The server is always a little behind; less than this was cut off by the end itself. */
const NEGLIGIBLE_SECONDS = 1;

const GONE = "server-gone";

export class SessionEnd {
  #live;
  #page;
  #isEnding = false;

  /**
   * @param {object} page asked by `follow(sessionId)` for a followed session; told by `busy(text)` that there is something
   *   to wait for, by `renewed(old)` that another session goes on, by `resting()` that none does; `startAgain()` and
   *   `open(sessionId)` are what the reader may want then.
   */
  constructor(live, page) {
    this.#live = live;
    this.#page = page;
  }

  /** The session that is steered is over. Called once more for the same one it does nothing. */
  async of(followed) {
    if (this.#isEnding) return;
    this.#isEnding = true;
    if (await this.#live.isCutOff()) return this.#renew(followed);
    this.#isEnding = false;
    await this.#rest(followed, this.#live.unheardSeconds);
  }

  /** The server was ended under what is being said: keep it, and have a new session write it once the server is back. */
  async #renew(old) {
    this.#page.busy("Waiting for the server…");
    tellOfAbsence(() => this.#giveUp(old));
    const isRenewed = await this.#live.renew(this.#page.follow).catch(async (error) => {
      await this.#giveUp(old);
      throw error;
    });
    if (!isRenewed) return;
    this.#goOn();
    await this.#page.renewed(old);
    tellOfRenewal(() => this.#page.open(old.sessionId));
  }

  /** Wait for the server no longer. */
  async #giveUp(old) {
    this.#goOn();
    await this.#rest(old, this.#live.sender?.lagSeconds ?? 0);
  }

  #goOn() {
    this.#isEnding = false;
    this.#page.busy(null);
  }

  async #rest(followed, unheardSeconds) {
    tellOfEnd(followed, unheardSeconds, this.#page.startAgain);
    await this.#live.close();
    await this.#page.resting();
  }
}

/** The server is going or gone; `giveUp` is called when the reader does not want to wait for it. */
export function tellOfAbsence(giveUp) {
  const actions = giveUp ? [{ label: "Stop waiting", act: giveUp }] : [];
  showNotice(GONE, "What you say is kept, up to two minutes, and written when the server is back.", { kind: "warning", actions });
  if (!giveUp) logEntry("The server is being stopped.", { kind: "problem" });
}

/** The server is back, and a new session has what was kept; `showOld` shows the session before. */
function tellOfRenewal(showOld) {
  dismissNotice(GONE);
  const actions = [{ label: "Show what was before", act: showOld }];
  const message = "What you said meanwhile is in a new session.";
  showNotice("server-restarted", message, { kind: "news", actions });
  logEntry(`The server was restarted. ${message}`);
}

/** A session is over; where that was nobody's wish, or where something said was not heard, the reader is told. */
function tellOfEnd(followed, unheardSeconds, startAgain) {
  dismissNotice(GONE);
  const { activity, failure } = followed.session;
  const actions = [{ label: "Start again", act: startAgain }];
  const isUnheard = unheardSeconds >= NEGLIGIBLE_SECONDS;
  const unheard = isUnheard ? ` The last ${unheardSeconds.toFixed(1)} s of what you said were not written.` : "";
  // What went wrong is said where the session is shown.
  if (failure) showNotice(failure.code, `The session ended early.${unheard}`, { actions });
  else if (activity === "interrupted") showNotice("session-interrupted", `The server was started anew.${unheard}`, { actions });
  else if (followed.isCutOff) showNotice("server-stopped", `The server ended the session.${unheard}`, { actions });
  else if (isUnheard) showNotice("audio-unheard", `The session was ended while the connection was away.${unheard}`, { actions });
}
