// The text/event-stream format, as far as it is used here. EventSource itself
// will not do: it cannot say where to resume after its topics have changed, nor
// why it was refused.
export interface Message {
  event: string
  id?: string
  data: string
}

/** Feed it text as it comes; it calls back with each whole message. */
export function sseParser(onMessage: (m: Message) => void): (text: string) => void {
  let rest = ''
  let event = ''
  let id: string | undefined
  let data: string[] = []
  return (text) => {
    rest += text
    for (;;) {
      const end = rest.search(/\r\n|\n|\r(?!$)/)
      if (end < 0) return
      const line = rest.slice(0, end)
      rest = rest.slice(end + (rest.startsWith('\r\n', end) ? 2 : 1))
      if (line === '') {
        if (data.length) onMessage({ event: event || 'message', id, data: data.join('\n') })
        event = ''
        id = undefined
        data = []
        continue
      }
      const colon = line.indexOf(':')
      if (colon === 0) continue // a heartbeat
      const field = colon < 0 ? line : line.slice(0, colon)
      const value = colon < 0 ? '' : line.slice(colon + 1).replace(/^ /, '')
      if (field === 'event') event = value
      else if (field === 'id') id = value
      else if (field === 'data') data.push(value)
    }
  }
}
