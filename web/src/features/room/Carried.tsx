import { useQuery } from '@tanstack/react-query'
import { TimeText } from '~/shared/ui/TimeText'
import { useWords } from '~/shared/words/words'
import { carriedQuery } from './queries'
import { useTheRoom } from './room'
import styles from './Room.module.css'

/** What earlier meetings left to do, to be asked about in this one. */
export function Carried() {
  const { t } = useWords()
  const { meeting } = useTheRoom()
  const { data = [] } = useQuery(carriedQuery(meeting))
  if (data.length === 0) return null
  return (
    <section className={styles.group}>
      <h3>{t('common.todo.carried')}</h3>
      <ul className={styles.list}>
        {data.map((a) => (
          <li key={a.id} className={styles.line}>
            <span>
              {a.text}
              <small>
                {t('common.todo.who', { name: a.person_name ?? a.unit_name ?? '' })} · {t(`common.todo.state.${a.state}`)}
                {a.due_on && (
                  <>
                    {' · '}
                    {t('common.todo.by')} <TimeText at={new Date(`${a.due_on}T00:00`).toISOString()} form="day" />
                  </>
                )}
              </small>
            </span>
          </li>
        ))}
      </ul>
    </section>
  )
}
