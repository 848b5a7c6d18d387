// How long each has spoken: in the order of the list, never ranked. And the
// statements that wait to be read.
import { keepPreviousData, useQuery } from '@tanstack/react-query'
import { useWords } from '~/shared/words/words'
import { wordClock } from '../clock'
import { statementsQuery } from '../queries'
import { useTheRoom } from '../room'
import type { HostView } from '../types'
import { Button } from '../ui/Button'
import styles from '../Room.module.css'

export function Speaking({ data }: { data: HostView | undefined }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { meeting, me, state } = room
  const { data: statements = [] } = useQuery({ ...statementsQuery(meeting, `${state.counts.written} ${state.unheard.count}`), placeholderData: keepPreviousData })
  return (
    <>
      {statements.length > 0 && state.phase === 'open' && (
        <details className={styles.group}>
          <summary>{t('room.host.statements', { count: statements.length })}</summary>
          <ul className={styles.list}>
            {statements.map((s) => (
              <li key={s.id} className={styles.line}>
                <span>
                  <strong>{room.name(s.person)}</strong>
                  <small>{s.kind === 'audio' ? `${t('room.host.recorded')} ${s.ms ? wordClock(Math.round(s.ms / 1000)) : ''} ${s.text.slice(0, 60)}` : s.text.slice(0, 60)}</small>
                </span>
                {s.ms ? (
                  <Button do={() => room.send({ kind: 'play', person: s.person, statement: s.id })}>{t('room.host.play')}</Button>
                ) : (
                  <Button do={() => room.send({ kind: 'play', person: s.person, statement: s.id, reader: me.person })}>{t('room.host.read')}</Button>
                )}
              </li>
            ))}
          </ul>
        </details>
      )}
      {data && (data.speaking ?? []).length > 0 && (
        <details className={styles.group}>
          <summary>{t('room.host.speaking')}</summary>
          <table className={styles.table}>
            <thead>
              <tr>
                <th scope="col">{t('room.host.name')}</th>
                <th scope="col">{t('room.host.turns')}</th>
                <th scope="col">{t('room.host.time')}</th>
              </tr>
            </thead>
            <tbody>
              {data.speaking!.map((p) => (
                <tr key={p.id}>
                  <th scope="row">{room.name(p.id)}</th>
                  <td className="num">{p.stated && p.turns === 0 ? t('room.host.stated') : p.turns}</td>
                  <td className="num">{wordClock(Math.round(p.spoken_ms / 1000))}</td>
                </tr>
              ))}
            </tbody>
          </table>
        </details>
      )}
    </>
  )
}
