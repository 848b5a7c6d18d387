// In every page of the measured browser: when the first sound was decoded, when the first large picture, and how many
// pictures at all, by the browser's own counters.
(mediaPort) => {
  const large = 1280
  const made = []
  const said = []
  const say = (what) => void said.push({ At: Date.now(), What: what })
  // The first byte of a signalling message names its kind, times eight.
  window.WebSocket = class extends WebSocket {
    constructor(...a) {
      super(...a)
      say('websocket begins')
      this.addEventListener('open', () => say('websocket open'))
      this.addEventListener('message', ({ data }) => say(`websocket: response ${new Uint8Array(data)[0] >> 3}${new Uint8Array(data)[1] & 128 && new Uint8Array(data)[0] & 128 ? '+' : ''}, ${data.byteLength} bytes`))
    }
    send(data) {
      say(`websocket: request ${new Uint8Array(data.buffer ?? data)[0] >> 3}, ${data.byteLength} bytes`)
      super.send(data)
    }
  }
  // As behind a telephone network: the SFU learns of no address of the browser's own, and the browser goes to the SFU by
  // UDP alone, and over the line where there is one.
  const led = (sdp) => sdp?.replace(/^((?:a=)?candidate:\S+ \d udp \d+ [\d.]+ )(\d+)/gim, (_, before, port) => before + (mediaPort || port))
  const told = /^a=candidate:(?!\S+ \d udp \d+ [\d.]+ ).*\r\n/gim
  const own = /^a=candidate:.*\r\n/gim
  const without = (pattern, { type, sdp }) => ({ type, sdp: sdp?.replace(pattern, '') })
  window.RTCPeerConnection = class extends RTCPeerConnection {
    constructor(...a) {
      super(...a)
      made.push(this)
      say('connection made')
      for (const state of ['signalingState', 'iceConnectionState', 'iceGatheringState', 'connectionState']) this.addEventListener(state.toLowerCase() + 'change', () => say(`${state} ${this[state]}`))
      this.addEventListener('track', (e) => say(`track ${e.track.kind} ${e.streams[0]?.id}`))
    }
    set onicecandidate(_) {}
    createOffer = async (...a) => without(own, await super.createOffer(...a))
    createAnswer = async (...a) => without(own, await super.createAnswer(...a))
    setRemoteDescription = (d) => super.setRemoteDescription({ type: d.type, sdp: led(without(told, d).sdp) })
    addIceCandidate = (c) => {
      const candidate = led(c?.candidate)
      return / tcp /i.test(candidate ?? '') ? Promise.resolve() : super.addIceCandidate(c && { candidate, sdpMid: c.sdpMid, sdpMLineIndex: c.sdpMLineIndex })
    }
  }
  let now = new Map() // what arrives: so much energy, so many frames
  let before = new Map()
  const moved = new Map() // a picture: when it last showed another frame
  window.bench = {
    made,
    log: () => [
      ...said,
      ...[...performance.getEntriesByType('navigation'), ...performance.getEntriesByType('resource')].map((r) => ({
        At: performance.timeOrigin + r.startTime,
        What: `${r.name.replace(/^https?:..[^/]*/, '').slice(0, 70)}: sent ${Math.round(r.requestStart - r.startTime)}, answered ${Math.round(r.responseStart - r.startTime)}, there ${Math.round(r.responseEnd - r.startTime)} ms; ${r.transferSize} of ${r.encodedBodySize} bytes`,
      })),
      ...(bench.sound ? [{ At: bench.sound, What: 'SOUND' }] : []),
    ],
    sound: 0,
    large: 0,
    frames: 0,
    faces: () => [...moved.values()].filter((at) => Date.now() - at < 1000).length,
    forget() {
      before = now
      bench.sound = bench.large = 0
    },
  }
  const look = async () => {
    const found = new Map()
    let frames = 0
    for (const connection of made) {
      if (connection.connectionState === 'closed') continue
      for (const s of (await connection.getStats()).values()) {
        if (s.type !== 'inbound-rtp') continue
        const has = (s.kind === 'audio' ? s.totalAudioEnergy : s.framesDecoded) ?? 0
        found.set(s.id, has)
        const more = has - (before.get(s.id) ?? 0)
        if (s.kind === 'audio') {
          if (more > 1e-5) bench.sound ||= Date.now()
          continue
        }
        frames += has
        if (has > (now.get(s.id) ?? 0)) moved.set(s.id, Date.now())
        if (more > 0 && s.frameWidth >= large) bench.large ||= Date.now()
      }
    }
    now = found
    bench.frames = Math.max(bench.frames, frames)
  }
  const again = () => void look().catch(() => {}).then(() => setTimeout(again, 15))
  again()
}
