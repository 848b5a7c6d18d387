import { BellOutlined } from '@ant-design/icons'
import type { Feature } from '~/shared/feature'
import { HomeTodos, useUnread } from './blocks'
import { MessageGroups } from './MessageGroups'
import { MinePush } from './MinePush'
import { stale } from './queries'

export const inbox: Feature = {
  name: 'inbox',
  routes: [{ path: 'inbox', lazy: async () => ({ Component: (await import('./pages/InboxPage')).InboxPage }) }],
  headerNav: [{ to: '/inbox', label: 'shell.inbox', counted: 'shell.inboxUnread', icon: <BellOutlined />, order: 10, useBadge: useUnread }],
  home: { need: HomeTodos },
  me: MinePush,
  unit: MessageGroups,
  stale,
}
