// In every page of the measured browser: when the first sound was decoded, when the first large picture, and how many
// pictures at all, by the browser's own counters.
(mediaPort) => {
  const large = 1280
  const made = []
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
