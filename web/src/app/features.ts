// The slices, in no particular order. A new one is one line here.
import { account } from '~/features/account/feature'
import { dispatch } from '~/features/dispatch/feature'
import { inbox } from '~/features/inbox/feature'
import { meeting } from '~/features/meeting/feature'
import { org } from '~/features/org/feature'
import { record } from '~/features/record/feature'
import { rollcall } from '~/features/rollcall/feature'
import { walk } from '~/features/walk/feature'
import type { Feature } from '~/shared/feature'

export const features: Feature[] = [meeting, dispatch, inbox, org, record, rollcall, account, walk]
