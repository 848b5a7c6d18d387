import { Button } from 'antd'
import { useWords } from '~/shared/words/words'
import styles from './Dialog.module.css'

/** The end of a form in a dialog: the verb, and a way out. */
export function DialogButtons({ verb, busy, close, danger, disabled }: { verb: string; busy: boolean; close: () => void; danger?: boolean; disabled?: boolean }) {
  const { t } = useWords()
  return (
    <div className={styles.buttons}>
      <Button onClick={close}>{t('common.cancel')}</Button>
      <Button type="primary" htmlType="submit" loading={busy} danger={danger} disabled={disabled}>
        {verb}
      </Button>
    </div>
  )
}
