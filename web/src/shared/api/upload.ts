// Sends a file with progress, which fetch cannot tell. Same address, same errors as the client.
import { intention, prefix } from './client'
import { problemOf, unreachable } from './problem'
import { reportSignedOut } from './session'

/** `progress` gets the share that has been sent, 0 to 1. Aborting throws the signal's reason. */
export function upload<T>(path: string, file: Blob, options: { progress?: (share: number) => void; signal?: AbortSignal; key?: string } = {}): Promise<T> {
  const { progress, signal, key = intention() } = options
  return new Promise((resolve, reject) => {
    const request = new XMLHttpRequest()
    request.open('POST', new URL(prefix + path, location.origin))
    request.setRequestHeader('Idempotency-Key', key)
    request.setRequestHeader('Content-Type', 'application/octet-stream')
    request.upload.onprogress = (e) => e.lengthComputable && progress?.(e.loaded / e.total)
    request.onload = () => {
      const body = read(request.responseText)
      if (request.status >= 200 && request.status < 300) return resolve(body as T)
      if (request.status === 401) reportSignedOut()
      return reject(problemOf(request.status, body))
    }
    request.onerror = () => reject(unreachable())
    request.onabort = () => reject(signal?.reason ?? new DOMException('aborted', 'AbortError'))
    signal?.addEventListener('abort', () => request.abort())
    request.send(file)
  })
}

function read(text: string): unknown {
  try {
    return JSON.parse(text)
  } catch {
    return undefined
  }
}
