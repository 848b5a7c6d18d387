// The one way to the server. Types come from the generated API document.
import createClient, { type Middleware } from 'openapi-fetch'
import type { paths } from './schema.gen'
import { hear } from './clock'
import { problemOf, Problem, unreachable } from './problem'
import { reportSignedOut } from './session'

/** A key that is the same for every attempt of one intention; the server does it once. */
export function intention(): string {
  // randomUUID is missing on plain http in a local network.
  return Array.from(crypto.getRandomValues(new Uint8Array(16)), (b) => b.toString(16).padStart(2, '0')).join('')
}

const patience = [400, 1200] // milliseconds before the second and third attempt

/**
 * fetch that tries again when nothing came back at all. Safe for writes too: each carries its
 * Idempotency-Key. Answers of the server, also refusals, are never repeated.
 */
export async function patientFetch(request: Request, fetcher: typeof fetch = fetch, pause = wait): Promise<Response> {
  // A device that knows that it has no network is believed at once when it only wants to read.
  const pauses = request.method === 'GET' && navigator.onLine === false ? [] : patience
  for (let attempt = 0; ; attempt++) {
    try {
      const answer = await fetcher(request.clone())
      hear(answer)
      return answer
    } catch (error) {
      if (request.signal.aborted) throw error
      const ms = pauses[attempt]
      if (ms === undefined) throw unreachable()
      await pause(ms)
    }
  }
}

function wait(ms: number) {
  return new Promise<void>((resolve) => setTimeout(resolve, ms))
}

const edge: Middleware = {
  onRequest({ request }) {
    if (!['GET', 'HEAD'].includes(request.method) && !request.headers.has('Idempotency-Key')) {
      request.headers.set('Idempotency-Key', intention())
    }
    return request
  },
}

export const prefix = '/api/v1'

export const api = createClient<paths>({
  baseUrl: new URL(prefix, location.origin).href,
  credentials: 'same-origin',
  fetch: (request) => patientFetch(request),
})
api.use(edge)

interface Answer<T> {
  data?: T
  error?: unknown
  response: Response
}

/**
 * The content of a good answer; anything else is thrown as a Problem.
 *
 *     const meeting = await got(api.GET('/meetings/{id}', { params: { path: { id } }, signal }))
 */
export async function got<T>(answer: Promise<Answer<T>>): Promise<T> {
  const { data, error, response } = await answer
  if (response.ok) return data as T
  const problem = problemOf(response.status, error)
  if (problem.status === 401) reportSignedOut()
  throw problem
}

/**
 * For the few things outside of the API document (files, progress of uploads): JSON in, JSON out,
 * the same errors.
 */
export async function ask<T>(path: string, init: RequestInit = {}): Promise<T> {
  const request = new Request(new URL(prefix + path, location.origin), { credentials: 'same-origin', ...init })
  if (!['GET', 'HEAD'].includes(request.method) && !request.headers.has('Idempotency-Key')) {
    request.headers.set('Idempotency-Key', intention())
  }
  const response = await patientFetch(request)
  const body: unknown = await response.json().catch(() => undefined)
  return got(Promise.resolve({ data: body as T, error: body, response }))
}

export { Problem }
