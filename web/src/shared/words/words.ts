// One language is loaded at a time; the other arrives when somebody asks for it.
import i18next from 'i18next'
import { initReactI18next } from 'react-i18next'
import { prefs, setPrefs, type Language } from '../prefs/prefs'
import { join, type Tree } from './catalogue'

type Catalogue = Record<Language, () => Promise<{ default: Record<string, Tree> }>>
let load: Catalogue

/** Begins with the words of one of the two programs. */
export async function startWords(catalogue: Catalogue) {
  load = catalogue
  const { language } = prefs()
  const { default: files } = await load[language]()
  await i18next.use(initReactI18next).init({
    lng: language,
    fallbackLng: false,
    ns: ['words'],
    defaultNS: 'words',
    nsSeparator: false,
    resources: { [language]: { words: join(files) } },
    interpolation: { escapeValue: false },
    returnEmptyString: false,
    react: { useSuspense: false },
  })
}

export const hasWords = (language: Language) => i18next.hasResourceBundle(language, 'words')

export async function fetchWords(language: Language) {
  if (hasWords(language)) return
  const { default: files } = await load[language]()
  i18next.addResourceBundle(language, 'words', join(files))
}

/** Switches the language; the page goes on reading as before until the words are here. */
export async function speak(language: Language) {
  await fetchWords(language)
  await i18next.changeLanguage(language)
  setPrefs({ language })
}

export { useTranslation as useWords } from 'react-i18next'
