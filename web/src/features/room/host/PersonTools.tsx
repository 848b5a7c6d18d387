// What a host may do for or with one person.
import { useState } from 'react'
import { useWords } from '~/shared/words/words'
import { reopenLink } from '../queries'
import { useTheRoom } from '../room'
import type { Person } from '../types'
import { Button } from '../ui/Button'
import { Sheet } from '../ui/Sheet'
import { Reason } from './Reason'
import styles from '../Room.module.css'

export function PersonTools({ person, close }: { person: Person; close: () => void }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, me } = room
  const [asking, ask] = useState<'remove' | 'chair'>()
  const holds = (state.turns ?? []).find((x) => x.person === person.id)
  const waits = (state.hands ?? []).includes(person.id)
  const chair = state.chair === me.person
  const hosts = state.hosts ?? []
  const isHost = hosts.includes(person.id) || state.chair === person.id
  const then = (done: Promise<boolean>) => done.then((ok) => ok && close())
  return (
    <Sheet title={person.name} close={close}>
      {asking === 'remove' ? (
        <Reason title={t('room.host.removeAsk', { name: person.name })} go={t('room.host.remove')} cancel={() => ask(undefined)} done={(reason) => room.send({ kind: 'remove', person: person.id, reason }).then((ok) => (ok && close(), ok))} />
      ) : asking === 'chair' ? (
        <div className={styles.reason}>
          <p>{t('room.host.chairAsk', { name: person.name })}</p>
          <div className={styles.actions}>
            <Button kind="primary" do={() => then(room.send({ kind: 'chair', person: person.id }))}>
              {t('room.host.chairYes')}
            </Button>
            <Button do={() => ask(undefined)}>{t('common.cancel')}</Button>
          </div>
        </div>
      ) : (
        <div className={styles.stack}>
          {state.phase === 'open' && !holds && (
            <Button kind="primary" do={() => then(room.send({ kind: 'give', person: person.id, reader: person.how === 'phone' ? me.person : undefined }))}>
              {t('room.host.give')}
            </Button>
          )}
          {holds && <Button do={() => then(room.send({ kind: 'end', turn: holds.id }))}>{t('room.host.endTurn')}</Button>}
          {waits && <Button do={() => then(room.send({ kind: 'skip', person: person.id }))}>{t('room.host.toEnd')}</Button>}
          {waits && <Button do={() => then(room.send({ kind: 'withdraw', person: person.id }))}>{t('room.host.handDown')}</Button>}
          {!person.seat && <Button do={() => then(room.send({ kind: 'raise', person: person.id }))}>{t('room.host.raiseFor')}</Button>}
          {!person.seat && <Button do={() => then(room.send({ kind: 'pass', person: person.id }))}>{t('room.host.passFor')}</Button>}
          {chair && person.id !== me.person && person.seat && <Button do={() => ask('chair')}>{t('room.host.chair')}</Button>}
          {chair && person.id !== me.person && person.seat && (
            <Button do={() => then(room.send({ kind: 'hosts', people: hosts.includes(person.id) ? hosts.filter((x) => x !== person.id) : [...hosts, person.id], deputies: state.deputies ?? [] }))}>
              {t(hosts.includes(person.id) ? 'room.host.unhost' : 'room.host.cohost')}
            </Button>
          )}
          {person.seat && <Button do={() => then(room.act(() => reopenLink(room.meeting, person.id)))}>{t('room.host.reopen')}</Button>}
          {!person.seat && <Button do={() => then(room.send({ kind: 'leave', person: person.id }))}>{t('room.host.phoneOut')}</Button>}
          {person.id !== me.person && !isHost && (
            <Button kind="danger" do={() => ask('remove')}>
              {t('room.host.remove')}
            </Button>
          )}
        </div>
      )}
    </Sheet>
  )
}
