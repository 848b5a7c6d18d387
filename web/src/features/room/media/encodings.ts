// What a picture and a voice may cost. A face among many is 180 lines at 60
// kbit/s at most; who speaks is large. Speech at 20 kbit/s stays under 40 with
// what the network adds to every packet.

export interface Encoding {
  lines: number
  livekit: { maxBitrate: number; maxFramerate: number }
  /** What suffers when the line is too weak. Changing it also makes Chromium forget by how much it had shrunk the picture. */
  degradation: 'balanced' | 'maintain-resolution'
}

export const faceEncoding: Encoding = { lines: 180, livekit: { maxBitrate: 55_000, maxFramerate: 10 }, degradation: 'maintain-resolution' }
export const speakerEncoding: Encoding = { lines: 720, livekit: { maxBitrate: 900_000, maxFramerate: 24 }, degradation: 'balanced' }
// How fast the line is, a browser tries out when a camera starts, up to twice what the camera may take; later it only
// creeps. A face that began with its own 55 kbit/s stayed small for ten seconds after it had become the speaker's.
export const measuring = { ms: 1500, maxBitrate: speakerEncoding.livekit.maxBitrate }
export const screenEncoding = { maxBitrate: 900_000, maxFramerate: 8 }
export const speech = { maxBitrate: 20_000 }

/** By how much a picture of so many lines is scaled down to be sent. */
export function scale(lines: number, to: number): number {
  return Math.max(1, lines / to)
}

/** Changes what a camera sends without stopping it. */
export async function tune(sender: RTCRtpSender | undefined, track: MediaStreamTrack, encoding: Encoding) {
  const parameters = sender?.getParameters()
  const first = parameters?.encodings?.[0]
  if (!sender || !parameters || !first) return
  const { width = 0, height = 0 } = track.getSettings()
  const by = scale(Math.min(width, height) || 360, encoding.lines)
  if (first.maxBitrate === encoding.livekit.maxBitrate && first.scaleResolutionDownBy === by) return
  parameters.degradationPreference = encoding.degradation
  first.maxBitrate = encoding.livekit.maxBitrate
  first.maxFramerate = encoding.livekit.maxFramerate
  first.scaleResolutionDownBy = by
  await sender.setParameters(parameters).catch(() => {}) // the browser keeps what it had
}
