// Beside the room on a desk, over it on a phone.
import { useWords } from '~/shared/words/words'
import { Carried, Chat, DeviceCheck, HostTools, KeysHelp, Network, Papers, StatementForm, Wait } from './later'
import { More } from './More'
import { useTheRoom, type Panel } from './room'
import { People } from './talk/People'
import { Sheet } from './ui/Sheet'
import styles from './Room.module.css'

const beside: readonly Panel[] = ['people', 'papers', 'chat']

export function Panels({ desk }: { desk: boolean }) {
  const { t } = useWords()
  const room = useTheRoom()
  const { panel, open, plan, meeting, me, language, state } = room
  const close = () => open(undefined)
  const tab = panel && beside.includes(panel) ? panel : 'people'
  return (
    <>
      {desk && (
        <aside className={styles.aside} aria-label={t('room.beside')}>
          {!plan.practice && (
            <div className={styles.tabs}>
              {beside.map((p) => (
                <button key={p} type="button" aria-pressed={tab === p} onClick={() => open(p)}>
                  {t(`room.${p}.short`)}
                </button>
              ))}
            </div>
          )}
          {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long list is scrolled by keyboard too */}
          <div className={styles.asideBody} tabIndex={0}>
            <Wait>
              <Content panel={tab} />
            </Wait>
          </div>
        </aside>
      )}
      {!desk && panel && beside.includes(panel) && (
        <Sheet title={t(`room.${panel}.title`)} close={close}>
          <Content panel={panel} />
        </Sheet>
      )}
      {panel === 'statement' && (
        <Sheet title={t('room.statement.title')} close={close}>
          <StatementForm meeting={meeting} plan={plan} me={me.person} language={language} stage={state.stage || undefined} />
        </Sheet>
      )}
      {panel === 'host' && (
        <Sheet title={t('room.host.title')} close={close}>
          <HostTools />
        </Sheet>
      )}
      {panel === 'network' && (
        <Sheet title={t('room.rung.title')} close={close}>
          <Network />
        </Sheet>
      )}
      {panel === 'keys' && (
        <Sheet title={t('room.keys.title')} close={close}>
          <KeysHelp />
        </Sheet>
      )}
      {panel === 'devices' && (
        <Sheet title={t('room.check.title')} close={close}>
          <DeviceCheck video />
        </Sheet>
      )}
      {panel === 'more' && (
        <Sheet title={t('room.more.title')} close={close}>
          <More />
        </Sheet>
      )}
    </>
  )
}

function Content({ panel }: { panel: Panel }) {
  if (panel === 'chat') return <Chat />
  if (panel === 'papers')
    return (
      <>
        <Papers />
        <Carried />
      </>
    )
  return <People />
}
