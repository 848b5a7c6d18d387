import { CalendarOutlined } from '@ant-design/icons'
import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { HomeAnswer, HomeMeetings, UnitMeetings } from './blocks'
import { stale } from './queries'

// A page is read when somebody goes there.
const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

export const meeting: Feature = {
  name: 'meeting',
  routes: [
    { path: 'meetings', lazy: page(() => import('./pages/MineMeetingsPage').then((m) => m.MineMeetingsPage)) },
    { path: 'meetings/:meeting', lazy: page(() => import('./pages/MeetingPage').then((m) => m.MeetingPage)) },
    { path: 'meetings/:meeting/edit', lazy: page(() => import('./pages/ArrangePage').then((m) => m.EditPage)) },
    { path: 'meetings/:meeting/links', lazy: page(() => import('./pages/LinksPage').then((m) => m.LinksPage)) },
    { path: 'meetings/:meeting/papers/:paper', lazy: page(() => import('./pages/PaperPage').then((m) => m.PaperPage)) },
    { path: 'meetings/:meeting/guide', lazy: page(() => import('./pages/GuidePage').then((m) => m.GuidePage)) },
    { path: 'units/:unit/meetings/new', lazy: page(() => import('./pages/ArrangePage').then((m) => m.NewPage)) },
  ],
  nav: [{ to: '/meetings', label: 'meeting.nav', icon: <CalendarOutlined />, order: 10 }],
  home: { now: HomeMeetings, need: HomeAnswer },
  unit: UnitMeetings,
  stale,
}
