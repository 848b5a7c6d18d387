// What the room reads and asks, in one place.
import { queryOptions } from '@tanstack/react-query'
import { api, ask, got, intention } from '~/shared/api/client'
import type { Choice, Command, Enter, Rung, View } from './types'

const at = (meeting: string) => ({ params: { path: { meeting } } })

export const keys = {
  view: (m: string) => ['room', m, 'view'] as const,
  host: (m: string) => ['room', m, 'host'] as const,
  papers: (m: string) => ['room', m, 'papers'] as const,
  statements: (m: string) => ['room', m, 'statements'] as const,
  carried: (m: string) => ['room', m, 'carried'] as const,
  motions: (m: string) => ['room', m, 'motions'] as const,
  where: ['room', 'my-whereabouts'] as const,
}

export const viewQuery = (m: string) =>
  queryOptions({ queryKey: keys.view(m), queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/room', { ...at(m), signal })), initialData: () => inPage(m), staleTime: Infinity })

/** The first answer came with the page, where the server could give one. */
function inPage(m: string): View | undefined {
  const text = document.getElementById('view')?.textContent ?? ''
  if (!text.startsWith('{')) return undefined
  const view = JSON.parse(text) as View
  return view.plan.meeting === m ? view : undefined
}

/** stamp: changes whenever there may be something new; the former answer is shown meanwhile. */
export const hostQuery = (m: string, stamp = 0) =>
  queryOptions({ queryKey: [...keys.host(m), stamp], queryFn: ({ signal }) => got(api.GET('/meetings/{meeting}/room/host', { ...at(m), signal })), staleTime: 0 })

export const statementsQuery = (m: string, stamp = '') =>
  queryOptions({
    queryKey: [...keys.statements(m), stamp],
    queryFn: async ({ signal }) => (await got(api.GET('/meetings/{meeting}/room/statements', { ...at(m), signal }))).items ?? [],
    staleTime: 0,
  })

export const motionsQuery = (m: string, stamp = '') =>
  queryOptions({
    queryKey: [...keys.motions(m), stamp],
    queryFn: async ({ signal }) => (await got(api.GET('/meetings/{meeting}/room/motions', { ...at(m), signal }))).items ?? [],
    staleTime: 0,
  })

/** What earlier meetings of the unit left to do. */
export const carriedQuery = (m: string) =>
  queryOptions({
    queryKey: keys.carried(m),
    queryFn: async ({ signal }) => (await got(api.GET('/meetings/{meeting}/carried', { ...at(m), signal }))).items ?? [],
    retry: false,
  })

/** The practice room, for trying sound and picture. */
export const practice = async () => (await got(api.GET('/practice'))).id

/** Where I said I am; who came in by a link has not said it here. */
export const whereQuery = queryOptions({
  queryKey: keys.where,
  queryFn: async ({ signal }) => (await got(api.GET('/me/whereabouts', { signal }))).place,
  retry: false,
})

export interface Paper {
  id: string
  name: string
  pages: number
  /** waiting: its pages are being made. */
  status?: 'waiting' | 'ready' | 'failed'
}

/** The meeting's papers as page images. */
export const papersQuery = (m: string) =>
  queryOptions({
    queryKey: keys.papers(m),
    queryFn: async ({ signal }) => (await ask<{ items: Paper[] | null }>(`/meetings/${m}/papers`, { signal })).items ?? [],
    retry: false,
    staleTime: 0,
    refetchInterval: ({ state }) => (state.data?.some((p) => p.status === 'waiting') ? 3_000 : false),
  })

/** width: in pixels; the nearest picture that is wide enough comes. */
export const pageAddress = (m: string, paper: string, page: number, width: number) => `/api/v1/meetings/${m}/papers/${paper}/pages/${page}?width=${width}`

export const enter = (m: string, body: Enter) => got(api.POST('/meetings/{meeting}/room/enter', { ...at(m), body }))
export const leave = (m: string, seat: string) => got(api.POST('/meetings/{meeting}/room/leave', { ...at(m), body: { seat } }))
export const beat = (m: string, seat: string, rung: Rung) =>
  got(api.POST('/meetings/{meeting}/room/beat', { ...at(m), body: { seat, rung: rung || undefined } }))
/** The id makes a command that is sent twice be done once. */
export const command = (m: string, body: Command, id = intention()) =>
  got(api.POST('/meetings/{meeting}/room/commands', { ...at(m), body: { ...body, id } }))
export const open = (m: string) => got(api.POST('/meetings/{meeting}/room/open', at(m)))
export const reopenLink = (m: string, person: string) =>
  got(api.POST('/meetings/{meeting}/room/links/{person}/reopen', { params: { path: { meeting: m, person } } }))
export const exempt = (m: string, person: string, reason: string, note?: string) =>
  got(api.PUT('/meetings/{meeting}/room/people/{person}/exemption', { params: { path: { meeting: m, person } }, body: { reason, note: note || undefined } }))

export const olderChat = async (m: string, before?: string) =>
  (await got(api.GET('/meetings/{meeting}/room/chat', { params: { path: { meeting: m }, query: { before, limit: 50 } } }))).items ?? []
export const say = (m: string, text: string, id: string) => got(api.POST('/meetings/{meeting}/room/chat', { ...at(m), body: { id, text } }))
export const hide = (m: string, message: string, reason: string) =>
  got(api.POST('/meetings/{meeting}/room/chat/{message}/hide', { params: { path: { meeting: m, message } }, body: { reason } }))
export const switchChat = (m: string, on: boolean) => got(api.PUT('/meetings/{meeting}/room/chat', { ...at(m), body: { on } }))

/** Turns everybody's paper; paper "" shows none. */
export const show = (m: string, paper: string, page?: number) => got(api.PUT('/meetings/{meeting}/room/paper', { ...at(m), body: { paper, page } }))
export const shareScreen = (m: string, on: boolean) => got(api.PUT('/meetings/{meeting}/room/screen', { ...at(m), body: { on } }))

export const move = (m: string, title: string, ballot: string, open: boolean) =>
  got(api.POST('/meetings/{meeting}/room/motions', { ...at(m), body: { title, ballot, open } }))
export const motionStep = (m: string, motion: string, step: 'open' | 'close' | 'withdraw') =>
  got(api.POST(`/meetings/{meeting}/room/motions/{motion}/${step}`, { params: { path: { meeting: m, motion } } }))
export const vote = (m: string, motion: string, choice: Choice, person?: string) =>
  got(api.PUT('/meetings/{meeting}/room/motions/{motion}/vote', { params: { path: { meeting: m, motion } }, body: { choice, person } }))

export const handIn = (m: string, text: string, key: string, stage?: string, person?: string) =>
  got(api.POST('/meetings/{meeting}/room/statements', { ...at(m), headers: { 'Idempotency-Key': key }, body: { text, stage, person } }))
/** Hands in the sound itself, at most 20 MB and a quarter of an hour. */
export const handInSound = (m: string, sound: Blob, key: string, stage = '') =>
  ask<{ id: string }>(`/meetings/${m}/room/statements/audio?stage=${encodeURIComponent(stage)}`, { method: 'POST', body: sound, headers: { 'Content-Type': 'application/octet-stream', 'Idempotency-Key': key } })
const soundAddress = (m: string, statement: string) => `/api/v1/meetings/${m}/room/statements/${statement}/audio`
/** The form of a recording that this browser plays: small where it knows Ogg, plain otherwise. */
export const playableSound = (m: string, statement: string, plain = document.createElement('audio').canPlayType('audio/ogg; codecs="opus"') === '') =>
  soundAddress(m, statement) + (plain ? '?plain' : '')
export const wordSound = (m: string, statement: string, text: string) =>
  got(api.PUT('/meetings/{meeting}/room/statements/{statement}/words', { params: { path: { meeting: m, statement } }, body: { text } }))

const faceAt = (m: string, seat: string) => `/api/v1/meetings/${m}/room/face?seat=${seat}`
/** Puts up the picture of one's own seat. What fails is tried again with the next picture. */
export const showFace = (m: string, seat: string, picture: Blob) => fetch(faceAt(m, seat), { method: 'PUT', body: picture })
export const hideFace = (m: string, seat: string) => fetch(faceAt(m, seat), { method: 'DELETE' })

export interface FacesPage {
  tag: string
  /** Whose faces are on it, row by row. */
  seats: string[]
  picture: Blob
}

/** A page of the wall; undefined when nobody shows a face on it, null when it is the one known. */
export async function faces(m: string, seat: string, page: number, size: number, known: string | undefined, signal: AbortSignal): Promise<FacesPage | undefined | null> {
  const answer = await fetch(`/api/v1/meetings/${m}/room/faces?seat=${seat}&page=${page}&size=${size}`, { headers: known ? { 'If-None-Match': known } : {}, signal })
  if (answer.status === 304) return null
  if (answer.status !== 200) {
    if (!answer.ok) throw new Error(String(answer.status))
    return undefined
  }
  return { tag: answer.headers.get('ETag') ?? '', seats: (answer.headers.get('Wozai-Faces') ?? '').split(','), picture: await answer.blob() }
}
