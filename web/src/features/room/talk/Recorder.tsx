import { useEffect, useRef, useState } from 'react'
import { intention } from '~/shared/api/client'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { wordClock } from '../clock'
import { handInSound, wordSound } from '../queries'
import { troubleOf, type Trouble } from '../media/trouble'
import { Button } from '../ui/Button'
import { Icon } from '../ui/Icon'
import { plainWav } from './wav'
import styles from '../Room.module.css'

const longest = 10 * 60 // seconds; far below what the server takes

/** What everybody can play once the server has put it in order; undefined: this browser records otherwise. */
const opus = () => ['audio/webm;codecs=opus', 'audio/ogg;codecs=opus'].find((type) => MediaRecorder.isTypeSupported(type))

// What was recorded and not handed in yet: closing the sheet loses nothing.
const unsent = new Map<string, Blob>()

interface RecorderProps {
  meeting: string
  stage: string
  sent: () => void
  failed: (error: unknown) => void
  /** Told whether there is a recording, being made or made: then nothing is written. */
  spoken: (on: boolean) => void
}

/** Says it instead of writing it; listened to before it is handed in. */
export function Recorder({ meeting, stage, sent, failed, spoken }: RecorderProps) {
  const { t } = useWords()
  const [recorder, set] = useState<MediaRecorder>()
  const [sound, hold] = useState(() => unsent.get(meeting))
  const setSound = (made: Blob | undefined) => {
    if (made) unsent.set(meeting, made)
    else unsent.delete(meeting)
    hold(made)
  }
  const taken = recorder !== undefined || sound !== undefined
  useEffect(() => spoken(taken), [spoken, taken])
  const [address, setAddress] = useState<string>()
  const [words, setWords] = useState('')
  const [since, setSince] = useState(0)
  const [trouble, setTrouble] = useState<Trouble>()
  const attempt = useRef(intention())
  const now = useNow(1)
  const seconds = recorder ? Math.max(0, Math.round((now.getTime() - since) / 1000)) : 0
  useEffect(() => {
    if (recorder && seconds >= longest) recorder.stop()
  }, [recorder, seconds])
  // A sheet that is closed meanwhile ends the recording, and keeps it.
  useEffect(
    () => () => {
      if (recorder?.state === 'recording') recorder.stop()
    },
    [recorder],
  )
  useEffect(() => {
    if (!sound) return
    const made = URL.createObjectURL(sound)
    setAddress(made)
    return () => URL.revokeObjectURL(made)
  }, [sound])
  if (typeof MediaRecorder === 'undefined' || !navigator.mediaDevices) return null

  async function start() {
    setTrouble(undefined)
    try {
      const stream = await navigator.mediaDevices.getUserMedia({ audio: true })
      const made = new MediaRecorder(stream, { mimeType: opus(), audioBitsPerSecond: 32_000 })
      const parts: Blob[] = []
      made.ondataavailable = (e) => parts.push(e.data)
      made.onstop = () => {
        stream.getTracks().forEach((track) => track.stop())
        setSound(new Blob(parts, { type: made.mimeType }))
        set(undefined)
      }
      made.start(1000)
      setSince(Date.now())
      set(made)
    } catch (error) {
      setTrouble(troubleOf(error))
    }
  }
  async function handOver(recorded: Blob) {
    const { id } = await handInSound(meeting, opus() ? recorded : await plainWav(recorded), attempt.current, stage)
    if (words.trim()) await wordSound(meeting, id, words)
  }
  return (
    <div className={styles.recorder}>
      {recorder ? (
        <>
          <p role="status">{t('room.statement.recording')}</p>
          <Button kind="danger" do={() => recorder.stop()}>
            {t('room.statement.stop')} <span className="num">{wordClock(seconds)}</span>
          </Button>
        </>
      ) : (
        !sound && (
          <Button do={start}>
            <Icon name="mic" size={20} />
            {t('room.statement.record')}
          </Button>
        )
      )}
      {trouble && (
        <p role="status">
          {t(`room.trouble.${trouble}.title`)} {t('room.statement.stillWrite')}
        </p>
      )}
      {sound && address && !recorder && (
        <>
          {/* oxlint-disable-next-line jsx-a11y/media-has-caption -- one's own words, just spoken */}
          <audio controls src={address} />
          <label className={styles.field}>
            <span>{t('room.statement.words')}</span>
            <textarea rows={3} maxLength={8000} value={words} onChange={(e) => setWords(e.target.value)} />
          </label>
          <Button
            kind="primary"
            do={() =>
              handOver(sound).then(() => {
                attempt.current = intention()
                setSound(undefined)
                setWords('')
                sent()
              }, failed)
            }
          >
            {t('room.statement.sendSound')}
          </Button>
          <div className={styles.actions}>
            <Button do={start}>
              <Icon name="mic" size={20} />
              {t('room.statement.again')}
            </Button>
            <Button do={() => setSound(undefined)}>{t('room.statement.discard')}</Button>
          </div>
        </>
      )}
    </div>
  )
}
