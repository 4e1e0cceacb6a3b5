/** The page as a whole: which session is shown, which one is steered, and what happens when something is pressed. */
import { confirmed, showLogin } from "./dialogs.js";
import { Dock } from "./dock.js";
import { DocumentView } from "./document_view.js";
import { byId } from "./elements.js";
import { FollowedSession } from "./followed_session.js";
import { LiveSession, capturedSamples } from "./live_session.js";
import { Newsroom } from "./newsroom.js";
import { dismissNotice, logEntry, logProblem, showNotice, showToast } from "./notices.js";
import { PickUp } from "./pick_up.js";
import { PushToTalk } from "./push_to_talk.js";
import { ServerApi } from "./server_api.js";
import { ServerPanel } from "./server_panel.js";
import { SessionEnd, tellOfAbsence } from "./session_end.js";
import { SessionList } from "./session_list.js";
import { SettingsPanel } from "./settings_panel.js";
import { SoundFiles } from "./sound_files.js";

const PROGRESS_MILLISECONDS = 250;
const LIST_MILLISECONDS = 15_000;

export class CaptionPage {
  #api = new ServerApi(showLogin);
  #news = new Newsroom();
  #shown = null;
  #isDrawing = false;
  #isBusy = false;
  #settingsLoaded = null;
  #end;
  #pickUp;

  constructor() {
    this.dock = new Dock({
      start: () => this.start(),
      stop: () => this.stop(),
      togglePause: () => this.togglePause(),
      commit: () => this.commit(),
      press: () => this.talk.press(),
      release: () => this.release(),
    });
    this.document = new DocumentView((sessionId, format) => this.#api.transcriptAddress(sessionId, format));
    this.settings = new SettingsPanel(this.#api, () => {
      this.settings.offerToApply(this.live.followed !== null);
      this.talk.heed();
    });
    this.server = new ServerPanel(this.#api);
    this.list = new SessionList(this.#api, {
      onOpen: (sessionId) => this.#attempt(() => this.open(sessionId)),
      onDelete: (item) => this.#attempt(() => this.delete(item.session_id)),
    });
    this.live = new LiveSession(this.#api, {
      level: (level) => this.dock.meters.hear(level),
      microphoneLost: () => this.#microphoneLost(),
    });
    this.talk = new PushToTalk(this.live, this.settings.form, () => this.#showDock());
    new SoundFiles(this.#api, {
      attempt: (work) => this.#attempt(work),
      opened: (sessionId) => this.#refreshList().then(() => this.open(sessionId)),
      wanted: () => this.#settingsLoaded.then(() => ({ profile: this.settings.profile, ...this.settings.form.read() })),
    });
    this.#pickUp = new PickUp(this.live, this.settings.form, (sessionId) => this.#attempt(() => this.open(sessionId)));
    this.#end = new SessionEnd(this.live, {
      follow: (sessionId) => this.#follow(sessionId),
      busy: (text) => this.#setBusy(text),
      renewed: (old) => this.#showRenewed(old),
      resting: () => this.#rest(),
      startAgain: () => this.start(),
      open: (sessionId) => this.#attempt(() => this.open(sessionId)),
    });
    byId("delete-session").addEventListener("click", () => this.#attempt(() => this.delete(this.#shown.sessionId)));
    byId("apply-settings").addEventListener("click", () => this.#attempt(() => this.#apply()));
    byId("connect").addEventListener("click", () => this.live.followed?.stream.open());
    byId("disconnect").addEventListener("click", () => this.live.followed?.stream.close());
    this.#showConnection("idle");
  }

  /** Ask the server for everything, and go on with a session that runs. */
  async load() {
    this.dock.show(null);
    setInterval(() => this.#showProgress(), PROGRESS_MILLISECONDS);
    setInterval(() => document.hidden || this.#refreshList(), LIST_MILLISECONDS);
    this.#settingsLoaded = this.server.check().then(() => this.settings.load());
    await Promise.all([this.#settingsLoaded, this.#refreshList()]);
    this.dock.wakeWords = this.settings.wakeWords;
    await this.#attempt(() => this.#pickUp.choose(this.list.running));
  }

  /** Start a session as the settings say. */
  async start() {
    if (this.#isBusy || this.live.followed) return;
    this.#setBusy("Starting…");
    dismissNotice();
    this.settings.form.showError(null);
    await this.#settingsLoaded;
    const { form } = this.settings;
    const wanted = { profile: this.settings.profile, settings: form.read(), source: form.source, isMuted: form.isPushToTalk };
    await this.#attempt(async () => {
      await this.live.start(wanted, (sessionId) => this.#follow(sessionId));
      this.#show(this.live.followed);
      logEntry(`Started with ${wanted.settings.transcription.model}.`);
      await Promise.all([this.#refreshList(), this.settings.offerBrowserDevices()]);
    });
    this.#setBusy(null);
  }

  /** Stop the session, behind what was said until now. */
  async stop() {
    if (this.#isBusy || !this.live.followed) return;
    this.#setBusy("Finishing…");
    await this.#attempt(() => this.live.stop());
    this.#setBusy(null);
  }

  /** Start or stop. */
  toggle() {
    return this.live.followed ? this.stop() : this.start();
  }

  /** Pause, or go on. */
  async togglePause() {
    const { followed } = this.live;
    if (!followed || this.#isBusy) return;
    const isPaused = followed.session.activity === "paused";
    await this.#attempt(() => (isPaused ? this.live.resume(this.settings.form.isPushToTalk) : this.live.pause()));
  }

  /** End the sentence here. */
  async commit() {
    if (this.live.followed && !this.#isBusy) await this.#attempt(() => this.live.commit());
  }

  /** The key or the button that was held is let go: the sentence ends here. */
  async release() {
    await this.talk.release();
    await this.commit();
  }

  /** Show a session: as it was, or as it goes on. */
  async open(sessionId) {
    if (this.#shown?.sessionId === sessionId) return;
    await this.#leaveShown();
    if (this.live.followed?.sessionId === sessionId) return this.#show(this.live.followed);
    const followed = this.#follow(sessionId);
    const isRunning = this.list.find(sessionId)?.is_running ?? false;
    if (isRunning && !this.live.followed) this.live.take(followed);
    else if (isRunning) followed.follow();
    else await followed.load();
    this.#show(followed);
  }

  /** Delete a session with all that is kept of it, if the reader is sure. */
  async delete(sessionId) {
    const isSure = await confirmed({
      title: "Delete this session?",
      text: "Its transcript and its recording are gone for good.",
      confirm: "Delete",
      isDangerous: true,
    });
    if (!isSure) return;
    await this.#api.deleteSession(sessionId);
    if (this.#shown?.sessionId === sessionId) this.#show(null);
    showToast("Deleted.");
    await this.#refreshList();
  }

  async #apply() {
    const settings = await this.settings.apply(this.live.followed.sessionId);
    this.live.useSettings(settings);
  }

  #follow(sessionId) {
    return new FollowedSession(this.#api, sessionId, {
      changed: (followed, envelope) => this.#changed(followed, envelope),
      connection: (followed, state, seconds) => followed === this.live.followed && this.#showConnection(state, seconds),
      audioPosition: (followed, position) => this.#attempt(() => this.#pickUp.sendFrom(followed.sessionId, position)),
      serverClosing: (followed) => this.#serverClosing(followed),
      problem: (code, message) => logProblem(code, message),
      refused: (followed, code, reason) => this.#refused(followed, code, reason),
    });
  }

  #changed(followed, envelope) {
    if (envelope) this.#news.tell(followed, envelope);
    const isFirstText = envelope?.type === "utterance-transcribed" && !this.list.find(followed.sessionId)?.preview;
    if (isFirstText) this.#refreshList();
    if (followed === this.live.followed && followed.isOver) this.#attempt(() => this.#end.of(followed));
    this.#draw();
  }

  async #refused(followed, code, reason) {
    if (code === 4401) showLogin();
    await this.#attempt(() => followed.load());
    if (followed.isOver || followed !== this.live.followed) return;
    showNotice("connection-refused", reason || `The server closed the connection (${code}).`);
    await this.live.close();
    this.#draw();
  }

  /** Show the session that goes on where another was cut off, and whether the server is ready. */
  async #showRenewed(old) {
    if (this.#shown === old) this.#show(this.live.followed);
    await this.server.check();
    await this.#refreshList();
  }

  #serverClosing(followed) {
    if (followed === this.live.followed && this.live.isSending) tellOfAbsence(null);
  }

  /** Nothing is steered any more. */
  async #rest() {
    this.#showConnection("idle");
    this.settings.offerToApply(false);
    this.dock.meters.clear();
    this.#draw();
    await this.#refreshList();
  }

  async #microphoneLost() {
    showNotice("microphone-lost", "The browser gives no more sound.");
    await this.stop();
  }

  #show(followed) {
    this.#shown = followed;
    this.document.open(followed?.session ?? null, followed !== null && followed === this.live.followed);
    this.list.markOpen(followed?.sessionId ?? null);
    this.#draw();
  }

  /** What this page sends goes on; whatever else is shown is no longer followed, and no longer steered. */
  async #leaveShown() {
    const shown = this.#shown;
    this.#shown = null;
    if (!shown || (shown === this.live.followed && this.live.isSending)) return;
    shown.leave();
    if (shown !== this.live.followed) return;
    await this.live.close();
    this.#showConnection("idle");
  }

  /** Draw once in a frame, however many events come. */
  #draw() {
    if (this.#isDrawing) return;
    this.#isDrawing = true;
    requestAnimationFrame(() => {
      this.#isDrawing = false;
      this.document.draw();
      this.#showDock();
    });
  }

  #showProgress() {
    const { followed, sender } = this.live;
    const session = followed?.session ?? this.#shown?.session ?? null;
    this.dock.showProgress(capturedSamples(this.live, session), sender?.lagSeconds ?? null);
    if (followed && !sender) this.dock.meters.passTime();
    if (sender?.lostSeconds > 0) {
      const message = `${sender.lostSeconds.toFixed(1)} s of what was said could not be sent in time.`;
      if (!document.querySelector("[data-code=audio-lost]")) showNotice("audio-lost", message, { kind: "warning" });
    }
  }

  #showConnection(state, seconds = 0) {
    this.#news.showConnection(state, seconds);
    const isConnected = state !== "idle" && state !== "closed";
    byId("connect").disabled = state !== "closed" || !this.live.followed;
    byId("disconnect").disabled = !isConnected;
  }

  #setBusy(text) {
    this.#isBusy = text !== null;
    this.dock.showBusy(text);
    this.#showDock();
  }

  #showDock() {
    const session = this.live.followed?.session ?? null;
    this.dock.showTalk(this.talk.isOn, this.live.sender?.isMuted ?? false);
    this.dock.show(session, this.#shown?.session ?? null);
    if (!session) this.#showProgress();
  }

  async #refreshList() {
    await this.list.refresh().catch((error) => error.status !== 401 && logProblem(error.code ?? "page", error.message));
  }

  /** Do something that the reader asked for, and tell what went wrong with it. */
  async #attempt(work) {
    try {
      await work();
    } catch (error) {
      if (error.status === 401) return;
      const code = error.code ?? "page";
      logProblem(code, null);
      if (byId("settings").classList.contains("is-open")) this.settings.form.showError(error.message);
      else showNotice(code, error.message);
    }
  }
}
