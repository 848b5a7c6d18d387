import { RightOutlined } from '@ant-design/icons'
import { Link } from 'react-router'
import { useWords } from '~/shared/words/words'
import { unitAddress } from '../address'
import type { UnitItem } from '../queries'
import styles from './UnitList.module.css'

/** A few units, each a large link. */
export function UnitList({ units }: { units: UnitItem[] }) {
  const { t } = useWords()
  return (
    <ul className={styles.list}>
      {units.map((u) => (
        <li key={u.id}>
          <Link to={unitAddress(u.id)}>
            <span className={styles.name}>{u.name}</span>
            <span className={styles.count}>{u.members > 0 && t('org.tree.members', { count: u.members })}</span>
            <RightOutlined aria-hidden className={styles.arrow} />
          </Link>
        </li>
      ))}
    </ul>
  )
}
