// Why there is no picture or sound from here, and what can be done about it.
// Each has a sentence in room.trouble.*: never a dead end.

export type Trouble = 'insecure' | 'no_webrtc' | 'in_app' | 'refused' | 'missing' | 'busy' | 'failed'

/** The browsers inside WeChat, WeCom and DingTalk; some give no camera. */
export function inApp(agent = navigator.userAgent): boolean {
  return /MicroMessenger|wxwork|DingTalk|AliApp|QQ\//i.test(agent)
}

export interface Surroundings {
  secure: boolean
  devices: boolean
  peer: boolean
  inApp: boolean
}

export function surroundings(): Surroundings {
  return {
    secure: window.isSecureContext,
    devices: typeof navigator.mediaDevices?.getUserMedia === 'function',
    peer: typeof RTCPeerConnection === 'function',
    inApp: inApp(),
  }
}

/** What stands in the way before anybody is asked; undefined: nothing. */
export function obstacle(s: Surroundings = surroundings()): Trouble | undefined {
  if (!s.peer) return s.inApp ? 'in_app' : 'no_webrtc'
  if (s.devices) return undefined
  if (!s.secure) return 'insecure'
  return s.inApp ? 'in_app' : 'no_webrtc'
}

/** What the browser's own refusal means. */
export function troubleOf(error: unknown): Trouble {
  const name = error instanceof Error ? error.name : ''
  if (name === 'NotAllowedError' || name === 'SecurityError') return 'refused'
  if (name === 'NotFoundError' || name === 'OverconstrainedError' || name === 'DevicesNotFoundError') return 'missing'
  if (name === 'NotReadableError' || name === 'AbortError' || name === 'TrackStartError') return 'busy'
  return 'failed'
}

/** Whether sound can be heard here at all; without it reading and writing remain. */
export function canHear(): boolean {
  return typeof RTCPeerConnection === 'function'
}
