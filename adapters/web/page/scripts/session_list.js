/** The list of sessions at the left: those that run and those of before, with a search over what was said in them. */
import { byId, element, icon } from "./elements.js";
import { dayName, moment, timeOfDay } from "./positions.js";
import { matchingRanges, snippet } from "./text_segments.js";
import { ACTIVITIES, machineName } from "./words.js";

const SEARCH_PAUSE_MILLISECONDS = 250;

export class SessionList {
  #api;
  #onOpen;
  #onDelete;
  #items = [];
  #nextBefore = null;
  #texts = new Map();
  #openedId = null;
  #query = "";
  #timer = 0;

  /**
   * @param {(sessionId: string) => void} onOpen the reader wants to see the session.
   * @param {(item: object) => void} onDelete the reader wants it gone.
   */
  constructor(api, { onOpen, onDelete }) {
    Object.assign(this, { isLoaded: false });
    this.#api = api;
    this.#onOpen = onOpen;
    this.#onDelete = onDelete;
    byId("more-sessions").addEventListener("click", () => this.showEarlier());
    byId("search-sessions").addEventListener("input", (event) => {
      clearTimeout(this.#timer);
      this.#timer = setTimeout(() => this.search(event.target.value), SEARCH_PAUSE_MILLISECONDS);
    });
  }

  /** Those that run, the newest first. */
  get running() {
    return this.#items.filter((item) => item.is_running);
  }

  /** What the list knows of a session. */
  find(sessionId) {
    return this.#items.find((item) => item.session_id === sessionId);
  }

  /** Ask the server for the newest sessions again; earlier ones that are shown stay. */
  async refresh() {
    const { sessions, next_before: nextBefore } = await this.#api.sessions();
    const oldest = sessions.at(-1)?.started_at ?? 0;
    const earlier = nextBefore === null ? [] : this.#items.filter((item) => item.started_at < oldest);
    if (!earlier.length) this.#nextBefore = nextBefore;
    this.#items = [...sessions, ...earlier];
    this.isLoaded = true;
    this.#draw();
  }

  /** Show a page of sessions more. */
  async showEarlier() {
    const { sessions, next_before: nextBefore } = await this.#api.sessions({ before: this.#nextBefore });
    this.#items.push(...sessions);
    this.#nextBefore = nextBefore;
    await this.search(this.#query);
  }

  /** Mark the session that is shown. */
  markOpen(sessionId) {
    this.#openedId = sessionId;
    this.#draw();
  }

  /** Show only sessions in which the words were said; their texts are fetched when they are first searched. */
  async search(query) {
    this.#query = query;
    if (query.trim()) {
      byId("session-list-note").textContent = "Searching…";
      await Promise.all(this.#items.map((item) => this.#fetchText(item)));
    }
    if (query === this.#query) this.#draw();
  }

  /** The text of a session that runs grows, and is asked for again. */
  async #fetchText(item) {
    if (this.#texts.has(item.session_id) && !item.is_running) return;
    const text = await this.#api.transcriptText(item.session_id).catch(() => "");
    this.#texts.set(item.session_id, text);
  }

  #draw() {
    const shown = this.#items.filter((item) => this.#isFound(item));
    const group = (title, items) => (items.length ? [heading(title), ...items.map((item) => this.#row(item))] : []);
    byId("session-list").replaceChildren(
      ...group("Running", shown.filter((item) => item.is_running)),
      ...byDay(shown.filter((item) => !item.is_running)).flatMap(([day, items]) => group(day, items)),
    );
    byId("session-list-note").textContent = this.#note(shown.length);
    byId("more-sessions").hidden = this.#nextBefore === null;
  }

  #note(shownCount) {
    if (!this.isLoaded) return "";
    if (this.#query.trim()) return shownCount === 1 ? "Found in 1 session." : `Found in ${shownCount} sessions.`;
    return this.#items.length ? "" : `What you say is kept here, on ${machineName()}.`;
  }

  #isFound(item) {
    if (!this.#query.trim()) return true;
    const text = `${this.#texts.get(item.session_id) ?? ""}\n${item.preview}`;
    return matchingRanges(text, this.#query).length > 0;
  }

  #row(item) {
    const title = element("span", { className: "session-title" }, ...this.#title(item));
    const facts = element("span", { className: "session-facts" }, element("span", {}, timeOfDay(item.started_at)), ...state(item));
    const open = element("button", { type: "button", className: "session-open" }, title, facts);
    if (item.session_id === this.#openedId) open.setAttribute("aria-current", "true");
    open.addEventListener("click", () => this.#onOpen(item.session_id));
    const row = element("li", { className: "session-item" }, open);
    row.dataset.session = item.session_id;
    if (!item.is_running) row.append(this.#deleteButton(item));
    return row;
  }

  /** What was said first; while something is searched, where it was said. */
  #title(item) {
    const found = snippet(`${item.preview}\n${this.#texts.get(item.session_id) ?? ""}`, this.#query);
    if (found) return found.map(({ text, isMatch }) => (isMatch ? element("mark", {}, text) : text));
    return [item.preview || (item.is_running ? "Nothing said yet" : "Nothing said")];
  }

  #deleteButton(item) {
    const label = `Delete the session of ${moment(item.started_at)}`;
    const button = element("button", { type: "button", className: "icon-button", ariaLabel: label }, icon("trash"));
    button.addEventListener("click", () => this.#onDelete(item));
    return button;
  }
}

/** Sessions by the day on which they began, in their order. */
function byDay(items) {
  const days = new Map();
  for (const item of items) {
    const day = dayName(item.started_at);
    days.set(day, [...(days.get(day) ?? []), item]);
  }
  return [...days];
}

function heading(title) {
  return element("li", { className: "session-heading" }, title);
}

function state(item) {
  if (item.is_running) {
    const lamp = element("span", { className: "lamp" }, element("span", { className: "dot" }), "live");
    lamp.dataset.state = "listening";
    return [lamp];
  }
  return ["failed", "interrupted"].includes(item.activity) ? [element("span", {}, ACTIVITIES[item.activity].toLowerCase())] : [];
}
