// The connection to the media. What is to be sent and seen is set as a wish;
// what may be sent is the server's decision, and this brings the two together
// again and again: after every wish, permission, loss and return. Loaded only
// in the room: the library is larger than the rest of the page.
import {
  ConnectionQuality,
  ConnectionState,
  createLocalAudioTrack,
  createLocalVideoTrack,
  LocalAudioTrack,
  DisconnectReason,
  Room,
  RoomEvent,
  setLogLevel,
  Track,
  type LocalVideoTrack,
  type RemoteParticipant,
  type RemoteTrack,
  type RemoteTrackPublication,
} from 'livekit-client'
import { faceEncoding, measuring, screenEncoding, speakerEncoding, speech, tune } from './encodings'
import { measure, type Counters } from './measure'
import { troubleOf, type Trouble } from './trouble'
import type { Sample } from '../ladder'
import type { Rung } from '../types'

// The numbers of LiveKit's protocol for what may be sent.
const sources = { camera: 1, microphone: 2, screen: 3 } as const
type Source = keyof typeof sources

export interface Wish {
  rung: Rung
  /** Has the floor and means to be heard. */
  microphone: boolean
  /** Waits for the floor and agreed to have the microphone opened for it: it is announced, switched off. */
  ready: boolean
  /** Kept open though nothing is sent: muted for a moment. */
  warm: boolean
  camera: boolean
  screen: boolean
  /** Whether this seat speaks: its picture is the large one. */
  speaking: boolean
  /** Seats whose picture is large. */
  large: string[]
  /** Seats whose thumbnail is in view. */
  inView: string[]
}

export interface Picture {
  camera?: MediaStreamTrack
  screen?: MediaStreamTrack
}

export interface MediaState {
  status: 'connecting' | 'connected' | 'reconnecting' | 'elsewhere'
  /** The browser lets sound through; false until somebody touches the page. */
  audible: boolean
  /** live: is being sent. ready: announced, switched off; the server opens it with the floor. */
  microphone: 'off' | 'ready' | 'live' | Trouble
  camera: 'off' | 'live' | Trouble
  screen: 'off' | 'live' | 'refused'
  pictures: ReadonlyMap<string, Picture>
  /** Seats from which sound arrives. */
  heard: ReadonlySet<string>
  own: Picture
}

/** To be awaited before a link is made: brings old browsers, and Firefox, up to what the library expects. */
export async function adapt() {
  const firefox = /Firefox/.test(navigator.userAgent)
  if (firefox) globalThis.WebSocket = Candid
  if (firefox || !('sctp' in RTCPeerConnection.prototype)) await import('webrtc-adapter')
}

/**
 * Of a connection that the server ends in the moment it is made, Firefox says neither that it opened nor that it failed. The
 * library waits for one of the two, and lets nobody else connect: whoever lost the media server would be without it for good.
 */
class Candid extends WebSocket {
  #opened = false

  constructor(address: string | URL, protocols?: string | string[]) {
    super(address, protocols)
    this.addEventListener('open', () => (this.#opened = true))
    this.addEventListener('close', () => this.#opened || this.dispatchEvent(new Event('error')))
  }
}

const voice = { echoCancellation: true, noiseSuppression: true, autoGainControl: true }

const pauses = [300, 800, 1500, 3000, 5000]

export class MediaLink {
  #room: Room
  #state: MediaState = { status: 'connecting', audible: true, microphone: 'off', camera: 'off', screen: 'off', pictures: new Map(), heard: new Set(), own: {} }
  #wish: Wish = { rung: '', microphone: false, ready: false, warm: false, camera: false, screen: false, speaking: false, large: [], inView: [] }
  #changed: () => void
  #address: string
  #closed = false
  #busy = false
  #again = false
  #failures = 0
  #timer: ReturnType<typeof setTimeout> | undefined
  #microphone: LocalAudioTrack | undefined
  /** Whether it was announced: a track is announced once, and once opened it ends with the turn. */
  #announced = false
  #opened = false
  #camera: LocalVideoTrack | undefined
  /** Until when the camera may take more, for the browser to learn what the line carries. */
  #measuring = 0
  #failed: Partial<Record<'microphone' | 'camera', Trouble>> = {}
  #sounds = new Map<RemoteTrack, HTMLMediaElement>()
  #counters: Counters = {}

  constructor(address: string, changed: () => void) {
    setLogLevel('silent')
    this.#address = address
    this.#changed = changed
    this.#room = new Room({
      adaptiveStream: false,
      dynacast: false,
      stopLocalTrackOnUnpublish: false,
      disconnectOnPageLeave: true,
      reconnectPolicy: { nextRetryDelayInMs: ({ retryCount }) => pauses[retryCount] ?? null },
      publishDefaults: { videoCodec: 'vp8', simulcast: false, backupCodec: false, dtx: true, red: false, audioPreset: speech },
    })
    const settle = () => this.#settle()
    this.#room
      // Who is there is known now: what is to be heard is asked for while the media connect, and is in the offer that is under way then.
      .on(RoomEvent.SignalConnected, settle)
      .on(RoomEvent.Connected, settle)
      .on(RoomEvent.Reconnecting, () => this.#say({ status: 'reconnecting' }))
      .on(RoomEvent.SignalReconnecting, () => this.#say({ status: 'reconnecting' }))
      .on(RoomEvent.Reconnected, () => {
        this.#say({ status: 'connected' })
        settle()
      })
      .on(RoomEvent.Disconnected, (reason) => this.#lost(reason))
      .on(RoomEvent.ParticipantPermissionsChanged, settle)
      .on(RoomEvent.ParticipantConnected, settle)
      .on(RoomEvent.ParticipantDisconnected, settle)
      .on(RoomEvent.TrackPublished, settle)
      .on(RoomEvent.TrackUnpublished, settle)
      .on(RoomEvent.LocalTrackUnpublished, settle)
      .on(RoomEvent.TrackMuted, settle)
      .on(RoomEvent.TrackUnmuted, settle)
      .on(RoomEvent.TrackSubscribed, (track) => this.#arrived(track))
      .on(RoomEvent.TrackUnsubscribed, (track) => this.#gone(track))
      .on(RoomEvent.AudioPlaybackStatusChanged, () => this.#say({ audible: this.#room.canPlaybackAudio }))
    void this.#connect()
  }

  state = (): MediaState => this.#state

  set(wish: Wish) {
    if (JSON.stringify(wish) === JSON.stringify(this.#wish)) return
    if (wish.microphone && !this.#wish.microphone) delete this.#failed.microphone
    if (wish.camera && !this.#wish.camera) delete this.#failed.camera
    this.#wish = wish
    this.#settle()
  }

  /** To be called from a touch: browsers keep pages silent until then. */
  async listen() {
    await this.#room.startAudio().catch(() => {})
    this.#say({ audible: this.#room.canPlaybackAudio })
  }

  /** Asks for microphone or camera once more, after permission was given. */
  retry() {
    this.#failed = {}
    this.#settle()
  }

  async sample(): Promise<Sample> {
    const quality = this.#room.localParticipant.connectionQuality
    const named = ({ [ConnectionQuality.Excellent]: 'excellent', [ConnectionQuality.Good]: 'good', [ConnectionQuality.Poor]: 'poor', [ConnectionQuality.Lost]: 'lost' } as const)[quality as string]
    const receiver = [...this.#sounds.keys()].map((t) => t.receiver).find(Boolean) ?? this.#microphone?.sender ?? this.#camera?.sender
    return { at: Date.now(), quality: this.#state.status === 'connected' ? (named ?? 'unknown') : 'unknown', ...(receiver ? await measure(receiver, this.#counters) : {}) }
  }

  close() {
    this.#closed = true
    clearTimeout(this.#timer)
    this.#microphone?.stop()
    this.#camera?.stop()
    void this.#room.disconnect(true)
    for (const element of this.#sounds.values()) element.remove()
    this.#sounds.clear()
  }

  async #connect() {
    if (this.#closed) return
    try {
      await this.#room.connect(this.#address, 'none', { autoSubscribe: false, maxRetries: 0 })
      this.#failures = 0
      this.#say({ status: 'connected', audible: this.#room.canPlaybackAudio })
    } catch {
      this.#later()
    }
  }

  #lost(reason: DisconnectReason | undefined) {
    for (const track of this.#sounds.keys()) this.#gone(track)
    this.#say({ pictures: new Map(), heard: new Set(), microphone: 'off', screen: 'off' })
    if (reason === DisconnectReason.DUPLICATE_IDENTITY) return this.#say({ status: 'elsewhere' })
    if (reason !== DisconnectReason.CLIENT_INITIATED) this.#later()
  }

  #later() {
    if (this.#closed) return
    this.#say({ status: this.#state.status === 'connecting' && this.#failures === 0 ? 'connecting' : 'reconnecting' })
    clearTimeout(this.#timer)
    const pause = pauses[Math.min(this.#failures++, pauses.length - 1)]! * (0.7 + 0.3 * Math.random())
    this.#timer = setTimeout(() => void this.#connect(), pause)
  }

  #may(source: Source): boolean {
    const p = this.#room.localParticipant.permissions
    if (!p?.canPublish) return false
    return p.canPublishSources.length === 0 || p.canPublishSources.some((s) => Number(s) === sources[source])
  }

  /** One pass at a time; what changes meanwhile makes another. */
  #settle() {
    this.#see()
    if (this.#busy) {
      this.#again = true
      return
    }
    this.#busy = true
    void this.#pass().finally(() => {
      this.#busy = false
      if (!this.#again || this.#closed) return
      this.#again = false
      this.#settle()
    })
  }

  async #pass() {
    // The library publishes anew what was published. To unpublish now would wait for a server that
    // is gone, and once its patience is over tear down the connection that has come back meanwhile.
    if (this.#room.state === ConnectionState.Reconnecting || this.#room.state === ConnectionState.SignalReconnecting) return
    // Side by side: a picture that is to become large does not wait until a microphone is announced.
    await Promise.all([this.#speak(), this.#face(), this.#share()])
  }

  async #speak() {
    const { microphone, ready, warm } = this.#wish
    const want = microphone || ready || warm
    const local = this.#room.localParticipant
    try {
      if (!want && this.#microphone) {
        const track = this.#microphone
        this.#microphone = undefined
        if (local.getTrackPublication(Track.Source.Microphone)) await local.unpublishTrack(track, true)
        track.stop()
      }
      if (want && !this.#microphone && !this.#failed.microphone) {
        this.#microphone = await createLocalAudioTrack(voice)
        this.#announced = this.#opened = false
      }
      let sent = local.getTrackPublication(Track.Source.Microphone)
      const send = (microphone || (ready && !this.#opened)) && this.#may('microphone') && this.#microphone && this.#room.state === 'connected'
      if (!send && sent && this.#microphone) {
        await local.unpublishTrack(this.#microphone, false)
        sent = undefined
      }
      if (!sent) this.#opened = false
      if (send && !sent) {
        if (this.#announced) {
          const spent = this.#microphone!
          this.#microphone = new LocalAudioTrack(spent.mediaStreamTrack.clone(), voice, false)
          spent.stop()
        }
        this.#announced = true
        if (!microphone) await this.#microphone!.mute() // nothing but silence leaves; with the floor the server opens it
        await local.publishTrack(this.#microphone!, { source: Track.Source.Microphone })
      }
      if (send && microphone) {
        this.#opened = true
        await this.#microphone!.unmute()
      }
      this.#say({ microphone: this.#failed.microphone ?? (!send ? 'off' : microphone ? 'live' : 'ready') })
    } catch (error) {
      if (!this.#microphone) this.#failed.microphone = troubleOf(error)
      this.#say({ microphone: this.#failed.microphone ?? 'off' })
    }
  }

  async #face() {
    const { camera, rung, speaking } = this.#wish
    const local = this.#room.localParticipant
    const want = camera && rung === ''
    try {
      if (!want && this.#camera) {
        const track = this.#camera
        this.#camera = undefined
        if (local.getTrackPublication(Track.Source.Camera)) await local.unpublishTrack(track, true)
        track.stop()
      }
      if (want && !this.#camera && !this.#failed.camera) {
        const wide = matchMedia('(min-width: 56.25em)').matches
        this.#camera = await createLocalVideoTrack({ resolution: wide ? { width: 1280, height: 720, frameRate: 24 } : { width: 640, height: 360, frameRate: 20 }, facingMode: 'user' })
      }
      const sent = local.getTrackPublication(Track.Source.Camera)
      const send = this.#camera && this.#may('camera') && this.#room.state === 'connected'
      if (send && !sent) {
        this.#measuring = Date.now() + measuring.ms
        setTimeout(() => this.#settle(), measuring.ms)
      }
      let encoding = speaking ? speakerEncoding : faceEncoding
      if (Date.now() < this.#measuring) encoding = { ...encoding, livekit: { ...encoding.livekit, maxBitrate: measuring.maxBitrate } }
      if (send && !sent) await local.publishTrack(this.#camera!, { source: Track.Source.Camera, videoEncoding: encoding.livekit, simulcast: false })
      if (!send && sent && this.#camera) await local.unpublishTrack(this.#camera, false)
      if (send) await tune(this.#camera!.sender, this.#camera!.mediaStreamTrack, encoding)
      this.#say({ camera: this.#failed.camera ?? (send ? 'live' : 'off'), own: { ...this.#state.own, camera: this.#camera?.mediaStreamTrack } })
    } catch (error) {
      if (!this.#camera) this.#failed.camera = troubleOf(error)
      this.#say({ camera: this.#failed.camera ?? 'off' })
    }
  }

  async #share() {
    const local = this.#room.localParticipant
    const want = this.#wish.screen && this.#may('screen')
    const sent = local.getTrackPublication(Track.Source.ScreenShare)
    try {
      if (want && !sent) await local.setScreenShareEnabled(true, { audio: false }, { videoEncoding: screenEncoding, simulcast: false })
      if (!want && sent) await local.setScreenShareEnabled(false)
      const now = local.getTrackPublication(Track.Source.ScreenShare)
      this.#say({ screen: now ? 'live' : 'off', own: { ...this.#state.own, screen: now?.track?.mediaStreamTrack } })
    } catch {
      this.#wish = { ...this.#wish, screen: false }
      this.#say({ screen: 'refused' })
    }
  }

  /** Takes from the server what is to be seen and heard, and nothing else. */
  #see() {
    const { rung, large, inView } = this.#wish
    const wants = (p: RemoteParticipant, t: RemoteTrackPublication) => {
      switch (t.source) {
        case Track.Source.Microphone:
        case Track.Source.ScreenShareAudio:
          return true
        case Track.Source.ScreenShare:
          return rung === '' || rung === 'no_faces'
        case Track.Source.Camera:
          return (large.includes(p.identity) && (rung === '' || rung === 'no_faces')) || (rung === '' && inView.includes(p.identity))
      }
      return false
    }
    for (const p of this.#room.remoteParticipants.values()) {
      for (const t of p.trackPublications.values()) {
        const want = wants(p, t as RemoteTrackPublication)
        if (want !== (t as RemoteTrackPublication).isDesired) (t as RemoteTrackPublication).setSubscribed(want)
      }
    }
    this.#show()
  }

  #arrived(track: RemoteTrack) {
    if (track.kind === Track.Kind.Audio) {
      const element = track.attach()
      element.hidden = true
      document.body.append(element)
      this.#sounds.set(track, element)
    }
    this.#show()
  }

  #gone(track: RemoteTrack) {
    const element = this.#sounds.get(track)
    if (element) {
      track.detach(element)
      element.remove()
      this.#sounds.delete(track)
    }
    this.#show()
  }

  #show() {
    const pictures = new Map<string, Picture>()
    const heard = new Set<string>()
    for (const p of this.#room.remoteParticipants.values()) {
      const shown: Picture = {}
      for (const t of p.trackPublications.values()) {
        if (!t.track) continue
        if (t.source === Track.Source.Camera && !t.isMuted) shown.camera = t.track.mediaStreamTrack
        if (t.source === Track.Source.ScreenShare) shown.screen = t.track.mediaStreamTrack
        if (t.source === Track.Source.Microphone && !t.isMuted) heard.add(p.identity)
      }
      if (shown.camera || shown.screen) pictures.set(p.identity, shown)
    }
    this.#say({ pictures, heard })
  }

  #say(change: Partial<MediaState>) {
    if (this.#closed) return
    this.#state = { ...this.#state, ...change }
    this.#changed()
  }
}
