import { LanguageChoice, SizeChoice } from '~/shared/prefs/Switches'
import { useDesk } from '~/shared/ui/useMedia'
import { useWords } from '~/shared/words/words'
import { useTheRoom, type Panel } from './room'
import { Button } from './ui/Button'
import { Icon, type IconName } from './ui/Icon'
import styles from './Room.module.css'

export function More() {
  const { t } = useWords()
  const room = useTheRoom()
  const desk = useDesk()
  const holding = (room.state.turns ?? []).some((x) => x.seat === room.seat)
  const canShare = holding && typeof navigator.mediaDevices?.getDisplayMedia === 'function'
  return (
    <>
      <ul className={styles.list}>
        {!room.plan.practice && <Item panel="statement" icon="write" words={t('room.statement.title')} />}
        <Item panel="network" icon="net" words={t('room.rung.title')} hint={t(`room.rung.${room.ladder.rung || 'full'}.short`)} />
        {canShare && (
          <li>
            <button
              type="button"
              className={styles.row}
              onClick={() => {
                room.setSharing(!room.sharing)
                room.open(undefined)
              }}
            >
              <Icon name="screen" />
              <span className={styles.rowName}>
                <strong>{t(room.sharing ? 'room.screen.stop' : 'room.screen.start')}</strong>
              </span>
            </button>
          </li>
        )}
        <Item panel="devices" icon="sound" words={t('room.check.title')} />
        {desk && <Item panel="keys" icon="more" words={t('room.keys.title')} />}
      </ul>
      <SizeChoice wide />
      <LanguageChoice />
      <Button kind="danger" do={() => room.goOut()}>
        <Icon name="leave" />
        {t('room.leave')}
      </Button>
      <p className={styles.quiet}>{t('room.leaveHint')}</p>
    </>
  )
}

function Item({ panel, icon, words, hint }: { panel: Panel; icon: IconName; words: string; hint?: string }) {
  const room = useTheRoom()
  return (
    <li>
      <button type="button" className={styles.row} onClick={() => room.open(panel)}>
        <Icon name={icon} />
        <span className={styles.rowName}>
          <strong>{words}</strong>
          {hint && <small>{hint}</small>}
        </span>
      </button>
    </li>
  )
}
