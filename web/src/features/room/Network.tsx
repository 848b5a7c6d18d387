// The ladder: where we are, why, and how to another rung. Rights are the same on each.
import { useWords } from '~/shared/words/words'
import { rungs } from './ladder'
import { useTheRoom } from './room'
import type { Rung } from './types'
import { Button } from './ui/Button'
import styles from './Room.module.css'

export function Network() {
  const { t } = useWords()
  const room = useTheRoom()
  const { ladder, chooseRung } = room
  const pick = (r: Rung | 'auto') => {
    chooseRung(r)
    if (r === 'statement') room.open('statement')
  }
  return (
    <>
      <p>{t('room.rung.same')}</p>
      <fieldset className={styles.rungs}>
        <legend className="visually-hidden">{t('room.rung.title')}</legend>
        <label data-on={!ladder.byHand || undefined}>
          <input type="radio" name="rung" checked={!ladder.byHand} onChange={() => pick('auto')} />
          <strong>{t('room.rung.auto')}</strong>
          <small>{t('room.rung.autoNow', { now: t(`room.rung.${ladder.rung || 'full'}.short`) })}</small>
        </label>
        {([...rungs, 'statement'] as const).map((r) => (
          <label key={r} data-on={(ladder.byHand && ladder.rung === r) || undefined}>
            <input type="radio" name="rung" checked={ladder.byHand && ladder.rung === r} onChange={() => pick(r)} />
            <strong>{t(`room.rung.${r || 'full'}.short`)}</strong>
            <small>{t(`room.rung.${r || 'full'}.what`)}</small>
          </label>
        ))}
      </fieldset>
      <p className={styles.quiet}>{t('room.rung.phone', { host: room.name(room.state.chair) })}</p>
      <Button do={() => room.open(undefined)}>{t('common.close')}</Button>
    </>
  )
}
