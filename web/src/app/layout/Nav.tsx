import { HomeOutlined, UserOutlined } from '@ant-design/icons'
import { NavLink, useLocation } from 'react-router'
import { useMe } from '~/shared/me/me'
import type { NavEntry } from '~/shared/feature'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import styles from './Nav.module.css'

const home: NavEntry = { to: '/', label: 'shell.home', icon: <HomeOutlined />, order: 0 }
const mine: NavEntry = { to: '/me', label: 'shell.me', icon: <UserOutlined />, order: 1000 }
const sections = [home, ...features.flatMap((f) => f.nav ?? [])].sort((a, b) => a.order - b.order)

function useSections(): NavEntry[] {
  const me = useMe()
  return sections.filter((e) => e.for?.(me) ?? true)
}

/** What fits the bar on a phone beside "me"; the rest is listed on the page "me". */
const onBar = 4
export function useOverflow(): NavEntry[] {
  return useSections().slice(onBar)
}

/** On a desk: every section, at the left. */
export function Rail() {
  const { t } = useWords()
  return (
    <nav className={`${styles.rail} no-print`} aria-label={t('shell.mainNav')}>
      {useSections().map((e) => (
        <Entry key={e.to} entry={e} />
      ))}
    </nav>
  )
}

/** On a phone: a few sections under the thumb. */
export function Tabs() {
  const { t } = useWords()
  return (
    <nav className={`${styles.tabs} no-print`} aria-label={t('shell.mainNav')}>
      {[...useSections().slice(0, onBar), mine].map((e) => (
        <Entry key={e.to} entry={e} />
      ))}
    </nav>
  )
}

function Entry({ entry }: { entry: NavEntry }) {
  const { t } = useWords()
  const { pathname } = useLocation()
  const also = entry.also?.some((start) => pathname.startsWith(start)) ?? false
  return (
    <NavLink to={entry.to} end={entry.to === '/'} className={({ isActive }) => `${styles.entry} ${isActive || also ? 'active' : ''}`}>
      <span className={styles.icon} aria-hidden>
        {entry.icon}
        {entry.useBadge && <Badge use={entry.useBadge} />}
      </span>
      <span>{t(entry.label)}</span>
    </NavLink>
  )
}

/** An icon in the header. */
export function HeaderEntry({ entry }: { entry: NavEntry }) {
  return entry.useBadge ? <CountedTool entry={entry} use={entry.useBadge} /> : <Tool entry={entry} />
}

function CountedTool({ entry, use }: { entry: NavEntry; use: () => number | undefined }) {
  return <Tool entry={entry} count={use()} />
}

function Tool({ entry, count }: { entry: NavEntry; count?: number }) {
  const { t } = useWords()
  const label = count && entry.counted ? t(entry.counted, { count }) : t(entry.label)
  return (
    <NavLink to={entry.to} className={styles.tool} aria-label={label} title={label}>
      <span className={styles.icon} aria-hidden>
        {entry.icon}
        <Count n={count} />
      </span>
    </NavLink>
  )
}

function Badge({ use }: { use: () => number | undefined }) {
  return <Count n={use()} />
}

function Count({ n }: { n: number | undefined }) {
  return n ? <span className={styles.badge}>{n > 99 ? '99+' : n}</span> : null
}
