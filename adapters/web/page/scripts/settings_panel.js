/** Fills the settings from the server and keeps profiles: chosen, saved under a name, deleted. */
import { askForText, confirmed } from "./dialogs.js";
import { byId, element } from "./elements.js";
import { logProblem, showToast } from "./notices.js";
import { changedProfile } from "./profile_words.js";
import { SettingsForm } from "./settings_form.js";

/** The profile and the settings that were used last in this browser. */
const REMEMBERED = "stt-settings";

/** The settings that come from somewhere else than a profile. */
const USUAL_MODEL = "tiny.en";

/** What the server takes as the name of a profile: it becomes the name of a file. */
const NAME = /^[A-Za-z0-9_-]+(\.[A-Za-z0-9_-]+)*$/;
const LONGEST_NAME = 64;
const NAME_RULE = `A name is made of letters from A to Z, digits, - and _, with dots only inside: ${LONGEST_NAME} of them at most.`;

export class SettingsPanel {
  #api;
  #profiles = [];

  /** The wake words that the server can hear. */
  wakeWords = [];

  /** @param {() => void} onChange called when a setting was changed by the reader. */
  constructor(api, onChange) {
    this.#api = api;
    this.form = new SettingsForm((field) => {
      if (field.name === "mode") this.#followMode();
      this.#remember();
      onChange();
    });
    this.form.enable(false);
    byId("profile").addEventListener("change", () => this.choose(byId("profile").value).then(onChange));
    byId("save-profile").addEventListener("click", () => this.#saveAs());
    byId("delete-profile").addEventListener("click", () => this.#delete());
  }

  /** The name of the profile that a session begins with. */
  get profile() {
    return byId("profile").value || this.form.mode;
  }

  /** Ask the server for everything that can be chosen; what it cannot tell is left out and logged. */
  async load() {
    const usual = await this.#tried(this.#loadProfiles());
    await Promise.all([
      this.#tried(this.#api.models().then(({ models }) => this.form.offerModels(models, USUAL_MODEL))),
      this.#tried(this.#api.devices().then(({ devices }) => this.form.offerServerDevices(devices))),
      this.#tried(this.#api.wakeWords().then((list) => this.#offerWakeWords(list.wake_words))),
      this.offerBrowserDevices(),
    ]);
    const remembered = recall();
    if (remembered && this.#find(remembered.profile)) this.#restore(remembered);
    else if (usual) await this.#tried(this.choose(usual));
    this.form.enable(true);
  }

  /** Offer the browser's microphones by name, which it tells once it was allowed to use one. */
  async offerBrowserDevices() {
    const devices = await navigator.mediaDevices?.enumerateDevices().catch(() => []);
    this.form.offerBrowserDevices(devices ?? []);
  }

  /** Put a profile on the form. */
  async choose(name) {
    const { profile } = await this.#api.profile(name);
    byId("profile").value = name;
    this.form.write(profile);
    this.#describe();
    this.#remember();
  }

  #offerWakeWords(words) {
    this.wakeWords = words;
    this.form.offerWakeWords(words);
  }

  /** Offer to apply what is on the form to the session that runs, or not. */
  offerToApply(isOffered) {
    byId("apply-settings").hidden = !isOffered;
  }

  /** Have a running session work with what is on the form, its source stays; resolves to these settings. */
  async apply(sessionId) {
    this.form.showError(null);
    const { transcription, vad, wake_word: wakeWord } = this.form.read();
    const settings = { transcription, vad, wake_word: wakeWord };
    await this.#api.changeSettings(sessionId, settings);
    this.offerToApply(false);
    showToast("Applied.");
    return settings;
  }

  async #loadProfiles() {
    const { profiles, default: usual } = await this.#api.profiles();
    this.#profiles = profiles;
    const chosen = byId("profile").value;
    byId("profile").replaceChildren(...profiles.map(({ name }) => element("option", { value: name }, name)));
    if (this.#find(chosen)) byId("profile").value = chosen;
    this.#describe();
    return usual;
  }

  async #saveAs() {
    await askForText({
      title: "Save the settings as a profile",
      text: "The profile is kept on the server, for every program that uses it.",
      confirm: "Save",
      label: "Name",
      initial: this.#find(this.profile)?.is_built_in ? "" : this.profile,
      submit: (name) => this.#save(name),
    });
  }

  async #save(name) {
    if (name.length > LONGEST_NAME || !NAME.test(name)) throw new Error(NAME_RULE);
    const { profile: begun } = await this.#api.profile(this.profile);
    await this.#api.saveProfile(name, { ...changedProfile(begun, this.form.read()), description: "Saved from the page" });
    await this.#loadProfiles();
    byId("profile").value = name;
    this.#describe();
    this.#remember();
    showToast(`Saved as ${name}.`);
  }

  async #delete() {
    const name = this.profile;
    const isSure = await confirmed({
      title: `Delete the profile ${name}?`,
      text: "Programs that use it will not find it any more.",
      confirm: "Delete",
      isDangerous: true,
    });
    if (!isSure) return;
    await this.#shown(async () => {
      await this.#api.deleteProfile(name);
      const usual = await this.#loadProfiles();
      await this.choose(usual);
      showToast(`Deleted ${name}.`);
    });
  }

  /** The built-in profiles are the modes: choosing a mode chooses its profile, unless the profile is the reader's own. */
  #followMode() {
    if (this.#find(this.profile)?.is_built_in !== false && this.#find(this.form.mode)) {
      byId("profile").value = this.form.mode;
      this.#describe();
    }
  }

  #find(name) {
    return this.#profiles.find((profile) => profile.name === name);
  }

  #describe() {
    const profile = this.#find(this.profile);
    byId("profile-description").textContent = profile?.description ?? "";
    byId("delete-profile").disabled = profile?.is_built_in !== false;
  }

  #remember() {
    const kept = { profile: this.profile, settings: this.form.read(), source: byId("source").value };
    localStorage.setItem(REMEMBERED, JSON.stringify(kept));
  }

  #restore({ profile, settings, source }) {
    byId("profile").value = profile;
    this.form.write(settings);
    if ([...byId("source").options].some((option) => option.value === source)) byId("source").value = source;
    this.#describe();
  }

  async #shown(work) {
    this.form.showError(null);
    await work().catch((error) => this.form.showError(error.message));
  }

  async #tried(work) {
    return work.catch((error) => logProblem(error.code ?? "page", error.message));
  }
}

function recall() {
  try {
    return JSON.parse(localStorage.getItem(REMEMBERED));
  } catch {
    return null;
  }
}
