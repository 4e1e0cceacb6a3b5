/** The messages of the server's WebSocket for a session, as its AsyncAPI document has them. */

const POSITION_BYTES = 8;

/** A binary message: the position of its first sample as 64 bits, then the samples, all little-endian. */
export function audioMessage(position, samples) {
  const message = new DataView(new ArrayBuffer(POSITION_BYTES + 2 * samples.length));
  message.setBigUint64(0, BigInt(position), true);
  for (let index = 0; index < samples.length; index++) {
    message.setInt16(POSITION_BYTES + 2 * index, samples[index], true);
  }
  return message.buffer;
}

/** The first message: events after `after` are wanted, and whether audio is sent, at which rate; null sends none. */
export function openMessage(after, rateHz) {
  const audio = rateHz === null ? {} : { audio: { encoding: "pcm_s16le", sample_rate_hz: rateHz, channels: 1 } };
  return JSON.stringify({ type: "open", after, ...audio });
}

/** Where the stream of a session is. */
export function streamAddress(sessionId, location = window.location) {
  const scheme = location.protocol === "https:" ? "wss:" : "ws:";
  return `${scheme}//${location.host}/api/v1/sessions/${encodeURIComponent(sessionId)}/stream`;
}
