/** The server's REST interface as functions; what it answers is in the words of its OpenAPI document. */

const ROOT = "/api/v1";

/** An answer that is no success; `code` is the server's stable one. */
export class ServerError extends Error {
  constructor(status, code, message) {
    super(message);
    Object.assign(this, { status, code });
  }
}

export class ServerApi {
  #onUnauthorized;

  /** @param {() => void} onUnauthorized called when the server asks for a token. */
  constructor(onUnauthorized) {
    this.#onUnauthorized = onUnauthorized;
  }

  /** Sessions, the newest first; `before` asks for those that follow. */
  sessions({ limit = 50, before = null } = {}) {
    return this.#get(`/sessions?limit=${limit}${before ? `&before=${encodeURIComponent(before)}` : ""}`);
  }

  session(sessionId) {
    return this.#get(sessionPath(sessionId));
  }

  /** Start a session; see `NewSession` in the OpenAPI document. */
  startSession(body) {
    return this.#send("POST", "/sessions", body);
  }

  /** Start a session that hears a sound file, written as the profile says with what is changed of its transcription. */
  uploadSound(file, { profile, transcription }) {
    const { engine, model, language, glossary, prompt, carry_context } = transcription;
    const form = new FormData();
    const parts = { profile, engine, model, language: language ?? "", glossary: glossary.join(), prompt, carry_context };
    for (const [name, value] of Object.entries(parts)) form.append(name, value);
    form.append("file", file, file.name);
    return this.#request(`${ROOT}/sessions/upload`, { method: "POST", body: form });
  }

  /** One of `pause`, `resume` and `commit`. */
  command(sessionId, name) {
    return this.#send("POST", `${sessionPath(sessionId)}/${name}`);
  }

  /** Have the session take no more audio; its last texts come as events. */
  stop(sessionId) {
    return this.#send("POST", `${sessionPath(sessionId)}/stop?wait=false`);
  }

  changeSettings(sessionId, settings) {
    return this.#send("PATCH", `${sessionPath(sessionId)}`, { settings });
  }

  deleteSession(sessionId) {
    return this.#send("DELETE", sessionPath(sessionId));
  }

  /** The session's events after `seq`, a page of them. */
  events(sessionId, after, limit = 1000) {
    return this.#get(`${sessionPath(sessionId)}/events?after=${after}&limit=${limit}`);
  }

  transcriptText(sessionId) {
    return this.#get(`${sessionPath(sessionId)}/transcript?format=txt`);
  }

  /** Where a browser gets the transcript in a format. */
  transcriptAddress(sessionId, format) {
    return `${ROOT}${sessionPath(sessionId)}/transcript?format=${format}`;
  }

  devices() {
    return this.#get("/devices");
  }

  models() {
    return this.#get("/models");
  }

  wakeWords() {
    return this.#get("/wake-words");
  }

  profiles() {
    return this.#get("/profiles");
  }

  profile(name) {
    return this.#get(`/profiles/${encodeURIComponent(name)}`);
  }

  saveProfile(name, profile) {
    return this.#send("PUT", `/profiles/${encodeURIComponent(name)}`, profile);
  }

  deleteProfile(name) {
    return this.#send("DELETE", `/profiles/${encodeURIComponent(name)}`);
  }

  doctor() {
    return this.#get("/doctor");
  }

  /** Whether the server is alive, and whether its model is loaded; outside of the API's root. */
  async health() {
    const [health, ready] = await Promise.all([this.#request("/health", {}), fetch("/ready").catch(() => null)]);
    return { health, isReady: ready?.ok ?? false };
  }

  /** Whether the server is about to end, or has ended. */
  async isEnding() {
    const ready = await fetch("/ready").catch(() => null);
    if (ready === null || ready.status === 502) return true;
    return ready.status === 503 && (await ready.json().catch(() => null))?.code === "server-closing";
  }

  #get(path) {
    return this.#request(ROOT + path, {});
  }

  #send(method, path, body) {
    const headers = { "Idempotency-Key": crypto.randomUUID?.() ?? String(Math.random()) };
    if (body !== undefined) headers["Content-Type"] = "application/json";
    return this.#request(ROOT + path, { method, headers, body: body === undefined ? undefined : JSON.stringify(body) });
  }

  async #request(address, options) {
    const answer = await fetch(address, options).catch(() => {
      throw new ServerError(0, "server-unreachable", "There was no answer.");
    });
    const isJson = answer.headers.get("Content-Type")?.includes("json");
    const body = isJson ? await answer.json() : await answer.text();
    if (answer.ok) return body;
    if (answer.status === 401) this.#onUnauthorized();
    throw new ServerError(answer.status, body?.code ?? `http-${answer.status}`, body?.detail ?? answer.statusText);
  }
}

function sessionPath(sessionId) {
  return `/sessions/${encodeURIComponent(sessionId)}`;
}
