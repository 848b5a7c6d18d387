import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import type { Asked } from '../queries'
import { useKept } from '../kept/device'
import { answerAddress } from '../state'
import styles from './parts.module.css'

/** What is asked of me: by whom, until when, how long it takes. */
export function AskedLines({ list }: { list: Asked[] }) {
  const { t } = useWords()
  const { say } = useTerms()
  const me = useMe()
  const now = useNow()
  const kept = useKept()
  return (
    <ul className={styles.lines}>
      {list.map((x) => {
        const open = x.version === 0 || x.state === 'returned'
        const here = kept.find((k) => k.period === x.period_id && k.answerer === x.answerer_id)
        const late = x.version === 0 && !!x.due_at && Date.parse(x.due_at) < now.getTime()
        return (
          <li key={`${x.period_id}${x.answerer_id}`}>
            <div>
              <Link to={answerAddress(x.period_id, x.answerer_id)}>{say(x.title)}</Link>
              <span className={styles.quiet}>
                {x.by}
                {x.answerer_id !== me.person.id && ` · ${t('rollcall.for', { name: x.for })}`}
                {x.due_at && (
                  <>
                    {' · '}
                    {t('rollcall.by')} <TimeText at={x.due_at} />
                  </>
                )}
                {open && ` · ${t('rollcall.minutes', { count: x.minutes })}`}
              </span>
            </div>
            {here ? (
              <Tag tone={here.refused ? 'bad' : 'care'}>{t(here.refused ? 'rollcall.here.tagRefused' : 'rollcall.here.tag')}</Tag>
            ) : x.state === 'returned' ? (
              <Tag tone="care">{t('rollcall.mine.returned')}</Tag>
            ) : x.version > 0 ? (
              <Tag tone="good">{t(x.state === 'accepted' ? 'rollcall.mine.accepted' : 'rollcall.mine.done')}</Tag>
            ) : late ? (
              <Tag tone="bad">{t('rollcall.mine.late')}</Tag>
            ) : (
              <Tag tone={x.voluntary ? 'plain' : 'accent'}>{t(x.voluntary ? 'rollcall.voluntary' : 'rollcall.mine.open')}</Tag>
            )}
          </li>
        )
      })}
    </ul>
  )
}
