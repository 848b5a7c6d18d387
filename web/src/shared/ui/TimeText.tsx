import { usePrefs } from '../prefs/prefs'
import { useWords } from '../words/words'
import { wordSpan, wordTime, type TimeForm } from './time'
import { theZone } from './zone'

const capital = (words: string) => words.charAt(0).toUpperCase() + words.slice(1)

/** A moment (RFC 3339) in the reader's words; the exact one is in the title. within: in the middle of a sentence. */
export function TimeText({ at, form = 'relativeDay', within }: { at: string; form?: TimeForm; within?: boolean }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const date = new Date(at)
  const words = wordTime(t, language, date, form)
  return (
    <time dateTime={at} title={date.toLocaleString(language, { timeZone: theZone() })}>
      {within ? words : capital(words)}
    </time>
  )
}

/** From – to; the day once if it is the same. */
export function TimeSpan({ from, to }: { from: string; to: string }) {
  const { t } = useWords()
  const { language } = usePrefs()
  return <time dateTime={from}>{capital(wordSpan(t, language, new Date(from), new Date(to)))}</time>
}
