import { RightOutlined } from '@ant-design/icons'
import { Link } from 'react-router'
import { useMe } from '~/shared/me/me'
import { LanguageChoice, SizeChoice } from '~/shared/prefs/Switches'
import { Page, Section } from '~/shared/ui/Page'
import { PersonChip } from '~/shared/ui/People'
import { SignOut } from '~/shared/ui/SignOut'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import { useOverflow } from '../layout/Nav'
import styles from './MePage.module.css'

/** Oneself: units and positions, how the pages look, leaving. */
export function MePage() {
  const { t } = useWords()
  const me = useMe()
  const more = useOverflow()
  return (
    <Page title={t('shell.me')} narrow>
      <Section>
        <PersonChip name={me.person.name} note={me.login} />
      </Section>
      {more.length > 0 && (
        <Section plain>
          <ul className={styles.more}>
            {more.map((e) => (
              <li key={e.to}>
                <Link to={e.to}>
                  <span aria-hidden>{e.icon}</span> {t(e.label)} <RightOutlined aria-hidden />
                </Link>
              </li>
            ))}
          </ul>
        </Section>
      )}
      {features.map(({ name, me: Block }) => Block && <Block key={name} />)}
      <Section title={t('shell.settings')}>
        <div className={styles.settings}>
          <div>
            <h3>{t('shell.size.title')}</h3>
            <SizeChoice wide />
          </div>
          <div>
            <h3>{t('shell.language.title')}</h3>
            <LanguageChoice />
          </div>
        </div>
      </Section>
      <SignOut />
    </Page>
  )
}
