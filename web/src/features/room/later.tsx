// A line that just carries the sound does not carry what nobody has opened yet.
import { lazy, Suspense, type ComponentType, type ReactNode } from 'react'
import { useWords } from '~/shared/words/words'

type Sheets = typeof import('./sheets')

const later = <P,>(pick: (sheets: Sheets) => ComponentType<P>) => lazy(async () => ({ default: pick(await sheets()) }))

async function sheets(): Promise<Sheets> {
  for (;;) {
    try {
      return await import('./sheets')
    } catch {
      await new Promise((again) => setTimeout(again, 3000)) // the line was too weak; once more
    }
  }
}

export const Carried = later((s) => s.Carried)
export const Chat = later((s) => s.Chat)
export const DeviceCheck = later((s) => s.DeviceCheck)
export const HostTools = later((s) => s.HostTools)
export const KeysHelp = later((s) => s.KeysHelp)
export const Network = later((s) => s.Network)
export const Papers = later((s) => s.Papers)
export const StatementForm = later((s) => s.StatementForm)

/** Around them. */
export function Wait({ children }: { children: ReactNode }) {
  const { t } = useWords()
  return <Suspense fallback={<p role="status">{t('common.loading')}</p>}>{children}</Suspense>
}
