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

keepsHere({
  // Answers: those that were handed in, and those that files wait for.
  unsent: () => new Set([...outbox.get(), ...files.get()].map((k) => `${k.period}:${k.answerer}`)).size,
  listen: (hear) => {
    const ends = [outbox.listen(hear), files.listen(hear)]
    return () => ends.forEach((end) => end())
  },
  wipe: () => Promise.all([outbox.wipe(), files.wipe()]),
})

/** What waits on this device. */
export const useKept = () => useSyncExternalStore(outbox.listen, outbox.get)
