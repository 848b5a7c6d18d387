// What a picture and a voice may cost. A face among many is 180 lines at 60
// kbit/s at most; who speaks is large. Speech at 20 kbit/s stays under 40 with
// what the network adds to every packet.

export interface Encoding {
  lines: number
  livekit: { maxBitrate: number; maxFramerate: number }
}

export const faceEncoding: Encoding = { lines: 180, livekit: { maxBitrate: 55_000, maxFramerate: 10 } }
export const speakerEncoding: Encoding = { lines: 720, livekit: { maxBitrate: 900_000, maxFramerate: 24 } }
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
  first.maxBitrate = encoding.livekit.maxBitrate
  first.maxFramerate = encoding.livekit.maxFramerate
  first.scaleResolutionDownBy = by
  await sender.setParameters(parameters).catch(() => {}) // the browser keeps what it had
}
