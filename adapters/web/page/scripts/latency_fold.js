/**
 * How long the speaker waited for a text. Two clocks are involved: the silence that had to pass until the end of speech
 * was certain is audio, counted in samples; how long the text then took is the time between two records of the log.
 */
import { samplesToSeconds, secondsToSamples } from "./positions.js";

/** The times of an utterance that begins. */
export function beginLatency(envelope) {
  return { startedAt: envelope.recorded_at, firstPartialSeconds: null, endedAt: null, endpointingSeconds: 0 };
}

/** A partial text: the first one counts. */
export function hearPartial(latency, envelope) {
  if (latency) latency.firstPartialSeconds ??= Math.max(0, envelope.recorded_at - latency.startedAt);
}

/** The speech is over: how much silence was heard until that was certain. */
export function endLatency(latency, envelope, settings) {
  if (!latency) return;
  const { reason, detected_at_sample: detectedAtSample, end_sample: endSample } = envelope.data;
  const tailSamples = reason === "silence" ? secondsToSamples(settings?.endpointing.tail_seconds ?? 0) : 0;
  latency.endpointingSeconds = samplesToSeconds(Math.max(0, detectedAtSample - (endSample - tailSamples)));
  latency.endedAt = envelope.recorded_at;
}

/** The text is there; null for an utterance whose end was not seen. */
export function finishLatency(latency, envelope) {
  if (latency?.endedAt == null) return null;
  const writingSeconds = Math.max(0, envelope.recorded_at - latency.endedAt);
  const { endpointingSeconds, firstPartialSeconds } = latency;
  return {
    endpointingSeconds,
    writingSeconds,
    firstPartialSeconds,
    endOfSpeechToTextSeconds: endpointingSeconds + writingSeconds,
  };
}

/** The middle one of some numbers; null for none. */
export function median(values) {
  if (!values.length) return null;
  const ordered = [...values].sort((a, b) => a - b);
  return ordered[Math.ceil(ordered.length / 2) - 1];
}
