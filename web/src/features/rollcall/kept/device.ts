// The outbox of this browser.
import { useSyncExternalStore } from 'react'
import { api, got } from '~/shared/api/client'
import { keepsHere } from '~/shared/api/session'
import { files } from './files'
import { Outbox } from './outbox'
import { deviceShelf } from './shelf'

export const outbox = new Outbox(deviceShelf, async (k) => {
  const receipt = await got(
    api.POST('/rollcall-periods/{period}/answers/{answerer}', {
      params: { path: { period: k.period, answerer: k.answerer } },
      headers: { 'Idempotency-Key': k.key },
      body: await files.attach(k.body),
    }),
  )
  await files.clear(k)
  return receipt
})

keepsHere({ unsent: () => outbox.get().length, wipe: () => outbox.wipe() })

/** What waits on this device. */
export const useKept = () => useSyncExternalStore(outbox.listen, outbox.get)
