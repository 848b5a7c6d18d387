import { useEffect, useRef } from 'react'
import styles from './ui.module.css'

/** A moving picture; one's own is shown as in a mirror. */
export function Video({ track, mirror, fit = 'cover' }: { track: MediaStreamTrack; mirror?: boolean; fit?: 'cover' | 'contain' }) {
  const element = useRef<HTMLVideoElement>(null)
  useEffect(() => {
    const video = element.current
    if (!video) return
    video.srcObject = new MediaStream([track])
    const play = () => void video.play().catch(() => {}) // muted pictures always may play; a hidden page waits
    play()
    document.addEventListener('visibilitychange', play)
    return () => {
      document.removeEventListener('visibilitychange', play)
      video.srcObject = null
    }
  }, [track])
  return <video ref={element} className={styles.video} data-mirror={mirror || undefined} data-fit={fit} autoPlay muted playsInline disablePictureInPicture aria-hidden />
}
