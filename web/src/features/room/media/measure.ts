// How the line is, from the browser's own counters.
export interface Counters {
  lost?: number
  received?: number
}

/** Round trip in ms and the share lost since the last time; counters are kept for the next. */
export async function measure(of: RTCRtpReceiver | RTCRtpSender, counters: Counters): Promise<{ rtt?: number; loss?: number }> {
  const out: { rtt?: number; loss?: number } = {}
  let report: RTCStatsReport
  try {
    report = await of.getStats()
  } catch {
    return out
  }
  report.forEach((s: Record<string, unknown>) => {
    if (s.type === 'candidate-pair' && s.nominated && typeof s.currentRoundTripTime === 'number') out.rtt = s.currentRoundTripTime * 1000
    if (s.type === 'remote-inbound-rtp' && out.rtt === undefined && typeof s.roundTripTime === 'number') out.rtt = s.roundTripTime * 1000
    if (s.type === 'inbound-rtp' && s.kind === 'audio') {
      const lost = Number(s.packetsLost ?? 0)
      const received = Number(s.packetsReceived ?? 0)
      const more = received - (counters.received ?? received)
      const missing = Math.max(0, lost - (counters.lost ?? lost))
      // Silence is not sent: too few packets say nothing.
      if (more + missing >= 20) out.loss = missing / (more + missing)
      counters.lost = lost
      counters.received = received
    }
  })
  return out
}
