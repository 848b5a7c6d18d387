import { FormOutlined } from '@ant-design/icons'
import { useQuery } from '@tanstack/react-query'
import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { AwayAsked, HomeAsked, UnitRollcalls } from './blocks'
import { MineHelpers } from './components/Helpers'
import { Sender } from './kept/Sender'
import { mineQuery, owed, stale } from './queries'

const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

/** What is asked of me and has no answer yet. */
function useOpen(): number | undefined {
  return owed(useQuery(mineQuery).data).length || undefined
}

export const rollcall: Feature = {
  name: 'rollcall',
  routes: [
    { path: 'rollcalls', lazy: page(() => import('./pages/RollcallsPage').then((m) => m.RollcallsPage)) },
    { path: 'rollcalls/:rollcall', lazy: page(() => import('./pages/RollcallPage').then((m) => m.RollcallPage)) },
    { path: 'rollcalls/:rollcall/edit', lazy: page(() => import('./pages/ComposePage').then((m) => m.EditPage)) },
    { path: 'rollcalls/periods/:period', lazy: page(() => import('./pages/PeriodPage').then((m) => m.PeriodPage)) },
    { path: 'rollcalls/periods/:period/for-me', handle: { away: true }, lazy: page(() => import('./pages/RollcallsPage').then((m) => m.TakeMePage)) },
    { path: 'rollcalls/periods/:period/answers/:answerer', handle: { away: true }, lazy: page(() => import('./pages/AnswerPage').then((m) => m.AnswerPage)) },
    { path: 'rollcalls/periods/:period/returns/:answerer', lazy: page(() => import('./pages/ReturnPage').then((m) => m.ReturnPage)) },
    { path: 'units/:unit/rollcalls/new', lazy: page(() => import('./pages/ComposePage').then((m) => m.NewPage)) },
  ],
  nav: [{ to: '/rollcalls', label: 'rollcall.nav', icon: <FormOutlined />, order: 30, for: (me) => me.units.length > 0, useBadge: useOpen }],
  home: { need: HomeAsked },
  unit: UnitRollcalls,
  over: Sender,
  away: AwayAsked,
  me: MineHelpers,
  stale,
}
