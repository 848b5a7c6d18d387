import { RightOutlined } from '@ant-design/icons'
import { Link } from 'react-router'
import { usePrefs } from '~/shared/prefs/prefs'
import { Tag } from '~/shared/ui/States'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import type { Notice } from '../queries'
import { addressOf, reasonOf, wordNotice } from '../wording'
import styles from './NoticeLine.module.css'

/** A notice: one sentence, why, when; it leads to what it is about. */
export function NoticeLine({ notice, fresh }: { notice: Notice; fresh?: boolean }) {
  const { t } = useWords()
  const { language } = usePrefs()
  const to = addressOf(notice)
  const reason = reasonOf(notice)
  const content = (
    <>
      <span className={styles.text}>
        <span className={fresh ? styles.fresh : undefined}>{wordNotice(t, language, notice)}</span>
        {reason && <span className={styles.reason}>{t('inbox.reason', { reason })}</span>}
        <span className={styles.note}>
          {notice.created_at && <TimeText at={notice.created_at} />}
          {fresh && <Tag tone="accent">{t('inbox.fresh')}</Tag>}
          {notice.todo && notice.done_at && <Tag tone="good">{t('inbox.done')}</Tag>}
        </span>
      </span>
      {to && <RightOutlined aria-hidden />}
    </>
  )
  return to ? (
    <Link to={to} className={styles.line}>
      {content}
    </Link>
  ) : (
    <div className={styles.line}>{content}</div>
  )
}
