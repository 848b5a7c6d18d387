import { LeftOutlined } from '@ant-design/icons'
import { useEffect, type ReactNode } from 'react'
import { Link } from 'react-router'
import { useWords } from '../words/words'
import styles from './Page.module.css'

interface PageProps {
  title: string
  /** A line under the title: what this is about. */
  lead?: ReactNode
  /** The page's main actions, beside the title on a desk, below it on a phone. */
  actions?: ReactNode
  /** Where "back" leads; the page above this one. */
  back?: { to: string; label: string }
  /** For reading rather than working: a narrower column. */
  narrow?: boolean
  children: ReactNode
}

/** Every page in the shell: title, what it is about, actions, content. Sets the window's title too. */
export function Page({ title, lead, actions, back, narrow, children }: PageProps) {
  const { t } = useWords()
  useEffect(() => {
    document.title = `${title} · ${t('common.app')}`
  }, [title, t])
  return (
    <div className={narrow ? `${styles.page} ${styles.narrow}` : styles.page}>
      <header className={styles.head}>
        {back && (
          <Link to={back.to} className={`${styles.back} no-print`}>
            <LeftOutlined aria-hidden /> {back.label}
          </Link>
        )}
        <div className={styles.titleRow}>
          <h1>{title}</h1>
          {actions && <div className={`${styles.actions} no-print`}>{actions}</div>}
        </div>
        {lead && <div className={styles.lead}>{lead}</div>}
      </header>
      {children}
    </div>
  )
}

interface SectionProps {
  title?: string
  /** To the right of the title: a link, a count, a small button. */
  aside?: ReactNode
  /** Without the card around it: for lists that bring their own. */
  plain?: boolean
  children: ReactNode
}

/** A part of a page with a heading: a quiet card. */
export function Section({ title, aside, plain, children }: SectionProps) {
  return (
    <section className={plain ? styles.plain : styles.section}>
      {(title || aside) && (
        <div className={styles.sectionHead}>
          {title && <h2>{title}</h2>}
          {aside && <div>{aside}</div>}
        </div>
      )}
      {children}
    </section>
  )
}
