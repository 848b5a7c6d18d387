import { SoundOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { Beside } from './Beside'
import { HomeDispatches, MineStatus } from './blocks'
import { Calling } from './Calling'
import { openQuery, stale } from './queries'
import { Roster } from './Roster'
import { placeOf } from './state'

const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

/** What waits for a word of mine, or is in my hands. */
function useWaiting(): number | undefined {
  return useQuery(openQuery).data?.items?.filter((d) => ['forMe', 'holding'].includes(placeOf(d))).length
}

export const dispatch: Feature = {
  name: 'dispatch',
  routes: [
    { path: 'dispatches', lazy: page(() => import('./pages/DispatchesPage').then((m) => m.DispatchesPage)) },
    { path: 'dispatches/new', lazy: page(() => import('./pages/AskPage').then((m) => m.AskPage)) },
    { path: 'dispatches/:dispatch', lazy: page(() => import('./pages/DispatchPage').then((m) => m.DispatchPage)) },
  ],
  nav: [{ to: '/dispatches', label: 'dispatch.nav', icon: <SoundOutlined />, order: 20, for: (me) => me.units.length > 0, useBadge: useWaiting }],
  home: { need: HomeDispatches },
  over: Calling,
  unit: Roster,
  beside: Beside,
  me: MineStatus,
  stale,
}
