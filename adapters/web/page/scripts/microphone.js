/** The browser's microphone: frames of 20 ms from the audio thread, at 16 kHz where the browser can resample itself. */
import { SAMPLE_RATE_HZ } from "./positions.js";

/** A microphone that cannot be had, with a code that the page has words for. */
export class MicrophoneError extends Error {
  constructor(code, message) {
    super(message);
    this.code = code;
  }
}

const CODES = {
  NotAllowedError: ["microphone-denied", "The browser was not allowed to use the microphone."],
  NotFoundError: ["microphone-missing", "The browser has no microphone."],
  NotReadableError: ["microphone-busy", "Another program holds the microphone."],
};

export class BrowserMicrophone {
  #context;
  #stream;
  #source;
  #node;

  /** The samples a second that `onFrame` is given. */
  get rateHz() {
    return this.#context.sampleRate;
  }

  /** What the browser calls the microphone. */
  get label() {
    return this.#stream.getAudioTracks()[0]?.label || "Microphone of the browser";
  }

  /**
   * Ask for the microphone; nothing is heard yet.
   * @param {string} deviceId one of the browser's own, empty for its default.
   */
  async open(deviceId = "") {
    if (!navigator.mediaDevices || !window.AudioWorkletNode) {
      throw new MicrophoneError("microphone-insecure", "Browsers give a microphone to pages on localhost or https only.");
    }
    const constraints = { channelCount: 1, echoCancellation: false, noiseSuppression: false, autoGainControl: true };
    if (deviceId) constraints.deviceId = { exact: deviceId };
    try {
      this.#stream = await navigator.mediaDevices.getUserMedia({ audio: constraints });
    } catch (error) {
      throw new MicrophoneError(...(CODES[error.name] ?? ["microphone", error.message]));
    }
    this.#source = await this.#connected();
    await this.#context.audioWorklet.addModule(new URL("./capture_worklet.js", import.meta.url));
    this.#node = new AudioWorkletNode(this.#context, "capture", { numberOfOutputs: 0 });
  }

  /** Firefox joins no stream to a context of another rate: it then gets the device's own rate, and the server resamples. */
  async #connected() {
    try {
      this.#context = new AudioContext({ sampleRate: SAMPLE_RATE_HZ, latencyHint: "interactive" });
      return this.#context.createMediaStreamSource(this.#stream);
    } catch {
      await this.#context?.close();
      this.#context = new AudioContext({ latencyHint: "interactive" });
      return this.#context.createMediaStreamSource(this.#stream);
    }
  }

  /**
   * Begin to hear.
   * @param {(samples: Int16Array, level: number) => void} onFrame called for every 20 ms.
   * @param {() => void} onEnded called when the microphone is taken away.
   */
  async start(onFrame, onEnded) {
    this.#node.port.onmessage = ({ data }) => onFrame(data.samples, data.level);
    this.#stream.getAudioTracks()[0].addEventListener("ended", onEnded);
    this.#source.connect(this.#node);
    await this.#context.resume();
  }

  /** Hear no more and give the microphone back. Idempotent. */
  async close() {
    this.#stream?.getTracks().forEach((track) => track.stop());
    if (this.#node) this.#node.port.onmessage = null;
    this.#source?.disconnect();
    if (this.#context && this.#context.state !== "closed") await this.#context.close();
  }
}
