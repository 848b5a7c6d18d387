// Keeps what pages have read fresh: an event names what changed, the feature
// says which answers that concerns, and only those on screen are read anew.
import type { Query, QueryClient } from '@tanstack/react-query'
import { live } from '~/shared/live/live'
import { meQuery, type Me } from '~/shared/me/me'
import { features } from './features'
import { paced } from './paced'

export function keepFresh(client: QueryClient) {
  const again = paced((query: Query) => client.refetchQueries({ queryKey: query.queryKey, exact: true, type: 'active' }))
  live.onEvent((event) => {
    const me = client.getQueryData<Me>(meQuery.queryKey)
    for (const feature of features) {
      for (const queryKey of feature.stale?.(event, me) ?? []) {
        void client.invalidateQueries({ queryKey, refetchType: 'none' })
        for (const query of client.getQueryCache().findAll({ queryKey, type: 'active' })) again(query)
      }
    }
  })
  live.onResync(() => void client.invalidateQueries())
}
