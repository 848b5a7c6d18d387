// Fetches a file with progress, where a link would say nothing. Same errors as the client.
import { patientFetch, prefix } from './client'
import { problemOf, unreachable } from './problem'
import { reportSignedOut } from './session'

export interface Downloaded {
  name: string
  content: Blob
}

/** `progress` gets the bytes that have come. What is cut off on its way is thrown as unreachable, never given as a half. */
export async function download(path: string, { progress, signal }: { progress?: (bytes: number) => void; signal?: AbortSignal } = {}): Promise<Downloaded> {
  const response = await patientFetch(new Request(new URL(prefix + path, location.origin), { credentials: 'same-origin', signal }))
  if (!response.ok || !response.body) {
    if (response.status === 401) reportSignedOut()
    throw problemOf(response.status, await response.json().catch(() => undefined))
  }
  const reader = response.body.getReader()
  const parts: Blob[] = []
  let piece: BlobPart[] = []
  let size = 0
  let held = 0
  for (;;) {
    const { done, value } = await reader.read().catch((error: unknown) => {
      throw signal?.aborted ? error : unreachable()
    })
    if (done) break
    piece.push(value)
    held += value.byteLength
    size += value.byteLength
    progress?.(size)
    if (held > 16 << 20) {
      parts.push(new Blob(piece)) // a browser may put it on the disk
      piece = []
      held = 0
    }
  }
  const content = new Blob([...parts, ...piece], { type: response.headers.get('Content-Type') ?? undefined })
  return { name: nameIn(response.headers.get('Content-Disposition') ?? ''), content }
}

/** The name that the server gave, as RFC 6266 writes it. */
export function nameIn(disposition: string): string {
  const encoded = /filename\*=utf-8''([^;]+)/i.exec(disposition)?.[1]
  return encoded ? decodeURIComponent(encoded) : (/filename="?([^";]+)"?/.exec(disposition)?.[1] ?? '')
}

/** Gives it to its reader as a download. */
export function save({ name, content }: Downloaded) {
  const link = document.createElement('a')
  link.href = URL.createObjectURL(content)
  link.download = name
  link.click()
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000) // a slow device has begun by then
}
