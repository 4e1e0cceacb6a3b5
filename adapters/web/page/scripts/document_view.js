/** The session in the middle of the page: its head, its transcript, and what can be done with it. */
import { configurationRows, drawConfiguration } from "./configuration_view.js";
import { byId } from "./elements.js";
import { showToast } from "./notices.js";
import { clockTime, fullMoment, samplesToSeconds } from "./positions.js";
import { isOver, sessionText, utterancesInOrder } from "./session_fold.js";
import { TranscriptView } from "./transcript_view.js";
import { ACTIVITIES, leftOutSentence, sourceName } from "./words.js";

const NEAR_THE_END_PIXELS = 120;

export class DocumentView {
  #transcript = new TranscriptView(byId("transcript"));
  #session = null;
  #configuration = "";

  /** @param {(sessionId: string, format: string) => string} addressOf where a format of a transcript is had. */
  constructor(addressOf) {
    this.addressOf = addressOf;
    byId("show-rejected").addEventListener("click", () => this.toggleRejected());
    byId("copy").addEventListener("click", () => this.copy());
    byId("search-transcript").addEventListener("input", () => this.#search());
  }

  /** Show this session, or with null what to do first. `isCaptioned`: whether the dock shows what is being said. */
  open(session, isCaptioned) {
    this.#session = session;
    this.#configuration = "";
    this.#transcript.clear();
    byId("search-transcript").value = "";
    byId("empty").hidden = session !== null;
    byId("document").hidden = session === null;
    byId("transcript").toggleAttribute("data-captioned", isCaptioned);
    this.#pressRejected(false);
    this.#drawLeftOut();
    if (!session) return;
    for (const link of byId("download-list").querySelectorAll("a")) {
      link.href = this.addressOf(session.sessionId, link.dataset.format);
    }
    this.draw();
    byId("scroll").scrollTop = isOver(session) ? 0 : byId("scroll").scrollHeight;
  }

  /** Draw what is new, and keep the end in sight where it was. */
  draw() {
    const session = this.#session;
    if (!session) return;
    const scroll = byId("scroll");
    const isAtEnd = scroll.scrollHeight - scroll.scrollTop - scroll.clientHeight < NEAR_THE_END_PIXELS;
    this.#transcript.draw(session);
    this.#drawHead(session);
    this.#drawLeftOut();
    if (byId("search-transcript").value) this.#search();
    else if (isAtEnd && !isOver(session)) scroll.scrollTop = scroll.scrollHeight;
  }

  /** Show the rejected texts among the others, or hide them. */
  toggleRejected() {
    this.#pressRejected(byId("show-rejected").getAttribute("aria-pressed") !== "true");
    this.#search();
  }

  /** Put the whole text on the clipboard. */
  async copy() {
    if (!this.#session) return;
    const text = sessionText(this.#session);
    if (!text) return showToast("There is no text yet.");
    try {
      await navigator.clipboard.writeText(text);
      showToast("Copied.");
    } catch {
      showToast("The browser does not allow it here; download the text instead.");
    }
  }

  #pressRejected(isShown) {
    byId("show-rejected").setAttribute("aria-pressed", String(isShown));
    this.#transcript.showRejected(isShown);
  }

  #search() {
    const query = byId("search-transcript").value;
    const found = this.#transcript.search(query);
    byId("search-count").textContent = query.trim() ? `${found} found` : "";
  }

  #drawHead(session) {
    const utterances = utterancesInOrder(session);
    const count = (kind) => utterances.filter((utterance) => utterance.kind === kind).length;
    const [written, rejected] = [count("transcribed"), count("rejected")];
    byId("document-title").textContent = session.startedAt ? fullMoment(session.startedAt) : "Session";
    byId("document-facts").textContent = [
      isOver(session) ? ACTIVITIES[session.activity] : "Running",
      isOver(session) && clockTime(samplesToSeconds(session.capturedSamples)),
      `${written} ${written === 1 ? "text" : "texts"}`,
      sourceName(session.source),
    ].filter(Boolean).join(" · ");
    const button = byId("show-rejected");
    button.hidden = rejected === 0;
    button.textContent = `${rejected} rejected`;
    byId("delete-session").disabled = !isOver(session);
    byId("document-note").textContent = note(session, written);
    this.#drawConfiguration(session);
  }

  /** Say what a session leaves out that goes on. */
  #drawLeftOut() {
    const session = this.#session;
    const codes = session && !isOver(session) ? [...session.degraded.values()].map(({ code }) => code) : [];
    const sentence = leftOutSentence(codes, session?.settings?.transcription.engine);
    const line = byId("left-out");
    if (line.textContent !== sentence) line.textContent = sentence;
    line.hidden = !sentence;
  }

  #drawConfiguration(session) {
    const rows = JSON.stringify(configurationRows(session));
    if (rows === this.#configuration) return;
    this.#configuration = rows;
    drawConfiguration(byId("configuration-list"), session);
  }
}

function note(session, written) {
  if (session.failure) return `It ended early: ${session.failure.message} [${session.failure.code}]`;
  if (session.activity === "interrupted") return "The program ended while this session was running.";
  if (!isOver(session)) return written ? "" : "What is said appears here, sentence by sentence.";
  return written ? "" : "Nothing was said in this session, or nothing that is speech.";
}
