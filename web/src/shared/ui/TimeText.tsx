import { usePrefs } from '../prefs/prefs'
import { useWords } from '../words/words'
import { wordTime, type TimeForm } from './time'

/** A moment (RFC 3339) in the reader's words; the exact one is in the title. */
export function TimeText({ at, form = 'relativeDay' }: { at: string; form?: TimeForm }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const date = new Date(at)
  return (
    <time dateTime={at} title={date.toLocaleString(language)}>
      {wordTime(t, language, date, form)}
    </time>
  )
}

/** From – to; the day once if it is the same. */
export function TimeSpan({ from, to }: { from: string; to: string }) {
  const sameDay = new Date(from).toDateString() === new Date(to).toDateString()
  return (
    <span>
      <TimeText at={from} /> – <TimeText at={to} form={sameDay ? 'time' : 'relativeDay'} />
    </span>
  )
}
