import { Button, Modal } from 'antd'
import type { ReactNode } from 'react'
import { useWords } from '~/shared/words/words'
import styles from './Dialog.module.css'

/** A dialog whose content brings its own buttons: what is entered stays until it is closed on purpose. */
export function Dialog({ title, close, children }: { title: string; close: () => void; children: ReactNode }) {
  return (
    <Modal open title={title} onCancel={close} footer={null} mask={{ closable: false }} centered destroyOnHidden width="34rem">
      {children}
    </Modal>
  )
}

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
