/** Draws the transcript: a row for each utterance in its order, between them wake words and what was not heard. */
import { element } from "./elements.js";
import { clockTime, samplesToSeconds, shortSeconds, spokenTime } from "./positions.js";
import { textSegments } from "./text_segments.js";
import { GAP_REASONS, REJECTION_RULES, percent, spokenWakeWord } from "./words.js";

/** An utterance of which the model is less sure than this is marked as a whole. */
const DOUBTFUL_CONFIDENCE = 0.6;

/** Gaps shorter than this are left out of the transcript: nobody would notice them. */
const SHORTEST_GAP_SECONDS = 0.1;

export class TranscriptView {
  #list;
  #rows = new Map();
  #query = "";
  #marks = { gaps: 0, wakeWordsHeard: 0 };

  constructor(list) {
    this.#list = list;
  }

  /** Begin with nothing. */
  clear() {
    this.#list.replaceChildren();
    this.#rows.clear();
    this.#marks = { gaps: 0, wakeWordsHeard: 0 };
  }

  /** Show the rejected utterances too, or not. */
  showRejected(isShown) {
    this.#list.toggleAttribute("data-rejected", isShown);
  }

  /** Draw every utterance of the session that is new or has changed, and remove none. */
  draw(session) {
    this.#drawMarks("gaps", session.gaps, gapRow);
    this.#drawMarks("wakeWordsHeard", session.wakeWordsHeard, wakeWordRow);
    for (const utterance of session.utterances.values()) this.#drawUtterance(utterance);
  }

  /** Mark what the query finds and hide the rows without it; returns in how many rows it was found. */
  search(query) {
    this.#query = query;
    let found = 0;
    for (const { row, utterance } of this.#rows.values()) {
      fill(row, utterance, query);
      const isFound = row.querySelector("mark") !== null;
      row.hidden = Boolean(query.trim()) && !isFound;
      found += isFound && !isHiddenRejection(row, this.#list) ? 1 : 0;
    }
    return found;
  }

  /** What is no utterance and never changes: only what has come since the last time is drawn. */
  #drawMarks(kind, marks, row) {
    for (const mark of marks.slice(this.#marks[kind])) this.#place(row(mark), mark.startSample);
    this.#marks[kind] = marks.length;
  }

  #drawUtterance(utterance) {
    const mark = [utterance.kind, utterance.endSample, utterance.text, utterance.stableText, utterance.unstableText];
    const known = this.#rows.get(utterance.utteranceId);
    const state = JSON.stringify(mark);
    if (known?.state === state) return;
    const row = known?.row ?? element("li", { className: "utterance" });
    fill(row, utterance, this.#query);
    if (!known) this.#place(row, utterance.startSample);
    this.#rows.set(utterance.utteranceId, { row, state, utterance });
  }

  /** Rows come mostly in order, so that the place is looked for from the end. */
  #place(row, startSample) {
    row.dataset.start = startSample;
    let before = this.#list.lastElementChild;
    while (before && Number(before.dataset.start) > startSample) before = before.previousElementSibling;
    if (before) before.after(row);
    else this.#list.prepend(row);
  }
}

function isHiddenRejection(row, list) {
  return row.dataset.kind === "rejected" && !list.hasAttribute("data-rejected");
}

function fill(row, utterance, query) {
  row.dataset.kind = utterance.kind;
  row.dataset.utterance = utterance.utteranceId;
  const seconds = samplesToSeconds(utterance.startSample);
  const time = element("time", { dateTime: `PT${seconds.toFixed(1)}S`, title: `Begins at ${spokenTime(seconds)}` }, clockTime(seconds));
  const said = element("span", { className: "said" }, ...saidPieces(utterance, query));
  row.replaceChildren(time, said, ...margin(utterance), ...reason(utterance));
}

function saidPieces(utterance, query) {
  if (utterance.kind === "unfinished") {
    return [utterance.stableText.trimStart(), element("span", { className: "unstable" }, utterance.unstableText)];
  }
  return textSegments(utterance.text, utterance.words, query).map(piece);
}

function piece({ text, probability, isMatch }) {
  const inside = isMatch ? element("mark", {}, text) : text;
  if (probability === null) return inside;
  return element("span", { className: "doubtful", title: `${percent(probability)} sure of this word` }, inside);
}

/** What stands at the right of a text: how sure the model is, and how long it took in the tooltip. */
function margin(utterance) {
  if (utterance.kind !== "transcribed") return [];
  const { confidence, model, isRevised, inferenceSeconds } = utterance;
  const details = [
    `${percent(confidence)} sure`,
    `written by ${model}`,
    inferenceSeconds === undefined ? null : `in ${shortSeconds(inferenceSeconds)}`,
    isRevised ? "in a later pass" : null,
  ];
  const shown = element("span", { className: "confidence", title: details.filter(Boolean).join(", ") }, percent(confidence));
  shown.prepend(element("span", { className: "visually-hidden" }, "Confidence "));
  if (confidence < DOUBTFUL_CONFIDENCE) shown.dataset.doubt = "";
  return [shown];
}

function reason(utterance) {
  if (utterance.kind === "rejected") {
    const scores = [
      `${utterance.voicedSeconds.toFixed(2)} s of voice`,
      utterance.noSpeechProbability === null ? null : `no speech ${percent(utterance.noSpeechProbability)}`,
    ];
    const why = REJECTION_RULES[utterance.rule] ?? `Left out: ${utterance.rule}.`;
    const text = `${why} (${scores.filter(Boolean).join(", ")})`;
    return [element("span", { className: "reason" }, text)];
  }
  if (utterance.kind === "failed") {
    return [element("span", { className: "reason" }, `No text: ${utterance.message} [${utterance.code}]`)];
  }
  return [];
}

function wakeWordRow({ word, score }) {
  return element("li", { className: "aside-row" }, `Wake word “${spokenWakeWord(word, [])}” heard, ${percent(score)} sure`);
}

function gapRow({ lostSamples, reason: why }) {
  const seconds = samplesToSeconds(lostSamples);
  const row = element("li", { className: "aside-row" }, `${shortSeconds(seconds)} ${GAP_REASONS[why] ?? why}`);
  row.hidden = seconds < SHORTEST_GAP_SECONDS;
  return row;
}
