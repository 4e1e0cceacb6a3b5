/** Has sound files transcribed: those that are chosen, and those that are dropped on the page, one after the other. */
import { byId } from "./elements.js";
import { SAMPLE_RATE_HZ, clockTime } from "./positions.js";

const ASK_AGAIN_MILLISECONDS = 500;

export class SoundFiles {
  #api;
  #page;
  #waiting = [];
  #isBusy = false;

  /**
   * @param {object} page told by `opened(sessionId)` of a session that hears a file, which it resolves when it shows it;
   *   `wanted()` resolves to the profile and the settings with which it is written, and `attempt(work)` shows what goes wrong.
   */
  constructor(api, page) {
    this.#api = api;
    this.#page = page;
    const input = byId("sound-file");
    byId("choose-file").addEventListener("click", () => input.click());
    input.addEventListener("change", () => {
      this.take([...input.files]);
      input.value = "";
    });
    this.#takeWhatIsDropped();
  }

  /** Have the files transcribed behind those that wait already. */
  async take(files) {
    this.#waiting.push(...files);
    if (this.#isBusy) return;
    this.#isBusy = true;
    while (this.#waiting.length) {
      const file = this.#waiting.shift();
      await this.#page.attempt(() => this.#transcribe(file));
    }
    this.#isBusy = false;
    byId("file-progress").hidden = true;
  }

  async #transcribe(file) {
    this.#show(`Sending ${file.name}…`, null);
    const { session_id: sessionId } = await this.#api.uploadSound(file, await this.#page.wanted());
    await this.#page.opened(sessionId);
    for (let session = await this.#api.session(sessionId); session.is_running; session = await this.#api.session(sessionId)) {
      const { heard_samples: heard, duration_samples: whole } = session;
      const part = heard && whole ? Math.min(1, heard / whole) : null;
      this.#show(part === null ? `Writing ${file.name}…` : `${file.name}: ${timeOf(heard)} of ${timeOf(whole)} heard`, part);
      await new Promise((resolve) => setTimeout(resolve, ASK_AGAIN_MILLISECONDS));
    }
  }

  /** `part` is how much is done, from 0 to 1; null where that is not known. */
  #show(text, part) {
    byId("file-progress").hidden = false;
    byId("file-progress-text").textContent = text;
    const bar = byId("file-progress-bar");
    if (part === null) bar.removeAttribute("value");
    else bar.value = part;
  }

  #takeWhatIsDropped() {
    const isOfFiles = (event) => event.dataTransfer?.types.includes("Files") ?? false;
    const mark = (isOver) => document.body.toggleAttribute("data-dropping", isOver);
    addEventListener("dragover", (event) => {
      if (!isOfFiles(event)) return;
      event.preventDefault();
      mark(true);
    });
    addEventListener("dragleave", (event) => event.relatedTarget === null && mark(false));
    addEventListener("drop", (event) => {
      if (!isOfFiles(event)) return;
      event.preventDefault();
      mark(false);
      this.take([...event.dataTransfer.files]);
    });
  }
}

function timeOf(samples) {
  return clockTime(samples / SAMPLE_RATE_HZ);
}
