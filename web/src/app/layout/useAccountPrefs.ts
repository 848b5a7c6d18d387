import { useEffect, useRef } from 'react'
import { ask } from '~/shared/api/client'
import type { Me } from '~/shared/me/me'
import { chosenHere, languages, setPrefs, sizes, usePrefs } from '~/shared/prefs/prefs'
import { speak } from '~/shared/words/words'

/**
 * Language and type size go with the person: on a device where nobody has chosen yet the
 * account's choice holds; what is chosen here is remembered there. A failure is not worth a word:
 * the choice holds in this browser either way.
 */
export function useAccountPrefs(me: Me | undefined) {
  const { language, size } = usePrefs()
  const told = useRef('')
  useEffect(() => {
    if (!me) return
    if (!told.current) {
      const theirs = languages.find((l) => l === me.lang)
      if (theirs && !chosenHere('language')) void speak(theirs)
      const theirSize = sizes.find((s) => s === me.type_size)
      if (theirSize && !chosenHere('size')) setPrefs({ size: theirSize })
      told.current = `${theirs ?? language} ${theirSize ?? size}`
    }
    const now = `${language} ${size}`
    if (told.current === now) return
    told.current = now
    ask('/me', {
      method: 'PATCH',
      headers: { 'Content-Type': 'application/json' },
      body: JSON.stringify({ lang: language, type_size: size }),
    }).catch(() => {})
  }, [me, language, size])
}
