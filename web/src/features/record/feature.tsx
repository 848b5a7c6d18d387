import { CheckSquareOutlined } from '@ant-design/icons'
import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { HomeCame, HomeNeed, MeetingBefore, MineAttendance, UnitAfter, useOpenActions } from './blocks'
import { stale } from './queries'

// A page is read when somebody goes there.
const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

export const record: Feature = {
  name: 'record',
  routes: [
    { path: 'meetings/:meeting/record', lazy: page(() => import('./pages/RecordPage').then((m) => m.RecordPage)) },
    { path: 'meetings/:meeting/record/print', lazy: page(() => import('./pages/PrintPage').then((m) => m.PrintPage)) },
    { path: 'actions', lazy: page(() => import('./pages/ActionsPage').then((m) => m.ActionsPage)) },
    { path: 'units/:unit/oversight', lazy: page(() => import('./pages/OversightPage').then((m) => m.OversightPage)) },
    { path: 'submissions/:submission', lazy: page(() => import('./pages/SubmissionPage').then((m) => m.SubmissionPage)) },
  ],
  nav: [{ to: '/actions', label: 'record.todo.nav', icon: <CheckSquareOutlined />, order: 30, for: (me) => me.units.length > 0, useBadge: useOpenActions }],
  home: { need: HomeNeed, came: HomeCame },
  unit: UnitAfter,
  meeting: MeetingBefore,
  me: MineAttendance,
  stale,
}
