import i18next from 'i18next'
import { useEffect, useState, type ReactNode } from 'react'
import { I18nextProvider } from 'react-i18next'
import { Spoken, type Language } from '../prefs/prefs'
import { fetchWords, hasWords } from './words'

const speaker = (language: Language) => ({ language, words: i18next.cloneInstance({ lng: language }) })

/** A part of a page in a language of its own, as somebody else will read it. As before, until its words are here. */
export function Speaking({ language, children }: { language: Language; children: ReactNode }) {
  const [spoken, speak] = useState(() => (hasWords(language) ? speaker(language) : undefined))
  useEffect(() => {
    let wanted = true
    void fetchWords(language).then(() => wanted && speak(speaker(language)))
    return () => void (wanted = false)
  }, [language])
  if (!spoken) return children
  return (
    <I18nextProvider i18n={spoken.words}>
      <Spoken value={spoken.language}>
        <div lang={spoken.language}>{children}</div>
      </Spoken>
    </I18nextProvider>
  )
}
