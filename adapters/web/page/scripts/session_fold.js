/**
 * What the page shows of one session: a fold over its event envelopes, the same live and afterwards.
 * The names are those of the events; see docs/events.md.
 */
import { beginLatency, endLatency, finishLatency, hearPartial } from "./latency_fold.js";

/** So many problems are kept, the newest last. */
const MOST_PROBLEMS = 50;

/** A session of which nothing is known yet. */
export function emptySession(sessionId) {
  return {
    sessionId,
    lastSeq: 0,
    source: "",
    settings: null,
    startedAt: null,
    endedAt: null,
    activity: "not-started",
    stopReason: null,
    capturedSamples: 0,
    utterances: new Map(),
    gaps: [],
    wakeWordsHeard: [],
    problems: [],
    degraded: new Map(),
    sourceProblem: null,
    failure: null,
    wake: { phase: "off", word: null, score: null, deadlineSample: null },
    latencies: [],
  };
}

/** Whether the session takes no more audio and owes no text. */
export function isOver(session) {
  return ["stopped", "failed", "interrupted"].includes(session.activity);
}

/** The utterances in the order in which they were begun. */
export function utterancesInOrder(session) {
  return [...session.utterances.values()].sort((a, b) => a.utteranceId - b.utteranceId);
}

/** The whole text, an utterance a line. */
export function sessionText(session) {
  return utterancesInOrder(session)
    .filter((utterance) => utterance.kind === "transcribed")
    .map((utterance) => utterance.text)
    .join("\n");
}

/**
 * Take one more envelope. One that was seen before changes nothing; one of an unknown type is passed over.
 * @returns {boolean} whether it was new.
 */
export function addEnvelope(session, envelope) {
  if (envelope.session_id !== session.sessionId || envelope.seq <= session.lastSeq) return false;
  session.lastSeq = envelope.seq;
  FOLDS[envelope.type]?.(session, envelope.data, envelope);
  return true;
}

const FOLDS = {
  "session-started": (session, data) => {
    Object.assign(session, { source: data.source, startedAt: data.started_at });
    useSettings(session, data.settings);
    session.activity = restingActivity(session);
  },
  "settings-changed": (session, data) => {
    const hadWakeWord = session.wake.phase !== "off";
    useSettings(session, data.settings);
    const hasWakeWord = session.wake.phase !== "off";
    if (hadWakeWord !== hasWakeWord && session.activity !== "paused") {
      session.activity = session.activity === "hearing-speech" ? session.activity : restingActivity(session);
    }
  },
  "session-stopping": (session, data) => {
    session.activity = "stopping";
    session.stopReason = data.reason;
    reach(session, data.captured_samples);
  },
  "session-stopped": (session, data, envelope) => {
    end(session, "stopped", envelope);
    reach(session, data.captured_samples);
  },
  "session-failed": (session, data, envelope) => {
    session.failure = { code: data.code, message: data.message };
    report(session, envelope, data.code, data.message);
    end(session, "failed", envelope);
    reach(session, data.captured_samples);
  },
  "session-interrupted": (session, data, envelope) => {
    for (const utteranceId of data.lost_utterances) {
      const message = "The program ended before the text was written.";
      fail(session, utteranceId, "session-interrupted", message);
    }
    report(session, envelope, "session-interrupted", "The program ended while this session was running.");
    end(session, "interrupted", envelope);
  },
  "listening-paused": (session, data) => {
    session.activity = "paused";
    reach(session, data.at_sample);
  },
  "listening-resumed": (session, data) => {
    session.activity = restingActivity(session);
    reach(session, data.at_sample);
  },
  "wake-word-detected": (session, data) => {
    session.wake = { phase: "heard", word: data.word, score: data.score, deadlineSample: data.deadline_sample };
    session.wakeWordsHeard.push({ word: data.word, score: data.score, startSample: data.at_sample });
    if (session.activity === "awaiting-wake-word") session.activity = "listening";
    reach(session, data.at_sample);
  },
  "wake-word-expired": (session, data) => {
    arm(session);
    session.activity = "awaiting-wake-word";
    reach(session, data.at_sample);
  },
  "speech-started": (session, data, envelope) => {
    session.activity = "hearing-speech";
    session.utterances.set(data.utterance_id, {
      utteranceId: data.utterance_id,
      kind: "unfinished",
      startSample: data.start_sample,
      endSample: null,
      stableText: "",
      unstableText: "",
      text: "",
      words: [],
      latency: beginLatency(envelope),
    });
    reach(session, data.detected_at_sample);
  },
  "hypothesis-revised": (session, data, envelope) => {
    const utterance = session.utterances.get(data.utterance_id);
    if (utterance?.kind !== "unfinished") return;
    Object.assign(utterance, { stableText: data.stable_text, unstableText: data.unstable_text });
    hearPartial(utterance.latency, envelope);
  },
  "speech-ended": (session, data, envelope) => {
    reach(session, data.detected_at_sample);
    if (data.awaits_wake_word) arm(session);
    if (session.activity === "hearing-speech") session.activity = restingActivity(session);
    const utterance = session.utterances.get(data.utterance_id);
    if (!utterance) return;
    Object.assign(utterance, { startSample: data.start_sample, endSample: data.end_sample, endReason: data.reason });
    endLatency(utterance.latency, envelope, session.settings);
  },
  "utterance-transcribed": (session, data, envelope) => {
    const utterance = finish(session, data.utterance_id, "transcribed");
    Object.assign(utterance, writing(data), { inferenceSeconds: data.inference_seconds });
    const latency = finishLatency(utterance.latency, envelope);
    if (latency) session.latencies.push({ utteranceId: data.utterance_id, ...latency });
  },
  "utterance-rejected": (session, data) => {
    const utterance = finish(session, data.utterance_id, "rejected");
    Object.assign(utterance, {
      text: data.text,
      rule: data.rule,
      voicedSeconds: data.voiced_seconds,
      noSpeechProbability: data.no_speech_probability ?? null,
    });
  },
  "transcription-failed": (session, data, envelope) => {
    fail(session, data.utterance_id, data.code, data.message);
    report(session, envelope, data.code, data.message);
  },
  "transcript-revised": (session, data) => {
    const utterance = finish(session, data.utterance_id, "transcribed");
    Object.assign(utterance, writing(data), { isRevised: true });
  },
  "audio-gap-recorded": (session, data) => {
    session.gaps.push({ startSample: data.start_sample, lostSamples: data.lost_samples, reason: data.reason });
    reach(session, data.start_sample + data.lost_samples);
  },
  "audio-source-lost": (session, data, envelope) => {
    session.sourceProblem = { code: data.code, message: data.message };
    report(session, envelope, data.code, data.message);
  },
  "audio-source-recovered": (session, data) => {
    session.sourceProblem = null;
    reach(session, data.at_sample);
  },
  "service-degraded": (session, data, envelope) => {
    session.degraded.set(data.part, { code: data.code, message: data.message });
    report(session, envelope, data.code, data.message);
  },
  "service-restored": (session, data) => session.degraded.delete(data.part),
};

/** The types of events that change what the page shows. */
export const FOLDED_TYPES = Object.keys(FOLDS);

function useSettings(session, settings) {
  session.settings = settings;
  if (!settings.wake_word) session.wake = { phase: "off", word: null, score: null, deadlineSample: null };
  else if (session.wake.phase === "off") arm(session);
}

function arm(session) {
  session.wake = { phase: "armed", word: session.settings?.wake_word?.words[0] ?? null, score: null, deadlineSample: null };
}

/** What a session does that runs and hears nobody speak. */
function restingActivity(session) {
  return session.wake.phase === "armed" ? "awaiting-wake-word" : "listening";
}

function end(session, activity, envelope) {
  session.activity = activity;
  session.endedAt = envelope.recorded_at;
}

function finish(session, utteranceId, kind) {
  const known = session.utterances.get(utteranceId);
  const utterance = known ?? { utteranceId, startSample: 0, endSample: 0, stableText: "", unstableText: "", words: [] };
  Object.assign(utterance, { kind, endSample: utterance.endSample ?? session.capturedSamples });
  session.utterances.set(utteranceId, utterance);
  return utterance;
}

function fail(session, utteranceId, code, message) {
  const utterance = finish(session, utteranceId, "failed");
  Object.assign(utterance, { code, message, text: utterance.stableText + utterance.unstableText });
}

function writing(data) {
  return {
    text: data.text,
    words: data.words,
    confidence: data.confidence,
    language: data.language,
    model: data.model,
  };
}

function report(session, envelope, code, message) {
  session.problems.push({ at: envelope.recorded_at, code, message });
  if (session.problems.length > MOST_PROBLEMS) session.problems.shift();
}

function reach(session, sample) {
  session.capturedSamples = Math.max(session.capturedSamples, sample);
}
