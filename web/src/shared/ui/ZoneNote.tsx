import { usePrefs } from '../prefs/prefs'
import { useWords } from '../words/words'
import { Note } from './States'
import { wordTime } from './time'
import { abroad } from './zone'

/** Beside a field for a time: whose clock it means, for a reader whose own shows another. */
export function ZoneNote() {
  const { t } = useWords()
  const { language } = usePrefs()
  const now = new Date()
  if (!abroad(now)) return null
  return <Note>{t('common.theirTime', { time: wordTime(t, language, now, 'forOthers') })}</Note>
}
