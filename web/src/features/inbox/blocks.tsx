import { useQuery } from '@tanstack/react-query'
import { Link } from 'react-router'
import { useWords } from '~/shared/words/words'
import { NoticeLine } from './components/NoticeLine'
import styles from './components/NoticeLine.module.css'
import { items, todoQuery, type Notice } from './queries'

/** To-dos that another block of the start page asks for in its own way: answers to invitations, actions of one's own. */
const askedElsewhere = (n: Notice) => n.kind === 'meeting.invited' || n.subject === 'dispatch' || n.subject === 'dispatch_asked' || (n.subject === 'action' && n.kind !== 'action.done')
const shown = 5

/** On the start page: what waits for me. */
export function HomeTodos() {
  const { t } = useWords()
  const { data } = useQuery(todoQuery)
  const open = items(data?.items).filter((n) => !askedElsewhere(n))
  if (open.length === 0) return null
  return (
    <div>
      <ul className={styles.list}>
        {open.slice(0, shown).map((n) => (
          <li key={n.id}>
            <NoticeLine notice={n} />
          </li>
        ))}
      </ul>
      {open.length > shown && <Link to="/inbox">{t('inbox.all', { count: open.length })}</Link>}
    </div>
  )
}

/** The number beside the bell. */
export function useUnread(): number | undefined {
  return useQuery(todoQuery).data?.counts.unread
}
