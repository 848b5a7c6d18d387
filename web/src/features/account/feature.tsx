import type { Feature } from '~/shared/feature'
import { MineAccount } from './MineAccount'
import { PasswordGate, PasswordPage } from './PasswordPage'

export const account: Feature = {
  name: 'account',
  routes: [{ path: 'me/password', Component: PasswordPage }],
  me: MineAccount,
  gate: { needed: (me) => me.must_change, page: PasswordGate },
}
