import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { stale } from './queries'

// A page is read when somebody goes there.
const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

export const record: Feature = {
  name: 'record',
  routes: [
    { path: 'meetings/:meeting/record', lazy: page(() => import('./pages/RecordPage').then((m) => m.RecordPage)) },
    { path: 'meetings/:meeting/record/print', lazy: page(() => import('./pages/PrintPage').then((m) => m.PrintPage)) },
  ],
  stale,
}
