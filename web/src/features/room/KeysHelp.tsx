import { useWords } from '~/shared/words/words'
import { keyList } from './useKeys'
import styles from './Room.module.css'

export function KeysHelp() {
  const { t } = useWords()
  return (
    <dl className={styles.keys}>
      {keyList.map((k) => (
        <div key={k}>
          <dt>
            <kbd>{k === 'Space' ? t('room.keys.space') : k}</kbd>
          </dt>
          <dd>{t(`room.keys.${names[k] ?? k.toLowerCase()}`)}</dd>
        </div>
      ))}
    </dl>
  )
}

const names: Record<string, string> = { Space: 'raise', '1': 'for', '2': 'against', '3': 'abstain', '←': 'prev', '→': 'next', '?': 'help', Esc: 'close' }
