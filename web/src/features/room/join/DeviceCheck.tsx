// Camera, microphone, speaker and line, tried before anybody is watching.
import { useEffect, useRef, useState } from 'react'
import { useWords } from '~/shared/words/words'
import { troubleOf, type Trouble } from '../media/trouble'
import { Button } from '../ui/Button'
import { Video } from '../ui/Video'
import styles from './Join.module.css'

export function DeviceCheck({ video }: { video: boolean }) {
  const { t } = useWords()
  const [stream, setStream] = useState<MediaStream>()
  const [trouble, setTrouble] = useState<Trouble>()
  useEffect(() => {
    let over = false
    let got: MediaStream | undefined
    const open = (wants: MediaStreamConstraints) =>
      navigator.mediaDevices.getUserMedia(wants).then((s) => {
        if (over) return s.getTracks().forEach((track) => track.stop())
        got = s
        setStream(s)
        setTrouble(undefined)
      })
    open({ audio: true, video: video && { width: 640, height: 360 } }).catch((error: unknown) => {
      if (!over) setTrouble(troubleOf(error))
      // Without a camera the microphone may still be there.
      if (video) void open({ audio: true }).catch(() => {})
    })
    return () => {
      over = true
      got?.getTracks().forEach((track) => track.stop())
    }
  }, [video])
  const picture = stream?.getVideoTracks()[0]
  return (
    <section className={styles.check} aria-label={t('room.check.title')}>
      {video && picture && (
        <div className={styles.preview}>
          <Video track={picture} mirror />
        </div>
      )}
      {trouble && (
        <p className={styles.note} role="status">
          <strong>{t(`room.trouble.${trouble}.title`)}</strong> {t(`room.check.${trouble === 'refused' ? 'refused' : 'still'}`)}
        </p>
      )}
      <dl className={styles.checks}>
        <dt>{t('room.check.microphone')}</dt>
        <dd>{stream && stream.getAudioTracks().length > 0 ? <Level stream={stream} /> : t(trouble ? 'room.check.none' : 'room.check.asking')}</dd>
        <dt>{t('room.check.speaker')}</dt>
        <dd>
          <Tone />
        </dd>
        <dt>{t('room.check.line')}</dt>
        <dd>
          <Line />
        </dd>
      </dl>
    </section>
  )
}

function Level({ stream }: { stream: MediaStream }) {
  const { t } = useWords()
  const meter = useRef<HTMLMeterElement>(null)
  const [heard, setHeard] = useState(false)
  useEffect(() => {
    const context = new AudioContext()
    const analyser = context.createAnalyser()
    context.createMediaStreamSource(stream).connect(analyser)
    const samples = new Float32Array(analyser.fftSize)
    let frame = 0
    const look = () => {
      analyser.getFloatTimeDomainData(samples)
      const loud = Math.sqrt(samples.reduce((sum, x) => sum + x * x, 0) / samples.length)
      const level = Math.min(1, loud * 6)
      if (meter.current) meter.current.value = level
      if (level > 0.15) setHeard(true)
      frame = requestAnimationFrame(look)
    }
    look()
    return () => {
      cancelAnimationFrame(frame)
      void context.close()
    }
  }, [stream])
  return (
    <span className={styles.level}>
      <meter ref={meter} min={0} max={1} aria-label={t('room.check.level')} />
      <span role="status">{t(heard ? 'room.check.heard' : 'room.check.speak')}</span>
    </span>
  )
}

function Tone() {
  const { t } = useWords()
  const [played, set] = useState(false)
  function play() {
    const context = new AudioContext()
    const gain = context.createGain()
    gain.connect(context.destination)
    ;[523.25, 659.25, 783.99].forEach((pitch, i) => {
      const tone = context.createOscillator()
      tone.frequency.value = pitch
      tone.connect(gain)
      tone.start(context.currentTime + i * 0.25)
      tone.stop(context.currentTime + i * 0.25 + 0.22)
    })
    gain.gain.value = 0.15
    setTimeout(() => void context.close(), 1500)
    set(true)
  }
  return (
    <span className={styles.level}>
      <Button do={play}>{t('room.check.play')}</Button>
      {played && <span>{t('room.check.noSound')}</span>}
    </span>
  )
}

/** The quickest of a few answers of the server. */
function Line() {
  const { t } = useWords()
  const [ms, set] = useState<number | null>()
  useEffect(() => {
    let over = false
    void (async () => {
      let best: number | null = null
      for (let i = 0; i < 4; i++) {
        const sent = performance.now()
        const ok = await fetch('/healthz', { cache: 'no-store' }).then(
          (r) => r.ok,
          () => false,
        )
        if (ok) best = Math.min(best ?? Infinity, performance.now() - sent)
      }
      if (!over) set(best)
    })()
    return () => {
      over = true
    }
  }, [])
  return <span role="status">{ms === undefined ? t('room.check.measuring') : t(`room.check.${ms === null ? 'offline' : ms < 300 ? 'good' : ms < 1000 ? 'fair' : 'slow'}`)}</span>
}
