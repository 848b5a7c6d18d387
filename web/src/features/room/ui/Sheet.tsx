import { useEffect, useRef, type ReactNode } from 'react'
import { useWords } from '~/shared/words/words'
import { Wait } from '../later'
import { Icon } from './Icon'
import styles from './ui.module.css'

/** Something laid over the room: from below on a phone, in the middle on a desk. Escape closes it. */
export function Sheet({ title, children, close }: { title: string; children: ReactNode; close: () => void }) {
  const { t } = useWords()
  const dialog = useRef<HTMLDialogElement>(null)
  // A touch beside the sheet closes it.
  useEffect(() => {
    const d = dialog.current
    const beside = (e: MouseEvent) => e.target === d && close()
    d?.addEventListener('click', beside)
    return () => d?.removeEventListener('click', beside)
  }, [close])
  useEffect(() => {
    const d = dialog.current
    const before = document.activeElement
    if (d?.showModal) d.showModal()
    else d?.setAttribute('open', '') // Safari 15.0–15.3 know no dialogs
    return () => {
      d?.close?.()
      if (before instanceof HTMLElement) before.focus()
    }
  }, [])
  return (
    <dialog ref={dialog} className={styles.sheet} aria-label={title} onCancel={(e) => { e.preventDefault(); close() }}>
      <div className={styles.sheetHead}>
        <h2>{title}</h2>
        <button type="button" className={styles.icon} onClick={close} aria-label={t('common.close')}>
          <Icon name="close" />
        </button>
      </div>
      {/* oxlint-disable-next-line jsx-a11y/no-noninteractive-tabindex -- a long one is scrolled by keyboard too */}
      <div className={styles.sheetBody} tabIndex={0}>
        <Wait>{children}</Wait>
      </div>
    </dialog>
  )
}
