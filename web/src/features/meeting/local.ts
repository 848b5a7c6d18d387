// datetime-local speaks of the reader's own clock, the server of instants.

const two = (n: number) => String(n).padStart(2, '0')

/** An instant as the value of an <input type="datetime-local">. */
export function toLocal(at: string | Date | null | undefined): string {
  if (!at) return ''
  const d = new Date(at)
  return `${d.getFullYear()}-${two(d.getMonth() + 1)}-${two(d.getDate())}T${two(d.getHours())}:${two(d.getMinutes())}`
}

/** Its value as an instant; null while it is empty or half typed. */
export function fromLocal(value: string | undefined): string | null {
  const d = new Date(value ?? '')
  return Number.isNaN(d.getTime()) ? null : d.toISOString()
}
