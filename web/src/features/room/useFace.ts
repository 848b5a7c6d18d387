// One's own face for the wall: a small still every few seconds, while one agrees.
import { useEffect } from 'react'
import { hideFace, showFace } from './queries'

const every = 5_000
const width = 160
const height = 120
const most = 5_600 // bytes that the server takes

/** Sends stills of a camera while on; switched off, the last one is taken down at once. */
export function useFace(meeting: string, seat: string | undefined, camera: MediaStreamTrack | undefined, on: boolean) {
  const active = on && camera !== undefined
  useEffect(() => {
    if (!active || !camera || !seat) return
    const video = document.createElement('video')
    video.muted = true
    video.playsInline = true
    video.srcObject = new MediaStream([camera])
    void video.play().catch(() => {})
    let over = false
    let sent = 0
    async function send() {
      // A page that nobody looks at has a camera that stands still.
      if (document.visibilityState === 'hidden' || video.readyState < 2 || Date.now() - sent < every - 500) return
      const picture = await still(video)
      if (over || !picture) return
      sent = Date.now()
      await showFace(meeting, seat!, picture).catch(() => {}) // the next one will do
    }
    video.onloadeddata = () => void send()
    const timer = setInterval(() => void send(), every)
    return () => {
      over = true
      clearInterval(timer)
      video.srcObject = null
      void hideFace(meeting, seat).catch(() => {}) // forgotten in seconds all the same
    }
  }, [meeting, seat, camera, active])
}

/** The middle of a picture, small enough to be sent. */
async function still(video: HTMLVideoElement): Promise<Blob | undefined> {
  const canvas = document.createElement('canvas')
  canvas.width = width
  canvas.height = height
  const by = Math.max(width / video.videoWidth, height / video.videoHeight)
  const w = video.videoWidth * by
  const h = video.videoHeight * by
  canvas.getContext('2d')?.drawImage(video, (width - w) / 2, (height - h) / 2, w, h)
  for (const quality of [0.7, 0.55, 0.4, 0.25, 0.1]) {
    const blob = await new Promise<Blob | null>((done) => canvas.toBlob(done, 'image/jpeg', quality))
    if (blob && blob.type === 'image/jpeg' && blob.size <= most) return blob
  }
  return undefined
}
