/** What is said in profiles, as people type it and as it is kept. */

const USUAL_ENGINE = "mlx_whisper";

/** The names that were typed one a line or with commas between. */
export function namesIn(text) {
  return text
    .split(/[\n,]/)
    .map((name) => name.trim())
    .filter(Boolean);
}

/**
 * The profile that is kept when one was begun with and its settings were changed. What the page has no field for stays
 * as it was; a smaller model belongs to its engine and does not outlive it.
 */
export function changedProfile(profile, settings) {
  const engine = profile.transcription?.engine ?? USUAL_ENGINE;
  const transcription = engine === settings.transcription.engine ? {} : { smaller_model: null };
  return laidOver(laidOver(profile, { transcription }), settings);
}

/** The sections laid over one another at every depth, as the server does it for a session. */
function laidOver(below, above) {
  const merged = { ...below };
  for (const [key, value] of Object.entries(above)) {
    const isSection = value !== null && typeof value === "object" && !Array.isArray(value);
    merged[key] = isSection ? laidOver(below[key] ?? {}, value) : value;
  }
  return merged;
}
