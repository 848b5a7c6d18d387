// How pages read: once, then kept fresh by the live stream, so nothing polls.
import { QueryClient } from '@tanstack/react-query'
import { asProblem } from './problem'

export function makeQueryClient() {
  return new QueryClient({
    defaultOptions: {
      queries: {
        staleTime: 60_000,
        gcTime: 30 * 60_000,
        // The client itself tried again when nothing came back; a refusal stays one.
        retry: (failures, error) => failures < 2 && [500, 502, 503, 504].includes(asProblem(error).status),
        refetchOnWindowFocus: false,
        networkMode: 'always',
      },
      mutations: { retry: false, networkMode: 'always' },
    },
  })
}
