import { RightOutlined } from '@ant-design/icons'
import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { useTerms } from '~/shared/profile/profile'
import { Section } from '~/shared/ui/Page'
import { useWords } from '~/shared/words/words'
import { personAddress, unitAddress } from './address'
import styles from './blocks.module.css'
import { WhereCard } from './components/WhereCard'

/** On the start page: where I am. Who keeps the installation and belongs nowhere is not asked. */
export function HomeWhere() {
  const me = useMe()
  return me.units.length > 0 ? <WhereCard /> : null
}

/** On the page "me": units and positions, where I am, my data. */
export function MineOrg() {
  const { t } = useWords()
  const terms = useTerms()
  const me = useMe()
  return (
    <>
      {me.units.length > 0 && (
        <>
          <Section title={t('shell.myUnits')}>
            <ul className={styles.units}>
              {me.units.map((u) => (
                <li key={`${u.id}${u.position}`}>
                  <Link to={unitAddress(u.id)}>
                    <span>
                      {u.name}
                      <span className={styles.note}>{[terms.position(u.position), u.standing && terms.standing(u.standing)].filter(Boolean).join(' · ')}</span>
                    </span>
                    <RightOutlined aria-hidden />
                  </Link>
                </li>
              ))}
            </ul>
          </Section>
          <WhereCard always />
        </>
      )}
      <Section title={t('org.held.section')}>
        <ul className={styles.units}>
          <li>
            <Link to={personAddress(me.person.id)}>
              {t('org.held.myPage')}
              <RightOutlined aria-hidden />
            </Link>
          </li>
          <li>
            <Link to="/me/data">
              {t('org.held.title')}
              <RightOutlined aria-hidden />
            </Link>
          </li>
        </ul>
      </Section>
    </>
  )
}
