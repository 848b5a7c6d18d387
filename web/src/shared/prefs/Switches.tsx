// Type size and language, one tap away on every page.
import { Choice } from '../ui/Choice'
import { useWords, speak } from '../words/words'
import { nextSize, setPrefs, sizes, usePrefs, type Language } from './prefs'
import styles from './Switches.module.css'

/** All three sizes side by side; in the header each is drawn in its size. */
export function SizeChoice({ wide }: { wide?: boolean }) {
  const { t } = useWords()
  const { size } = usePrefs()
  return (
    <Choice
      label={t('shell.size.title')}
      wide={wide}
      value={size}
      choose={(chosen) => setPrefs({ size: chosen })}
      options={sizes.map((s) => ({ value: s, label: <span className={wide ? undefined : styles[s]}>{t(`shell.size.${s}`)}</span> }))}
    />
  )
}

/** One button that goes on to the next size: for the narrow header of a phone. */
export function SizeCycle() {
  const { t } = useWords()
  const { size } = usePrefs()
  const next = nextSize(size)
  const label = t('shell.size.next', { now: t(`shell.size.${size}`), next: t(`shell.size.${next}`) })
  return (
    <button type="button" className={styles.tool} onClick={() => setPrefs({ size: next })} aria-label={label} title={label}>
      <svg viewBox="0 0 32 32" width="28" height="28" aria-hidden fill="none" stroke="currentColor" strokeWidth="2.1" strokeLinecap="round" strokeLinejoin="round">
        <path d="M3 25 9.5 8h1L17 25M5.4 19h9.2" />
        <path d="M19 25l4-10h.8l4.2 10M20.5 21.5h6" strokeWidth="1.8" />
      </svg>
      <span className={styles.dots} aria-hidden>
        {sizes.map((s) => (
          <i key={s} data-on={s === size || undefined} />
        ))}
      </span>
    </button>
  )
}

/** The other language, in its own script. */
export function LanguageSwitch() {
  const { t } = useWords()
  const { language } = usePrefs()
  const other = language === 'en' ? 'zh-CN' : 'en'
  return (
    <button type="button" className={styles.tool} lang={other} aria-label={t('shell.language.switch')} title={t('shell.language.switch')} onClick={() => void speak(other)}>
      {other === 'en' ? 'EN' : '中'}
    </button>
  )
}

export function LanguageChoice() {
  const { t } = useWords()
  const { language } = usePrefs()
  return <OneLanguage label={t('shell.language.title')} value={language} choose={(chosen) => void speak(chosen)} wide />
}

/** One of the languages, each in its own words. */
export function OneLanguage(props: { label: string; value: Language; choose: (language: Language) => void; wide?: boolean }) {
  return (
    <Choice<Language>
      {...props}
      options={[
        { value: 'zh-CN', label: <span lang="zh-CN">中文</span> },
        { value: 'en', label: <span lang="en">English</span> },
      ]}
    />
  )
}
