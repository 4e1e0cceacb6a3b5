/**
 * Runs on the browser's audio thread: cuts what the microphone gives into frames of 20 ms of signed 16-bit samples,
 * each with its loudness, and posts them. Channels are averaged.
 */
class CaptureProcessor extends AudioWorkletProcessor {
  constructor() {
    super();
    this.frame = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
    this.energy = 0;
  }

  process(inputs) {
    const channels = inputs[0];
    for (let index = 0; index < (channels[0]?.length ?? 0); index++) {
      let sample = 0;
      for (const channel of channels) sample += channel[index] / channels.length;
      this.take(Math.max(-1, Math.min(1, sample)));
    }
    return true;
  }

  take(sample) {
    this.energy += sample * sample;
    this.frame[this.filled++] = Math.round(sample * 32767);
    if (this.filled < this.frame.length) return;
    const level = Math.sqrt(this.energy / this.frame.length);
    this.port.postMessage({ samples: this.frame, level }, [this.frame.buffer]);
    this.frame = new Int16Array(Math.round(sampleRate / 50));
    this.filled = 0;
    this.energy = 0;
  }
}

registerProcessor("capture", CaptureProcessor);
