import { useWords } from '~/shared/words/words'
import styles from './RoomCrashed.module.css'

export function RoomCrashed() {
  const { t } = useWords()
  return (
    <main className={styles.page} role="alert">
      <h1>{t('shell.crashed.title')}</h1>
      <p>{t('shell.crashed.text')}</p>
      <p>
        <button type="button" className="w-button primary" onClick={() => location.reload()}>
          {t('shell.crashed.reload')}
        </button>
      </p>
    </main>
  )
}
