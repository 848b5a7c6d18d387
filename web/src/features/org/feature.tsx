import { ApartmentOutlined } from '@ant-design/icons'
import type { ComponentType } from 'react'
import type { Feature } from '~/shared/feature'
import { HomeWhere, MineOrg } from './blocks'
import { stale } from './queries'

// A page is read when somebody goes there.
const page = (load: () => Promise<ComponentType>) => async () => ({ Component: await load() })

export const org: Feature = {
  name: 'org',
  routes: [
    { path: 'org', lazy: page(() => import('./pages/OrgPage').then((m) => m.OrgPage)) },
    { path: 'org/import', lazy: page(() => import('./pages/ImportPage').then((m) => m.ImportPage)) },
    { path: 'org/import/:import', lazy: page(() => import('./pages/ImportRunPage').then((m) => m.ImportRunPage)) },
    { path: 'units/:unit', lazy: page(() => import('./pages/UnitPage').then((m) => m.UnitPage)) },
    { path: 'units/:unit/whereabouts', lazy: page(() => import('./pages/WherePage').then((m) => m.WherePage)) },
    { path: 'units/:unit/sign-ins', lazy: page(() => import('./pages/SignInsPage').then((m) => m.SignInsPage)) },
    { path: 'people/:person', lazy: page(() => import('./pages/PersonPage').then((m) => m.PersonPage)) },
    { path: 'me/data', lazy: page(() => import('./pages/HeldPage').then((m) => m.HeldPage)) },
  ],
  nav: [{ to: '/org', label: 'org.nav', icon: <ApartmentOutlined />, order: 50, also: ['/units/', '/people/'] }],
  home: { first: HomeWhere },
  me: MineOrg,
  stale,
}
