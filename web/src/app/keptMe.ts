// Who the reader is, also when the pages start without a network.
import { queryOptions } from '@tanstack/react-query'
import { ask } from '~/shared/api/client'
import { keepOnly, keepRead, orKept } from '~/shared/device/read'
import { meQuery, type Me } from '~/shared/me/me'

const id = 'me'

export const keptMeQuery = queryOptions({
  ...meQuery,
  queryFn: async (context) => {
    const me = await orKept(context, id, ask<Me>('/me', { signal: context.signal }))
    if (!me.from_device && me.kind === 'person') void keepFor(me)
    return me
  },
})

/** What somebody else had read here goes. */
async function keepFor(me: Me) {
  await keepOnly((other) => other === id || other.startsWith(`${me.person.id}/`))
  await keepRead(id, me)
}
