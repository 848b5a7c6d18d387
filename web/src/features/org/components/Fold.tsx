import { DownOutlined } from '@ant-design/icons'
import { useState, type ReactNode } from 'react'
import styles from './Fold.module.css'

/** A part of a page that few need: closed at first, and read only when opened. */
export function Fold({ title, children }: { title: string; children: ReactNode }) {
  const [open, setOpen] = useState(false)
  return (
    <details className={styles.fold} onToggle={(e) => setOpen(e.currentTarget.open)}>
      <summary>
        <h2>{title}</h2>
        <DownOutlined aria-hidden />
      </summary>
      {open && <div className={styles.inside}>{children}</div>}
    </details>
  )
}
