// The floor: call, take, give back, more time, end.
import { useWords } from '~/shared/words/words'
import { useTheRoom } from '../room'
import { Button } from '../ui/Button'
import styles from '../Room.module.css'

export function FloorTools() {
  const { t } = useWords()
  const room = useTheRoom()
  const { state, me } = room
  if (state.phase !== 'open') return null
  const turns = state.turns ?? []
  const iHold = turns.some((x) => x.person === me.person)
  return (
    <section className={styles.group}>
      <h3>{t('room.host.floor')}</h3>
      {turns.map((turn) => (
        <div key={turn.id} className={styles.stack}>
          <p>{t(turn.sound_ms ? 'room.host.plays' : 'room.host.holds', { name: room.name(turn.person) })}</p>
          <div className={styles.actions}>
            <Button do={() => room.send({ kind: 'end', turn: turn.id })}>{t('room.host.endTurn')}</Button>
            {!turn.sound_ms && <Button do={() => room.send({ kind: 'extend', turn: turn.id, seconds: 60 })}>{t('room.host.extend')}</Button>}
            <Button do={() => room.send({ kind: 'skip', person: turn.person })}>{t('room.host.skip')}</Button>
          </div>
        </div>
      ))}
      {state.interrupted && (
        <Button kind="primary" do={() => room.send({ kind: 'return' })}>
          {t('room.host.return', { name: room.name(state.interrupted.person) })}
        </Button>
      )}
      <div className={styles.actions}>
        {state.next && (
          <Button kind={turns.length ? '' : 'primary'} do={() => room.send({ kind: 'grant' })}>
            {t('room.host.grant', { name: room.name(state.next) })}
          </Button>
        )}
        {!iHold && <Button do={() => room.send({ kind: 'take' })}>{t('room.host.take')}</Button>}
      </div>
      {(state.hands ?? []).length > 0 && <p className={styles.quiet}>{t('room.host.line', { names: (state.hands ?? []).map(room.name).join(t('common.comma')) })}</p>}
    </section>
  )
}
