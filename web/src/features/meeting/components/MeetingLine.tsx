import { Link } from 'react-router'
import { useTerms } from '~/shared/profile/profile'
import { Tag, type Tone } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import type { Item } from '../queries'
import { meetingAddress, roomAddress, standing, type Standing } from '../state'
import styles from './MeetingLine.module.css'

const tones: Record<Standing, Tone> = { draft: 'plain', cancelled: 'bad', over: 'plain', going: 'good', doors: 'good', coming: 'accent' }

/** How a meeting stands, in a word. */
export function StandingTag({ of }: { of: Parameters<typeof standing>[0] }) {
  const { t } = useWords()
  const s = standing(of, useNow())
  return <Tag tone={tones[s]}>{t(`meeting.standing.${s}`)}</Tag>
}

/** A meeting in a list: what, when, how it stands; and the way in when the doors are open. */
export function MeetingLine({ item, unit, enter }: { item: Item; unit?: boolean; enter?: boolean }) {
  const { t } = useWords()
  const { say } = useTerms()
  const now = useNow()
  const s = standing(item, now)
  const open = s === 'going' || s === 'doors'
  return (
    <article className={styles.line} data-open={open || undefined}>
      <div className={styles.text}>
        <p className={styles.over}>
          {say(item.kind_name)}
          {unit && ` · ${item.unit_name}`}
        </p>
        <h3>
          <Link to={meetingAddress(item.id)}>{item.theme}</Link>
        </h3>
        <p className={styles.when}>
          {item.starts_at && <TimeText at={item.starts_at} />} <StandingTag of={item} />
          {item.answer === 'excused' && <Tag>{t('meeting.answer.excused')}</Tag>}
          {item.host && <Tag tone="accent">{t('meeting.youHost')}</Tag>}
        </p>
      </div>
      {enter && open && (
        <a className={`w-button primary ${styles.enter}`} href={roomAddress(item.id)}>
          {t('meeting.enter')}
        </a>
      )}
    </article>
  )
}
