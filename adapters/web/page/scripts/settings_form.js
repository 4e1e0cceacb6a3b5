/** The form of settings, and the words in which profiles and the server write the same settings. */
import { byId, element } from "./elements.js";
import { languageGroups } from "./languages.js";
import { namesIn } from "./profile_words.js";
import { machineName } from "./words.js";

/** What the page writes with OpenAI's models besides those of the server's own list. */
const OPENAI_MODELS = ["gpt-4o-transcribe", "gpt-4o-mini-transcribe", "whisper-1"];

/** The engine that runs a model, told from the model's name. */
export function engineOf(model) {
  return OPENAI_MODELS.includes(model) || model.includes("gpt-4o") ? "openai" : "mlx_whisper";
}

export class SettingsForm {
  #models = new Map();

  /** @param {() => void} onChange called when the reader changed something. */
  constructor(onChange) {
    const form = byId("settings-form");
    form.addEventListener("submit", (event) => event.preventDefault());
    form.addEventListener("input", (event) => {
      this.#reflect();
      if (event.target.id !== "profile") onChange(event.target);
    });
    const { first, others } = languageGroups();
    const option = ({ code, name }) => element("option", { value: code }, name);
    byId("language").append(
      element("optgroup", { label: "Most used" }, ...first.map(option)),
      element("optgroup", { label: "All others" }, ...others.map(option)),
    );
    this.#reflect();
  }

  /** Which mode is chosen: the name of the built-in profile for it. */
  get mode() {
    return document.querySelector("input[name=mode]:checked").value;
  }

  /** Whether the browser's microphone is chosen, and which device: an empty one is the default. */
  get source() {
    const [where, ...device] = byId("source").value.split(":");
    return { isBrowser: where === "browser", device: device.join(":") };
  }

  /** Whether only what is said while the space bar is held is sent. */
  get isPushToTalk() {
    return this.source.isBrowser && byId("push-to-talk").checked;
  }

  /** Everything on the form, in the words of profiles. */
  read() {
    const model = byId("model").value;
    return {
      transcription: {
        engine: engineOf(model),
        model,
        language: byId("language").value || null,
        auto_start: true,
        glossary: namesIn(byId("glossary").value),
        prompt: byId("prompt").value.trim(),
        carry_context: byId("carry-context").checked,
      },
      vad: {
        enabled: true,
        detector_type: "combined",
        sensitivity: numberOf("sensitivity"),
        min_speech_duration: numberOf("min-speech"),
        min_silence_duration: numberOf("min-silence"),
        parameters: readThresholds(),
      },
      wake_word: readWakeWord(this.mode === "wake-word"),
      audio: { record: byId("record-audio").checked, ...this.#deviceOfServer() },
    };
  }

  /** Put a profile's settings on the form; what it does not say is left at its usual value. */
  write(profile) {
    const { transcription = {}, vad = {}, wake_word: wakeWord = {}, audio = {} } = profile;
    document.querySelector(`input[name=mode][value=${wakeWord.enabled ? "wake-word" : "vad-triggered"}]`).checked = true;
    this.#chooseModel(transcription.model);
    byId("language").value = transcription.language ?? "";
    byId("glossary").value = (transcription.glossary ?? []).join("\n");
    byId("prompt").value = transcription.prompt ?? "";
    byId("carry-context").checked = transcription.carry_context ?? false;
    put("sensitivity", vad.sensitivity ?? 0.6);
    put("min-speech", vad.min_speech_duration ?? 0.25);
    put("min-silence", vad.min_silence_duration ?? 0.6);
    const { parameters = {} } = vad;
    byId("use-thresholds").checked = parameters.silero_threshold != null;
    put("silero-threshold", parameters.silero_threshold ?? 0.6);
    put("webrtc-aggressiveness", parameters.webrtc_aggressiveness ?? 2);
    put("frame-duration", parameters.frame_duration_ms ?? 30);
    byId("wake-word").value = (wakeWord.words ?? ["jarvis"]).join(", ");
    put("wake-sensitivity", wakeWord.sensitivity ?? 0.7);
    put("wake-timeout", wakeWord.timeout ?? 30);
    byId("record-audio").checked = audio.record ?? false;
    if (audio.device != null) byId("source").value = `server:${audio.device}`;
    this.#reflect();
  }

  /** Offer these models, those that are ready first, and OpenAI's. */
  offerModels(models, usual) {
    const chosen = byId("model").value || usual;
    this.#models = new Map(models.map((model) => [model.name, model]));
    const option = (model) => element("option", { value: model.name }, model.name + presence(model));
    const group = (label, some) => (some.length ? [element("optgroup", { label }, ...some.map(option))] : []);
    const local = models.filter((model) => !OPENAI_MODELS.includes(model.name));
    byId("model").replaceChildren(
      ...group(`Ready on ${machineName()}`, local.filter((model) => model.is_available)),
      ...group("Fetched when first used", local.filter((model) => !model.is_available)),
      ...group("OpenAI’s, over the network", OPENAI_MODELS.map((name) => ({ name }))),
    );
    this.#chooseModel(chosen);
    this.#reflect();
  }

  /** Offer the server's microphones. */
  offerServerDevices(devices) {
    const option = (device) => element("option", { value: `server:${device.name}` }, device.name);
    const usual = element("option", { value: "server:" }, "Default microphone of the server");
    offer("server-sources", usual, devices.map(option));
  }

  /** Offer the browser's microphones, whose names it tells once it was allowed to use one. */
  offerBrowserDevices(devices) {
    const named = devices.filter((device) => device.kind === "audioinput" && device.label && device.deviceId !== "default");
    const option = (device) => element("option", { value: `browser:${device.deviceId}` }, device.label);
    const usual = element("option", { value: "browser:" }, "Microphone of this browser");
    offer("browser-sources", usual, named.map(option));
  }

  /** Offer wake words to choose from; others can be typed. */
  offerWakeWords(words) {
    byId("wake-words").replaceChildren(...words.map((word) => element("option", { value: word.spoken })));
  }

  /** Let the reader change settings, or not: before they are loaded a change would be lost. */
  enable(isEnabled) {
    for (const group of document.querySelectorAll("#settings-form fieldset")) group.disabled = !isEnabled;
  }

  /** Show a sentence about what is wrong with the settings; null takes it away. */
  showError(sentence) {
    byId("settings-error").hidden = sentence === null;
    byId("settings-error").textContent = sentence ?? "";
  }

  #chooseModel(name) {
    const select = byId("model");
    if (!name) return;
    if (![...select.options].some((option) => option.value === name)) select.append(element("option", { value: name }, name));
    select.value = name;
  }

  #deviceOfServer() {
    const { isBrowser, device } = this.source;
    return { device: isBrowser || !device ? null : device };
  }

  /** Show what follows from the fields: their values, which groups count, and what the model means. */
  #reflect() {
    for (const shown of document.querySelectorAll("#settings-form .value")) {
      const field = byId(shown.dataset.of);
      const unit = field.dataset.unit ? ` ${field.dataset.unit}` : "";
      shown.textContent = field.value + unit;
      field.setAttribute("aria-valuetext", field.value + unit);
    }
    byId("wake-word-group").hidden = this.mode !== "wake-word";
    byId("thresholds").hidden = !byId("use-thresholds").checked;
    byId("sensitivity").disabled = byId("use-thresholds").checked;
    byId("push-to-talk-field").hidden = !this.source.isBrowser;
    byId("model-note").textContent = this.#modelNote();
  }

  #modelNote() {
    const name = byId("model").value;
    if (engineOf(name) === "openai") return "What is said is sent to OpenAI and paid for; only final texts, no live ones.";
    const model = this.#models.get(name);
    if (!model) return "";
    const size = sizeOf(model);
    const parts = [
      model.is_multilingual ? "Writes many languages" : "Writes English only",
      model.is_available ? size : `fetched when first used${size && `, ${size}`}`,
    ];
    return `${parts.filter(Boolean).join("; ")}.`;
  }
}

/** What is to be known of a model before it is chosen: whether it would have to be fetched, and how big it is. */
function presence(model) {
  if (model.is_available !== false) return "";
  return ` (${["not here yet", sizeOf(model)].filter(Boolean).join(", ")})`;
}

function sizeOf({ size_bytes: bytes }) {
  if (!bytes) return "";
  return bytes < 1e9 ? `${Math.round(bytes / 1e6)} MB` : `${(bytes / 1e9).toFixed(1)} GB`;
}

function offer(groupId, usual, options) {
  const select = byId("source");
  const chosen = select.value;
  byId(groupId).replaceChildren(usual, ...options);
  select.value = [...select.options].some((option) => option.value === chosen) ? chosen : usual.value;
}

function readThresholds() {
  if (!byId("use-thresholds").checked) return { silero_threshold: null };
  return {
    silero_threshold: numberOf("silero-threshold"),
    webrtc_aggressiveness: numberOf("webrtc-aggressiveness"),
    frame_duration_ms: numberOf("frame-duration"),
  };
}

function readWakeWord(isEnabled) {
  if (!isEnabled) return { enabled: false };
  return { enabled: true, words: namesIn(byId("wake-word").value), sensitivity: numberOf("wake-sensitivity"), timeout: numberOf("wake-timeout") };
}

function numberOf(id) {
  return Number(byId(id).value);
}

function put(id, value) {
  byId(id).value = String(value);
}
