import { useMe } from '~/shared/me/me'
import { usePrefs } from '~/shared/prefs/prefs'
import { Page, Section } from '~/shared/ui/Page'
import { Empty } from '~/shared/ui/States'
import { wordTime } from '~/shared/ui/time'
import { useNow } from '~/shared/ui/useNow'
import { useWords } from '~/shared/words/words'
import { features } from '../features'
import styles from './Home.module.css'

const questions = ['now', 'need', 'came'] as const

/** The start page answers three questions; each slice brings its part of the answers. */
export function Home() {
  const { t } = useWords()
  const { language } = usePrefs()
  const me = useMe()
  const now = useNow()
  return (
    <Page title={t(`home.greeting.${partOfDay(now.getHours())}`, { name: me.person.name })} lead={wordTime(t, language, now, 'day')}>
      {features.map(({ name, home }) => home?.lead && <home.lead key={name} />)}
      <div className={styles.questions}>
        {questions.map((question) => {
          const blocks = features.flatMap((f) => f.home?.[question] ?? [])
          return (
            <div key={question} className={styles[question]}>
              <Section title={t(`home.${question}.title`)}>
                {/* Blocks with nothing to say render nothing; then the line below them shows. */}
                <div className={styles.blocks}>
                  {blocks.map((Block, i) => (
                    // oxlint-disable-next-line react/no-array-index-key -- a fixed list
                    <Block key={i} />
                  ))}
                </div>
                <div className={styles.nothing}>
                  <Empty>{t(`home.${question}.empty`)}</Empty>
                </div>
              </Section>
            </div>
          )
        })}
      </div>
      {features.map(({ name, home }) => home?.first && <home.first key={name} />)}
    </Page>
  )
}

export function partOfDay(hour: number): 'morning' | 'noon' | 'afternoon' | 'evening' {
  if (hour >= 5 && hour < 11) return 'morning'
  if (hour >= 11 && hour < 13) return 'noon'
  return hour >= 13 && hour < 18 ? 'afternoon' : 'evening'
}
