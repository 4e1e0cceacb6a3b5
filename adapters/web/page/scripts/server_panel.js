/** Says how the server is: alive, ready, and, when it is asked for, what each of its parts reports. */
import { byId, element } from "./elements.js";
import { logEntry, logProblem, dismissNotice, showNotice } from "./notices.js";

const ASK_AGAIN_MILLISECONDS = 2000;
const VERDICTS = { good: "Good", weak: "Weak", broken: "Broken" };

export class ServerPanel {
  #api;
  #timer = 0;

  constructor(api) {
    this.#api = api;
    byId("check-health").addEventListener("click", () => this.checkParts());
  }

  /** Ask whether the server is alive and its model loaded; asked again until both are so. */
  async check() {
    clearTimeout(this.#timer);
    try {
      const { isReady } = await this.#api.health();
      dismissNotice("server-unreachable");
      this.#say(isReady ? "The server is ready." : "The server is there; its model is still being loaded.");
      if (!isReady) this.#askAgain();
    } catch (error) {
      this.#say("The server does not answer.");
      if (error.status !== 401) showNotice(error.code, error.message);
      this.#askAgain();
    }
  }

  /** Have every part of the installation looked at, and show what was found. */
  async checkParts() {
    byId("check-health").disabled = true;
    await this.check();
    try {
      const { is_usable: isUsable, parts } = await this.#api.doctor();
      byId("findings").replaceChildren(...parts.map(findingRow));
      logEntry(isUsable ? "Health check: all that is needed works." : "Health check: something that is needed is broken.");
    } catch (error) {
      logProblem(error.code ?? "page", error.message);
    }
    byId("check-health").disabled = false;
  }

  #say(text) {
    if (byId("server-status").textContent !== text) byId("server-status").textContent = text;
  }

  #askAgain() {
    this.#timer = setTimeout(() => this.check(), ASK_AGAIN_MILLISECONDS);
  }
}

function findingRow({ part, verdict, text, remedy }) {
  const name = element("span", { className: "visually-hidden" }, `${VERDICTS[verdict] ?? verdict}: `);
  const said = element("span", {}, name, element("strong", {}, part), ` ${text}`);
  const help = verdict === "good" || !remedy ? null : element("span", { className: "hint" }, remedy);
  const row = element("li", {}, element("span", { className: "dot" }), said, help);
  row.dataset.verdict = verdict;
  return row;
}
