import { useEffect, useState, useSyncExternalStore } from 'react'
import { flushSync } from 'react-dom'

/** Whether a media query holds, now and as it changes. */
export function useMedia(query: string): boolean {
  return useSyncExternalStore(
    (changed) => {
      const media = matchMedia(query)
      media.addEventListener('change', changed)
      return () => media.removeEventListener('change', changed)
    },
    () => matchMedia(query).matches,
  )
}

/** Wide enough for the rail on the left; must match the layout's style sheets. */
export const useDesk = () => useMedia('(min-width: 56.25em)')

/** Whether the page is being put on paper, in time for what paper needs to be there. */
export function usePrinting(): boolean {
  const paper = useMedia('print')
  const [soon, setSoon] = useState(false)
  useEffect(() => {
    const before = () => flushSync(() => setSoon(true))
    const after = () => setSoon(false)
    addEventListener('beforeprint', before)
    addEventListener('afterprint', after)
    return () => {
      removeEventListener('beforeprint', before)
      removeEventListener('afterprint', after)
    }
  }, [])
  return paper || soon
}
